"""Runs the portal's processes under one manager (honcho): one that ends brings all down, and nothing is left behind."""

from __future__ import annotations

import ctypes
import re
import shlex
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from honcho.manager import SYSTEM_PRINTER_NAME, Manager
from honcho.printer import Message, Printer
from honcho.process import Process

_PR_SET_PDEATHSIG = 1  # prctl(2)
_STOPPED = re.compile(r"(?P<name>\S+) stopped \(rc=(?P<code>-?\d+)\)")


@dataclass(frozen=True)
class Program:
    """One process: its name, its argument list and its whole environment."""

    name: str
    arguments: list[str]
    environment: dict[str, str] = field(repr=False)


@dataclass(frozen=True)
class Ending:
    """How a run ended: asked for (Ctrl-C, SIGTERM), or because `name` ended by itself with `code`."""

    asked: bool
    name: str = ""
    code: int = 0


def run_all(programs: list[Program], *, cwd: str, once_started: Callable[[], None] | None = None) -> Ending:
    """Run the programs until Ctrl-C, SIGTERM or the end of one of them; return how it ended, with none left running.

    once_started runs in a thread of its own beside them; an exception in it is raised here after all have stopped.
    Must be called in the main thread.
    """
    manager = _Manager()
    for program in programs:
        command = "exec " + shlex.join([*_leash(), *program.arguments])
        manager.add_process(program.name, command, env=program.environment, cwd=cwd)
    failures: list[BaseException] = []

    def watch() -> None:
        manager.started.wait()
        try:
            if once_started is not None:
                once_started()
        except BaseException as error:  # raised again in the caller below
            failures.append(error)
            manager.terminate()

    if once_started is not None:
        threading.Thread(target=watch, daemon=True).start()
    manager.loop()
    if failures and not manager.asked:
        raise failures[0]
    name, code = manager.ledger.first_to_stop
    return Ending(asked=manager.asked, name=name, code=code)


class _Ledger(Printer):
    """Prints the processes' lines, keeps the manager's own talk to itself and notes who stopped first."""

    def __init__(self) -> None:
        super().__init__(sys.stdout)
        self.first_to_stop: tuple[str, int] = ("", 0)

    def write(self, message: Message) -> None:
        if message.name != SYSTEM_PRINTER_NAME:
            super().write(message)
            self.output.flush()
        elif not self.first_to_stop[0] and (found := _STOPPED.match(message.data)):
            self.first_to_stop = (found["name"], int(found["code"]))


class _LeashedProcess(Process):
    """A process whose wrapper dies with the manager, even when the manager is killed outright."""

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        super().run(events, ignore_signals)


class _Manager(Manager):
    """honcho's manager, safe against a signal that arrives before every process has its number."""

    def __init__(self) -> None:
        self.ledger = _Ledger()
        super().__init__(self.ledger)
        self._process_ctor = _LeashedProcess
        self.started = threading.Event()

    @property
    def asked(self) -> bool:
        return self.returncode in {130, 143}

    def _all_started(self) -> bool:
        ready: bool = super()._all_started()
        if ready:
            self.started.set()
        return ready

    def terminate(self) -> None:
        if self._all_started():
            super().terminate()
            return
        later = threading.Timer(0.1, self.terminate)
        later.daemon = True  # a copy of it in a freshly forked wrapper must not keep that alive
        later.start()


def _leash() -> list[str]:
    """Return the words that make a program stop when its wrapper dies (util-linux); none where it is missing."""
    return ["setpriv", "--pdeathsig", "TERM"] if sys.platform == "linux" and shutil.which("setpriv") else []
