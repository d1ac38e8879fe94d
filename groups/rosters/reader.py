"""Open a roster file of any kind and give its rows. The only door through which uploads are read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from groups.rosters.archive import Limits, kind_of
from groups.rosters.delimited import read_delimited
from groups.rosters.messages import FILE_ERRORS, RosterFileError
from groups.rosters.sheets import Sheet

_PROCESS = Path(__file__).with_name("workbook_process.py")


def read_sheets(source: Path | str | bytes, filename: str = "", limits: Limits | None = None) -> list[Sheet]:
    """Read every sheet of an .xlsx, .xls, .ods or .csv file, given as a path or as its bytes.

    `filename` only names the sheet of a .csv; what the file is, its content decides. Raises RosterFileError with a
    sentence for the user when the file is refused; no other exception comes from a file's content. Sheets without a
    filled cell are left out, a file without any is refused (no_rows).
    """
    limits = limits or Limits()
    content = source if isinstance(source, bytes) else _load(Path(source), limits)
    if kind_of(content, limits) == "text":
        rows, encoding = read_delimited(content, limits)
        sheets = [Sheet(Path(filename).stem[:80] or "csv", rows, False, encoding)]
    else:
        sheets = _read_workbook(content, limits)
    for sheet in sheets:
        while sheet.rows and not any(cell != "" for cell in sheet.rows[-1]):
            sheet.rows.pop()
    sheets = [sheet for sheet in sheets if sheet.rows]
    if not sheets:
        raise RosterFileError("no_rows")
    return sheets


def _load(path: Path, limits: Limits) -> bytes:
    with path.open("rb") as file:
        return file.read(limits.file_bytes + 1)


def _read_workbook(content: bytes, limits: Limits) -> list[Sheet]:
    """Parse in a process of its own with limits on memory and time; a dead process is a refused file."""
    names = ("rows", "columns", "sheets", "memory_bytes", "cpu_seconds", "output_bytes")
    arguments = json.dumps({name: getattr(limits, name) for name in names})
    try:
        done = subprocess.run(  # noqa: S603  (fixed program, no shell; the file comes on standard input only)
            [sys.executable, "-I", str(_PROCESS), arguments],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=limits.wall_seconds,
            env={"LC_ALL": "C.UTF-8"},
            cwd="/",
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise RosterFileError("too_slow") from error
    sheets = _sheets(done.stdout)
    if sheets is None:
        # Killed by a signal: SIGXCPU and SIGKILL for time, SIGABRT and the rest when memory ran out.
        raise RosterFileError("too_slow" if done.returncode in (-24, -9) else "too_much_memory")
    return sheets


def _sheets(output: bytes) -> list[Sheet] | None:
    """The sheets the process wrote, or None if it died before its last line. Raises what it refused."""
    sheets: list[Sheet] = []
    start = 0
    complete = False
    same: dict[str, str] = {}  # one object for the many equal texts of a roster keeps memory low
    while (end := output.find(b"\n", start)) >= 0:
        line = json.loads(output[start:end])
        start = end + 1
        if isinstance(line, list):
            for row in line:
                sheets[-1].rows.append(
                    [same.setdefault(c, c) if c.__class__ is str and len(c) < 32 else c for c in row]
                )
        elif "sheet" in line:
            sheets.append(Sheet(str(line["sheet"]), [], bool(line["hidden"])))
        elif line.get("refused") in FILE_ERRORS:
            raise RosterFileError(line["refused"], line["params"])
        else:
            complete = line.get("done") is True
    return sheets if complete else None
