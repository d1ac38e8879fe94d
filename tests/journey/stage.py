"""A fresh installation for the walk: its own database, the real processes, a browser."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests import database

ROOT = Path(__file__).resolve().parent.parent.parent
SHOTS = ROOT / "test-results" / "journey"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Installation:
    """The processes of one installation; everything it started ends with it."""

    def __init__(self, name: str) -> None:
        self.data = Path(tempfile.mkdtemp(prefix="journey-"))
        self.port, self.standin_port = free_port(), free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.standin = f"http://127.0.0.1:{self.standin_port}"
        self.database = name
        self.children: dict[str, subprocess.Popen[bytes]] = {}

    def environment(self, role: str) -> dict[str, str]:
        """Variables of a process; web and worker each know only their own database role."""
        variable = {"web": "DATABASE_URL", "worker": "DATABASE_WORKER_URL"}[role]
        kept = {key: value for key, value in os.environ.items() if not key.startswith("DATABASE_")}
        return kept | {
            "DATABASE_URL": database.role_url(variable, self.database),
            "DJANGO_SETTINGS_MODULE": "vikhe_portal.settings.dev",
            "PORTAL_DATA_DIR": str(self.data),
            "PORT": str(self.port),
            "ZALO_OPENAPI_URL": self.standin,
            "ZALO_OAUTH_URL": self.standin,
            "ZALO_STANDIN_PORT": str(self.standin_port),
        }

    def manage(self, *arguments: str, role: str = "web") -> str:
        """Run a management command and return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment(role),
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def start(self) -> None:
        """Fill the database, start the processes and wait until the portal answers."""
        self.manage("messages", "--compile")
        self.manage("collectstatic", "--noinput", "--verbosity", "0")
        self.spawn("standin", ["-m", "gateways.zalo.standin", "--port", str(self.standin_port), "--demo"], "web")
        wait_for(self.standin)
        self.manage("demo_ward")
        bind = f"127.0.0.1:{self.port}"
        self.spawn(
            "web", ["-m", "gunicorn", "vikhe_portal.wsgi", "--bind", bind, "--workers", "2", "--threads", "4"], "web"
        )
        self.spawn("worker", ["-m", "celery", "-A", "vikhe_portal.celery", "worker", "--concurrency", "2"], "worker")
        schedule = str(self.data / "beat")
        self.spawn("beat", ["-m", "celery", "-A", "vikhe_portal.celery", "beat", "-s", schedule], "worker")
        wait_for(f"{self.base}/suc-khoe/")

    def spawn(self, name: str, command: list[str], role: str) -> None:
        """Start a child in a process group of its own, its output in a file of the data folder."""
        log = (self.data / f"{name}.log").open("wb")
        self.children[name] = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.environment(role),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def stop(self) -> None:
        """End every child and remove the data."""
        for child in self.children.values():
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGTERM)
        for child in self.children.values():
            try:
                child.wait(timeout=15)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
        if os.environ.get("KEEP_JOURNEY"):
            print(f"kept: {self.data}")
        else:
            shutil.rmtree(self.data, ignore_errors=True)


def wait_for(url: str, seconds: float = 90) -> None:
    """Wait until an address answers at all."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError(f"{url} did not answer within {seconds:.0f} s")


@contextmanager
def installation() -> Iterator[Installation]:
    """A fresh database from the migrated template, and the processes on it."""
    name = f"journey_{os.getpid()}"
    database.clone(database.ensure_template(), name)
    made = Installation(name)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        database.drop(name)


class Walker:
    """One person at one device: a browser context of their own, screenshots under a name."""

    def __init__(self, browser: Browser, base: str, size: dict[str, int], *, dark: bool = False) -> None:
        self.base = base
        self.context: BrowserContext = browser.new_context(
            viewport=size,
            locale="vi-VN",
            color_scheme="dark" if dark else "light",
            accept_downloads=True,
            permissions=["clipboard-read", "clipboard-write"],
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on(
            "console", lambda line: self.problems.append(line.text) if "Content Security" in line.text else None
        )

    def sign_in(self, username: str, password: str) -> Walker:
        """Sign in through the page."""
        self.go("/tai-khoan/dang-nhap/")
        self.page.fill("#id_login", username)
        self.page.fill("#id_password", password)
        self.page.get_by_role("button", name="Đăng nhập", exact=True).click()
        self.page.wait_for_load_state()
        return self

    def go(self, path: str) -> Page:
        """Open an address of the portal; anything but a good answer is a failure."""
        answer = self.page.goto(path if path.startswith("http") else self.base + path)
        if answer is not None and answer.status >= 400:
            raise AssertionError(f"{path} answered {answer.status}")
        return self.page

    def shot(self, name: str) -> None:
        """Keep what the person sees."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(SHOTS / f"{name}.png"))


@contextmanager
def browser() -> Iterator[Browser]:
    """Headless Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        try:
            yield started
        finally:
            started.close()
