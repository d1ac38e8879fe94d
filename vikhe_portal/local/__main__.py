"""`python -m vikhe_portal.local run | reset | status | assets | test-services | with-services -- COMMAND | verify`, and
`audit` of what the portal is built from."""

from __future__ import annotations

import argparse
import errno
import os
import shlex
import shutil
import signal
import sys

from vikhe_portal.local import assets, dependencies, environment, portal, postgres, testing, valkey, verify
from vikhe_portal.local.places import MARKER, default_data_dir
from vikhe_portal.local.refusal import Refusal


def main(arguments: list[str]) -> int:
    """Do what the arguments say and return the exit code; a refusal is one sentence on standard error and code 1."""
    parser = argparse.ArgumentParser(prog="python -m vikhe_portal.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="the whole portal in the foreground")
    commands.add_parser("reset", help="empty the data folder")
    commands.add_parser("status", help="say what runs")
    commands.add_parser("assets", help="build the front end")
    verified = commands.add_parser("verify", help="all checks and tests")
    verified.add_argument("--lint", action="store_true", help="style, types and import rules only")
    audited = commands.add_parser("audit", help="what the portal is built from")
    audited.add_argument("--demand", action="store_true", help="fail when vulnerabilities cannot be looked up")
    kept = commands.add_parser("test-services", help="start the servers of tests and leave them running")
    kept.add_argument("--stop", action="store_true", help="stop them")
    wrapped = commands.add_parser("with-services", help="run a command with the servers of tests up")
    wrapped.add_argument("argv", nargs=argparse.REMAINDER)
    chosen = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that every `finally` stops the servers it started
    try:
        match chosen.command:
            case "run":
                return portal.run()
            case "reset":
                return reset()
            case "status":
                return status()
            case "assets":
                portal.say("Đã dựng giao diện." if assets.build() else "Giao diện không có gì thay đổi.")
                return 0
            case "verify":
                return verify.lint() if chosen.lint else verify.run()
            case "audit":
                return dependencies.check(demand=chosen.demand)
            case "test-services":
                return keep(stop=chosen.stop)
            case _:
                return testing.with_services([word for word in chosen.argv if word != "--" or chosen.argv[0] != word])
    except Refusal as refusal:
        return refuse(str(refusal))
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            return refuse("Ổ đĩa đã đầy; hãy dọn bớt rồi chạy lại.")
        return refuse(f"Không đọc hoặc ghi được {error.filename or 'tệp'}: {error.strerror or error}.")


def reset() -> int:
    """Stop the embedded servers and delete the data folder; servers named by DATABASE_URL are not touched."""
    data_dir = default_data_dir()
    if not data_dir.exists():
        portal.say("Chưa có dữ liệu nào để xóa.")
        return 0
    if not (data_dir / MARKER).exists() or data_dir.is_symlink():
        raise Refusal(f"Thư mục {data_dir} có từ trước khi cài cổng thông tin; hãy tự xóa những gì không cần trong đó.")
    with portal.only_run(data_dir):
        environment.stop_embedded(data_dir)
        if (data_dir / "test").exists():
            testing.release_services()
        shutil.rmtree(data_dir)
    portal.say(f"Đã xóa dữ liệu trong {data_dir}; lần chạy make run sau sẽ bắt đầu lại từ đầu.")
    if os.environ.get("DATABASE_URL"):
        portal.say("DATABASE_URL trỏ tới máy chủ ngoài: dữ liệu trên máy chủ đó vẫn còn nguyên.")
    return 0


def status() -> int:
    """Print which embedded servers run."""
    data_dir = default_data_dir()
    for name, module in (("Cơ sở dữ liệu", postgres), ("Hàng đợi", valkey)):
        portal.say(f"{name}: {'đang chạy' if module.is_running(data_dir) else 'không chạy'}")
    portal.say(f"Thư mục dữ liệu: {data_dir}")
    return 0


def keep(*, stop: bool) -> int:
    """Start the servers of tests for a developer's shell (prints export lines), or stop them."""
    if stop:
        testing.release_services()
        return 0
    for name, value in testing.keep_services().items():
        portal.say(f"export {name}={shlex.quote(value)}")
    return 0


def refuse(sentence: str) -> int:
    """Print one sentence on standard error and return 1."""
    print(sentence, file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
