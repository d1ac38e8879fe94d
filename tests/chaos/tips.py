"""Residents send reports while web, worker, beat, broker and database are killed at random: each receipt is one tip.

The whole portal runs from a fresh folder with servers of its own. A sender goes on sending the same form until a
receipt comes back, as the form's script does, and one time in ten once more afterwards.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.database import ROOT
from vikhe_portal.local import environment, portal, postgres, valkey

KINDS = ("web", "worker", "beat", "broker", "database")
AT_REST = {"web": 3.0, "worker": 3.0, "beat": 2.0, "broker": 1.0, "database": 2.0}  # seconds of life before a kill
SENDERS, FORMS, WAIT = 4, 10, 3.2  # a form is not taken within three seconds of being shown
LONGEST = 900
WARD = 13_972
TOKEN = re.compile(r'name="token" value="([^"]+)"')
CODE = re.compile(r"\b\d{4} \d{4} \d{4} \d{4}\b")
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


@dataclass
class Portal:
    """The processes of one installation, and what is needed to start each of them again."""

    folder: Path
    port: int
    environments: dict[environment.Role, dict[str, str]] = field(repr=False)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    since: dict[str, float] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)

    def start(self, kind: str) -> None:
        """Start one of KINDS; a server of the folder is found by the folder, a program by its name."""
        if kind == "database":
            postgres.start(self.folder)
        elif kind == "broker":
            valkey.start(self.folder)
        else:
            programs = portal.programs(self.environments, port=self.port, standin_port=self.port + 1)
            program = next(row for row in programs if row.name == kind)
            with (self.folder / f"{kind}.log").open("ab") as log:
                self.running[kind] = subprocess.Popen(
                    program.arguments, env=program.environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
                )
        self.since[kind] = time.monotonic()

    def kill(self, kind: str) -> None:
        """SIGKILL with all children: nobody gets to finish anything."""
        if kind == "database":
            os.kill(int((self.folder / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0]), signal.SIGKILL)
        elif kind == "broker":
            os.kill(json.loads((self.folder / "valkey.json").read_text())["pid"], signal.SIGKILL)
        else:
            os.killpg(self.running[kind].pid, signal.SIGKILL)
            self.running[kind].wait()
        self.kills[kind] += 1

    def at_rest(self, kind: str) -> bool:
        """Whether it lives and has lived long enough to be at work."""
        alive = kind not in self.running or self.running[kind].poll() is None
        return alive and time.monotonic() - self.since[kind] > AT_REST[kind]

    def stop(self) -> None:
        """End what still runs."""
        for program in self.running.values():
            if program.poll() is None:
                os.killpg(program.pid, signal.SIGKILL)
                program.wait()
        environment.stop_embedded(self.folder)


@dataclass
class Sent:
    """What the senders know: the receipt of each report, and the reports whose second sending gave another one."""

    wanted: int
    given: dict[int, str] = field(default_factory=dict)
    changed: list[int] = field(default_factory=list)
    tries: int = 0
    stopped: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


def post(address: str, fields: dict[str, str]) -> str:
    """The page that answers, "" when none does."""
    try:
        with _open(address, urllib.parse.urlencode(fields).encode(), timeout=10) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.read().decode(errors="replace") if error.code == 422 else ""
    except (OSError, ValueError):
        return ""


def send(address: str, sent: Sent, numbers: list[int], dice: random.Random) -> None:
    """Send these reports as residents do: open the form, write, send until a receipt is shown."""
    for start in range(0, len(numbers), FORMS):
        waiting: dict[int, str] = {}
        for number in numbers[start : start + FORMS]:
            while not (found := TOKEN.search(post(address, {"about": "matter"}))) and not sent.stopped:
                time.sleep(0.2)
            waiting[number] = found[1] if found else ""
        time.sleep(WAIT)
        for number, token in waiting.items():
            fields = {"about": "matter", "token": token, "kind": "other", "text": f"Đèn hỏng ở cột số {number}."}
            while not sent.stopped:
                sent.tries += 1
                if not (found := CODE.search(post(address, fields))):
                    time.sleep(0.1)
                    continue
                again = CODE.search(post(address, fields)) if dice.random() < 0.1 else None
                with sent.lock:
                    sent.given[number] = found[0]
                    if again and again[0] != found[0]:
                        sent.changed.append(number)
                break


def run(*, seed: int, receipts: int, kills: int) -> dict[str, int]:
    """One installation under fire until `receipts` are given and every kind was killed `kills` times."""
    dice = random.Random(seed)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that everything started is ended
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.chaos.settings"
    with tempfile.TemporaryDirectory(prefix="chaos-", dir="/var/tmp") as made:
        Path(made).chmod(0o711)  # as root the servers run as an account without rights and must be able to walk in
        folder = Path(made) / "data"
        services = environment.start_services(folder)
        port = dice.randrange(20_000, 30_000)
        environments = {
            role: environment.for_role(services, role, port=port, standin_port=port + 1) for role in environment.ROLES
        }
        installed = Portal(folder, port, environments)
        try:
            portal.manage(["migrate", "--noinput", "--verbosity", "0"], environments["owner"])
            ask("prepare", environments["web"])
            for kind in KINDS:
                installed.start(kind)
            portal.wait_until_healthy(f"http://127.0.0.1:{port}{portal.HEALTH_PATH}")
            sent = fire(installed, Sent(receipts), dice, kills)
            given = json.dumps({str(number): code for number, code in sent.given.items()})
            found = json.loads(ask("count", environments["worker"], given))
        finally:
            installed.stop()
    killed = {f"kills {kind}": installed.kills[kind] for kind in KINDS}
    return {
        "receipts": len(sent.given),
        "of": receipts,
        "tries": sent.tries,
        **killed,
        **found,
        "changed": len(sent.changed),
    }


def fire(installed: Portal, sent: Sent, dice: random.Random, kills: int) -> Sent:
    """Kill and start again while the senders send; returns what they know when all is done or time is over."""
    address = f"http://127.0.0.1:{installed.port}/bao-tin/phuong/{WARD}/"
    senders = [
        threading.Thread(
            target=send,
            args=(address, sent, list(range(first, sent.wanted, SENDERS)), random.Random(first)),
            daemon=True,
        )
        for first in range(SENDERS)
    ]
    for sender in senders:
        sender.start()
    ends = time.monotonic() + LONGEST
    while time.monotonic() < ends:
        missing = [kind for kind in KINDS if installed.kills[kind] < kills]
        if not missing and not any(sender.is_alive() for sender in senders):
            break
        for kind, program in installed.running.items():
            if program.poll() is not None:  # it gave up by itself: the system's manager would start it again
                installed.start(kind)
        ready = [kind for kind in missing or () if installed.at_rest(kind)]
        if ready:
            kind = dice.choice(ready)
            installed.kill(kind)
            time.sleep(dice.uniform(0, 0.5))
            installed.start(kind)
        time.sleep(dice.uniform(0.2, 0.8))
    sent.stopped = True
    for sender in senders:
        sender.join(30)
    return sent


def ask(what: str, variables: dict[str, str], text: str = "") -> str:
    """Run this module in the portal's own settings: to prepare the ward, to count what is stored."""
    command = [sys.executable, "-m", "tests.chaos.tips_inside", what]
    return subprocess.run(
        command, cwd=ROOT, env=variables, input=text, text=True, check=True, stdout=subprocess.PIPE
    ).stdout


def report(*, seed: int, receipts: int, kills: int) -> int:
    """Run once and print what was done and found; 1 when a report is missing, double or forgotten."""
    found = run(seed=seed, receipts=receipts, kills=kills)
    wrong = {name: found.pop(name) for name in ("lost", "doubled", "changed", "without clock", "unannounced")}
    print(", ".join(f"{name} {number}" for name, number in found.items()))
    print(f"receipts that changed: {wrong['changed']}, without a clock: {wrong['without clock']}", end=", ")
    print(f"nobody told: {wrong['unannounced']}")
    print(f"lost: {wrong['lost']}, doubled: {wrong['doubled']}", flush=True)
    short = found["receipts"] < receipts or any(found[f"kills {kind}"] < kills for kind in KINDS)
    return 1 if short or any(wrong.values()) else 0
