"""`run`: everything from the empty folder to the printed address, and everything stopped again at the end."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from vikhe_portal.local import assets, checks, environment, processes
from vikhe_portal.local.places import ROOT, default_data_dir, make_data_dir
from vikhe_portal.local.processes import Program
from vikhe_portal.local.refusal import Refusal

HEALTH_PATH = "/suc-khoe/"
HEALTH_SECONDS = 120
DEFAULT_PORT = "8000"
ROOT_WARNING = "You're running the worker with superuser"  # celery's; true on any machine run as root


class StopAsked(BaseException):
    """Ctrl-C or SIGTERM before the process manager has taken over."""


def run() -> int:
    """Start the portal and serve until Ctrl-C or SIGTERM; return the exit code. Raises Refusal with one sentence."""
    checks.python_version()
    port = checks.port_number(os.environ.get("PORT") or DEFAULT_PORT, "PORT")
    standin_port = checks.port_number(os.environ.get("ZALO_STANDIN_PORT") or str(port % 65535 + 1), "ZALO_STANDIN_PORT")
    data_dir = make_data_dir(default_data_dir())
    checks.disk_space(data_dir, ROOT)
    with only_run(data_dir), stop_signals():
        checks.port_free(port)
        checks.port_free(standin_port, "ZALO_STANDIN_PORT")
        services = None
        try:
            with step("Giao diện"):
                assets.build()
            with step("Cơ sở dữ liệu và hàng đợi"):
                services = environment.start_services(data_dir)
            environments = {
                role: environment.for_role(services, role, port=port, standin_port=standin_port)
                for role in environment.ROLES
            }
            prepare(environments)
            return serve(environments, port=port, standin_port=standin_port)
        except StopAsked:
            say("Đã nhận lệnh dừng.")
            return 0
        finally:
            ignore_stop_signals()
            stop_all(services, data_dir)


def prepare(environments: dict[environment.Role, dict[str, str]]) -> None:
    """Migrate as the owner; compile texts, collect static files and load the demonstration ward as the web role."""
    with step("Cấu trúc dữ liệu"):
        manage(["migrate", "--noinput", "--verbosity", "0"], environments["owner"])
    with step("Bản tiếng Việt"):
        manage(["messages", "--compile"], environments["web"])
    with step("Tệp tĩnh"):
        manage(["collectstatic", "--noinput", "--verbosity", "0"], environments["web"])
    with step("Phường trình diễn"):
        manage(["demo_ward"], environments["web"])


def serve(environments: dict[environment.Role, dict[str, str]], *, port: int, standin_port: int) -> int:
    """Run the processes until the end and return the exit code."""
    ending = processes.run_all(
        programs(environments, port=port, standin_port=standin_port),
        cwd=str(ROOT),
        once_started=lambda: announce(port, standin_port, environments["web"]),
    )
    if ending.asked:
        return 0
    raise Refusal(
        f"Tiến trình “{ending.name}” đã dừng (mã {ending.code}) nên cả cổng thông tin dừng theo; "
        f"hãy xem các dòng “{ending.name}” phía trên."
    )


def programs(environments: dict[environment.Role, dict[str, str]], *, port: int, standin_port: int) -> list[Program]:
    """Return the four processes; each has its own role's database address, the stand-in none."""
    python = sys.executable
    data_dir = environments["web"]["PORTAL_DATA_DIR"]
    celery = [python, "-W", f"ignore:{ROOT_WARNING}", "-m", "celery", "--quiet", "-A", "vikhe_portal.celery"]
    web = ["-m", "gunicorn", "vikhe_portal.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "4"]
    web += ["--no-control-socket"]  # its place is one per user, so two portals of one user would share it
    beat = ["beat", "-s", f"{data_dir}/beat-schedule", "--pidfile=", "--loglevel", "WARNING"]
    return [
        Program("web", [python, *web], environments["web"]),
        Program("worker", [*celery, "worker", "--concurrency", "2", "--loglevel", "WARNING"], environments["worker"]),
        Program("beat", [*celery, *beat], environments["worker"]),
        Program(
            "zalo",
            [python, "-m", "gateways.zalo.standin", "--port", str(standin_port), "--demo"],
            environment.for_outsider(environments["web"]),
        ),
    ]


def announce(port: int, standin_port: int, web: dict[str, str]) -> None:
    """Wait until the portal answers, then print its address and the demonstration accounts. Raises Refusal."""
    address = f"http://127.0.0.1:{port}/"
    wait_until_healthy(f"http://127.0.0.1:{port}{HEALTH_PATH}")
    accounts = manage(["demo_accounts"], web)
    say(
        f"\nCổng thông tin đã sẵn sàng: {address}\n"
        f"Máy chủ Zalo mô phỏng: http://127.0.0.1:{standin_port}/\n\n"
        f"{accounts.rstrip()}\n\nNhấn Ctrl-C để dừng tất cả.\n"
    )


def wait_until_healthy(url: str, seconds: float = HEALTH_SECONDS) -> None:
    """Return when `url` answers 200; raises Refusal after `seconds`."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never ask a proxy for our own address
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with opener.open(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.2)
    raise Refusal(f"Cổng thông tin không trả lời tại {url} sau {seconds:.0f} giây; hãy xem các dòng “web” phía trên.")


def manage(arguments: list[str], variables: dict[str, str]) -> str:
    """Run a manage.py command with exactly these variables and return what it printed; raises Refusal when it fails."""
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode != 0:
        say(done.stdout.rstrip())
        raise Refusal(f"Lệnh manage.py {arguments[0]} không thành công; xem lời báo phía trên.")
    return done.stdout


def stop_all(services: environment.Services | None, data_dir: Path) -> None:
    """Stop the embedded servers, also those that a start cut short may have left."""
    environment.stop_embedded(data_dir) if services is None else services.stop()
    say("Đã dừng toàn bộ; dữ liệu được giữ lại.")


@contextmanager
def only_run(data_dir: Path) -> Iterator[None]:
    """Hold the data folder for one run; a second one is refused (Refusal)."""
    with (data_dir / "run.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refusal(
                f"Cổng thông tin đang chạy với thư mục dữ liệu {data_dir}; hãy dừng nó trước (Ctrl-C ở cửa sổ đó)."
            ) from error
        yield


@contextmanager
def stop_signals() -> Iterator[None]:
    """Turn Ctrl-C and SIGTERM into StopAsked while no process manager listens for them."""

    def ask(_number: int, _frame: FrameType | None) -> None:
        raise StopAsked

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ignore_stop_signals() -> None:
    """Let the stopping itself run to its end, however often Ctrl-C is pressed."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Print a line with the seconds a step took."""
    began = time.monotonic()
    yield
    say(f"✓ {title} ({time.monotonic() - began:.1f} giây)".replace(".", ","))


def say(text: str) -> None:
    """Print at once, also into a pipe."""
    print(text, flush=True)
