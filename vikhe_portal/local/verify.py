"""`make test`: every check and every test, each with its time; the last line says how many browser tests ran."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

from vikhe_portal.local import assets, testing
from vikhe_portal.local.places import ROOT
from vikhe_portal.local.portal import say

PACKAGES = (
    "vikhe_portal", "wards", "accounts", "gateways", "groups", "tips", "broadcasts", "oversight", "demonstration",
)  # fmt: skip
LINT_STEPS = 4  # of the checks below
BROWSER_HINT = "hãy cài Chromium (apt-get install chromium) hoặc đặt CHROMIUM=/đường/dẫn, rồi chạy lại make test"


@dataclass
class Tally:
    """What ran and what failed."""

    failed: list[str] = field(default_factory=list)


MEDIUM = ("--severity-level", "medium")


def run() -> int:
    """Run all steps, the failed ones included in the count at the end; return 0 when all passed, otherwise 1."""
    tally, browser = Tally(), find_browser()
    began = time.monotonic()
    say("── assets")
    assets.build()
    with testing.test_services() as variables:
        for title, command, extra in checks(variables):
            run_step(tally, title, command, variables | extra)
        reports = ROOT / "test-results"
        reports.mkdir(exist_ok=True)
        pytest = [sys.executable, "-m", "pytest", "-q"]
        run_step(tally, "tests without a browser", [*pytest, "-m", "not e2e", "-n", "2"], variables)
        line = f"browser tests: 0 passed (không chạy: {BROWSER_HINT})"
        if browser:
            report = reports / "e2e.xml"
            report.unlink(missing_ok=True)
            command = [*pytest, "-m", "e2e", f"--junitxml={report}"]
            run_step(tally, "tests in a browser", command, variables | {"CHROMIUM": browser})
            line = browser_line(report)
    say(
        f"\n{time.monotonic() - began:.0f} s; "
        + (f"FAILED: {', '.join(tally.failed)}" if tally.failed else "all passed")
    )
    say(line)
    return 1 if tally.failed else 0


def lint() -> int:
    """Run style, types and import rules; return 0 when all passed, otherwise 1. The plugin for types reads settings."""
    tally = Tally()
    with testing.test_services() as variables:
        for title, command, extra in checks(variables)[:LINT_STEPS]:
            run_step(tally, title, command, variables | extra)
    return 1 if tally.failed else 0


def checks(variables: dict[str, str]) -> list[tuple[str, list[str], dict[str, str]]]:
    """Return (title, command, variables beyond the test run's) of every check before the tests."""
    python, here = sys.executable, Path(sys.executable).parent
    manage = [python, str(ROOT / "manage.py")]
    packages = [name for name in PACKAGES if (ROOT / name).is_dir()]
    owner = {"DATABASE_URL": variables["DATABASE_OWNER_URL"]}
    production = {
        "DJANGO_SETTINGS_MODULE": "vikhe_portal.settings.prod",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "CONTENT_KEY": secrets.token_hex(32),
        "ALLOWED_HOSTS": "cong.example.vn",
        "PUBLIC_ORIGIN": "https://cong.example.vn",
    }
    deploy = [*manage, "check", "--deploy", "--fail-level", "WARNING"]
    return [
        ("ruff check", [python, "-m", "ruff", "check", "."], {}),
        ("ruff format", [python, "-m", "ruff", "format", "--check", "."], {}),
        ("mypy", [python, "-m", "mypy", *packages], {"DJANGO_SETTINGS_MODULE": "vikhe_portal.settings.dev"}),
        ("import-linter", [str(here / "lint-imports")], {}),
        ("migrations complete", [*manage, "makemigrations", "--check", "--dry-run"], owner),
        ("catalogues complete", [*manage, "messages", "--check"], {}),
        ("catalogues compile", [*manage, "messages", "--compile"], {}),
        ("production settings", deploy, production),
        ("dependencies", [python, "-m", "vikhe_portal.local", "audit"], {}),
        ("bandit", [python, "-m", "bandit", "-q", "-c", "pyproject.toml", "-r", *packages, *MEDIUM], {}),
    ]


def run_step(tally: Tally, title: str, command: list[str], variables: dict[str, str]) -> None:
    """Run one step with its heading and time, and note a failure."""
    say(f"\n── {title}")
    began = time.monotonic()
    code = subprocess.run(command, cwd=ROOT, env=variables, check=False).returncode
    say(f"── {title}: {'ok' if code == 0 else f'FAILED ({code})'}, {time.monotonic() - began:.1f} s")
    if code != 0:
        tally.failed.append(title)


def find_browser() -> str:
    """Return the path of Chromium; as root on a machine with apt-get it is installed first; '' when there is none."""
    if named := os.environ.get("CHROMIUM"):
        return named if Path(named).exists() else ""
    if found := shutil.which("chromium"):
        return found
    if os.geteuid() != 0 or not (apt := shutil.which("apt-get")):
        return ""
    say("── Chromium")
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
        subprocess.run([apt, *words], env=quiet, check=False, stdout=subprocess.DEVNULL)
    return shutil.which("chromium") or ""


def browser_line(report: Path) -> str:
    """Return the last line of `make test` from pytest's report of the browser tests."""
    if not report.exists():
        return "browser tests: 0 passed (pytest wrote no report)"
    # pytest's own report, written a moment ago
    suites = list(ElementTree.parse(report).getroot().iter("testsuite"))  # noqa: S314  # nosec B314
    total, skipped, bad = (
        sum(int(suite.get(name, 0)) for suite in suites for name in names)
        for names in (("tests",), ("skipped",), ("failures", "errors"))
    )
    rest = [f"{count} {word}" for count, word in ((bad, "failed"), (skipped, "skipped")) if count]
    return "browser tests: " + ", ".join([f"{total - skipped - bad} passed", *rest])
