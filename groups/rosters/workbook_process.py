"""The process that parses a workbook: reads it from standard input, writes its rows to standard output, and dies.

Run as a script of its own with nothing but the spreadsheet library. Its limits on memory and processor time are set
before a byte is read, so a hostile file can end this process and nothing else. Output: lines of JSON, one object per
sheet and then arrays of rows, each row an array without the empty cells at its end; the last line is {"done": true}.
"""

import contextlib
import datetime
import io
import json
import resource
import sys

import python_calamine

BATCH = 500


def limit(memory_bytes: int, cpu_seconds: int) -> None:
    """Bind this process: address space, processor seconds, no files written, no core dump with residents' data."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def plain(value):
    """A cell as JSON can carry it: dates as ISO text, whole numbers without a point."""
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            return ""
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    if isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value)


class Refused(Exception):
    """A workbook beyond a limit: code and placeholders for the caller's message."""


class Out:
    """Standard output with a ceiling."""

    def __init__(self, ceiling: int) -> None:
        self.left = ceiling

    def line(self, value) -> None:
        text = json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n"
        self.left -= len(text)
        if self.left < 0:
            raise Refused("unpacks_too_large", {})
        sys.stdout.write(text)

    def refuse(self, code: str, params: dict) -> None:
        """The last word; it counts against no ceiling."""
        sys.stdout.write(json.dumps({"refused": code, "params": params}) + "\n")


def write_sheet(sheet, hidden: bool, limits: dict, out: Out) -> None:
    """Hand on one sheet's rows from row 1 and column A on, or refuse it."""
    name = sheet.name[:80]
    if sheet.end is None:
        out.line({"sheet": name, "hidden": hidden})
        return
    last_row, last_column = sheet.end
    if last_row + 1 > limits["rows"]:
        raise Refused("too_many_rows", {"sheet": name, "limit": limits["rows"]})
    if last_column + 1 > limits["columns"]:
        raise Refused("too_many_columns", {"sheet": name, "limit": limits["columns"]})
    out.line({"sheet": name, "hidden": hidden})
    left = [""] * sheet.start[1]
    batch: list = []
    for cells in sheet.iter_rows():
        row = left + [value if value.__class__ is str else plain(value) for value in cells]
        while row and row[-1] == "":
            row.pop()
        batch.append(row)
        if len(batch) == BATCH:
            out.line(batch)
            batch = []
    out.line(batch)


def main() -> None:
    limits = json.loads(sys.argv[1])
    limit(limits["memory_bytes"], limits["cpu_seconds"])
    out = Out(limits["output_bytes"])
    try:
        workbook = python_calamine.load_workbook(io.BytesIO(sys.stdin.buffer.read()))
        sheets = [m for m in workbook.sheets_metadata if m.typ == python_calamine.SheetTypeEnum.WorkSheet]
        if len(sheets) > limits["sheets"]:
            raise Refused("too_many_sheets", {"limit": limits["sheets"]})
        for metadata in sheets:
            hidden = metadata.visible != python_calamine.SheetVisibleEnum.Visible
            write_sheet(workbook.get_sheet_by_name(metadata.name), hidden, limits, out)
    except Refused as refused:
        out.refuse(*refused.args)
    except python_calamine.PasswordError:
        out.refuse("encrypted", {})
    except MemoryError:
        out.refuse("too_much_memory", {})
    except Exception:  # the library's errors share no base class and may quote cells: only the code leaves
        out.refuse("unreadable", {})
    else:
        out.line({"done": True})
    sys.stdout.flush()


if __name__ == "__main__":
    main()
