"""Makes the virtual environment and installs pinned, hashed requirements. Run by make with the system's Python:

    python3 -I vikhe_portal/local/bootstrap.py .venv requirements.txt [requirements-dev.txt]

Uses the standard library only and no syntax newer than Python 3.6, so that an old Python gets as far as the sentence
that names it. What was installed last is skipped: name and hash of each requirements file stand in .venv/.installed.
"""

import hashlib
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

LEAST_PYTHON = (3, 11)
LEAST_FREE_MB = 1500  # the installed packages take about 1 GB


def main(arguments):
    """Install; return the exit code. A failure is one sentence on standard error and code 1."""
    sentence = prepare(Path(arguments[0]), arguments[1:])
    if sentence:
        sys.stderr.write(sentence + "\n")
        return 1
    return 0


def prepare(venv, files, version=sys.version_info[:2]):
    """Make the environment in the folder `venv` hold what `files` name; return '' or the sentence of a failure."""
    if version < LEAST_PYTHON:
        return f"Cần Python 3.11 trở lên, máy này đang dùng Python {version[0]}.{version[1]}."
    wanted = {file: hashlib.sha256(Path(file).read_bytes()).hexdigest() for file in files}
    stamp, python = venv / ".installed", venv / "bin" / "python"
    installed = read_stamp(stamp) if works(python) else {}
    missing = [file for file in files if wanted[file] != installed.get(file)]
    if not missing:
        return ""
    free = shutil.disk_usage(str(venv.resolve().parent)).free // 1000000
    if free < LEAST_FREE_MB:
        return f"Ổ đĩa chỉ còn {free} MB trống, cần ít nhất {LEAST_FREE_MB} MB để cài đặt; hãy dọn bớt rồi chạy lại."
    if not works(python):
        if find_spec("ensurepip") is None or find_spec("venv") is None:
            return "Thiếu gói python3-venv; hãy cài bằng lệnh: apt-get install python3-venv"
        say("── môi trường Python")
        if subprocess.call([sys.executable, "-m", "venv", "--clear", str(venv)]) != 0:
            return f"Không tạo được môi trường Python trong {venv}; xem lời báo phía trên."
    pip = [str(python), "-m", "pip"]
    if subprocess.call([*pip, "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) != 0:
        subprocess.call([str(python), "-m", "ensurepip", "--upgrade"], stdout=subprocess.DEVNULL)
    command = [*pip, "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    for file in files:
        command += ["-r", file]
    say(f"── gói Python ({', '.join(missing)})")
    if subprocess.call(command) != 0:
        return "Không cài được các gói Python; hãy kiểm tra mạng và dung lượng ổ đĩa rồi chạy lại."
    installed.update(wanted)
    stamp.write_text("".join(f"{name} {digest}\n" for name, digest in sorted(installed.items())))
    return ""


def read_stamp(path):
    """Return {file name: hash} of what was installed last; empty when nothing was."""
    return dict(line.split() for line in path.read_text().splitlines()) if path.exists() else {}


def works(python):
    """Tell whether this interpreter runs: a copied or half-made environment does not."""
    try:
        return subprocess.call([str(python), "-c", "import sys"], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def say(text):
    """Print at once, before a child process prints."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
