"""Writing lists as .xlsx and .csv that no spreadsheet program will run as formulas.

Only writing: uploads are never read here. Text that could begin a formula gets a leading apostrophe (CWE-1236), also
when blanks or invisible characters come first; in .xlsx it is besides stored as text, never as a formula. Numbers,
dates and booleans given as such stay what they are.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
MAX_CELL = 32_767  # characters, a limit of the format
MAX_ROWS = 1_048_576  # with the heading line, a limit of the format
CUT = "… (đã cắt bớt)"

_FORMULA_STARTS = frozenset("=+-@\t\r\n\0＝＋－＠")
# Everything a program may skip before it looks for a formula: blanks, byte order marks, zero-width characters.
_SKIPPED = re.compile("[ \u00a0\u00ad\u180e\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2064\u2066-\u206f\u3000\ufeff]*")
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# Excel reads _xHHHH_ in a cell as one character; escaping its underscore keeps what was typed.
_ESCAPE_LIKE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


@dataclass(frozen=True)
class Sheet:
    """One sheet: a title (shortened to what Excel allows), headings, and rows of as many cells as headings."""

    title: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Any]]
    widths: Sequence[int] = ()  # in characters; by default fitted to the headings


def neutral(text: str) -> str:
    """The text with a leading apostrophe if a spreadsheet program could run it; control characters are removed."""
    clean = _NOT_TEXT.sub("", text)
    # Removing a control character may bring a sign to the front, so both forms are looked at.
    return "'" + clean if _starts_formula(text) or _starts_formula(clean) else clean


def _starts_formula(text: str) -> bool:
    skipped = _SKIPPED.match(text)
    first = text[skipped.end() :][:1] if skipped else ""
    return first in _FORMULA_STARTS and first != ""


def write_xlsx(target: IO[bytes], sheets: Sequence[Sheet]) -> None:
    """Write a workbook to a binary file object, row by row, with headings frozen and filterable.

    Raises ValueError if no sheet is given, a row has another number of cells than there are headings, or a sheet has
    more rows than the format can hold. Aware datetimes are shown on Vietnam's clock. Over-long text is cut, visibly.
    """
    if not sheets:
        raise ValueError("a workbook needs at least one sheet")
    book = Workbook(write_only=True)
    taken: set[str] = set()
    for sheet in sheets:
        page = book.create_sheet(_sheet_title(sheet.title, taken))
        page.freeze_panes = "A2"
        for index, heading in enumerate(sheet.columns, start=1):
            width = sheet.widths[index - 1] if index <= len(sheet.widths) else min(60, max(10, len(heading) + 4))
            page.column_dimensions[get_column_letter(index)].width = width
        try:
            page.append([_heading_cell(page, heading) for heading in sheet.columns])
            last = 1
            for last, row in enumerate(sheet.rows, start=2):
                if last > MAX_ROWS:
                    raise ValueError("too many rows for one sheet")
                page.append([_cell(page, value) for value in _checked(row, sheet)])
            if sheet.columns:
                page.auto_filter.ref = f"A1:{get_column_letter(len(sheet.columns))}{last}"
        finally:
            page.close()  # also after an error, or openpyxl leaves its half-written stream open
    book.save(target)


def xlsx_bytes(sheets: Sequence[Sheet]) -> bytes:
    """`write_xlsx` into memory, for lists of ordinary size."""
    target = io.BytesIO()
    write_xlsx(target, sheets)
    return target.getvalue()


def write_csv(target: IO[bytes], sheet: Sheet) -> None:
    """Write one sheet as CSV: UTF-8 with byte order mark (Excel needs it), comma, every field quoted, CRLF.

    Raises ValueError if a row has another number of cells than there are headings.
    """
    stream = io.TextIOWrapper(target, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
    writer.writerow([neutral(heading) for heading in sheet.columns])
    for row in sheet.rows:
        writer.writerow([_plain(value) for value in _checked(row, sheet)])
    stream.detach()


def csv_bytes(sheet: Sheet) -> bytes:
    """`write_csv` into memory."""
    target = io.BytesIO()
    write_csv(target, sheet)
    return target.getvalue()


def _checked(row: Sequence[Any], sheet: Sheet) -> Sequence[Any]:
    if len(row) != len(sheet.columns):
        raise ValueError("a row does not have as many cells as there are headings")
    return row


def _local(value: datetime) -> datetime:
    return value.astimezone(VIETNAM).replace(tzinfo=None) if value.tzinfo else value


def _plain(value: Any) -> str:
    """A cell of a CSV file as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, datetime):
        return _local(value).strftime("%d/%m/%Y %H:%M")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    return neutral(str(value))


def _cell(page: Any, value: Any) -> WriteOnlyCell:
    if value is None or isinstance(value, bool | int | float):
        return WriteOnlyCell(page, value)
    if isinstance(value, datetime):
        cell = WriteOnlyCell(page, _local(value))
        cell.number_format = "dd/mm/yyyy hh:mm"
        return cell
    if isinstance(value, date):
        cell = WriteOnlyCell(page, value)
        cell.number_format = "dd/mm/yyyy"
        return cell
    return _text_cell(page, str(value))


def _text_cell(page: Any, value: str) -> WriteOnlyCell:
    text = neutral(value)
    if len(text) > MAX_CELL:
        text = text[: MAX_CELL - len(CUT)] + CUT
    escaped = _ESCAPE_LIKE.sub("_x005F_", text)
    cell = WriteOnlyCell(page, escaped if len(escaped) <= MAX_CELL else text)
    cell.data_type = "s"  # openpyxl would take "=…" for a formula and "#N/A" for an error
    return cell


def _heading_cell(page: Any, heading: str) -> WriteOnlyCell:
    cell = _text_cell(page, heading)
    cell.font = Font(bold=True)
    cell.fill = PatternFill("solid", fgColor="E6EDF5")
    cell.alignment = Alignment(wrap_text=True, vertical="center")
    return cell


def _sheet_title(title: str, taken: set[str]) -> str:
    """At most 31 characters, none of []:*?/\\, no apostrophe at the edges, unique in the workbook."""
    base = re.sub(r"[\[\]:*?/\\]", " ", _NOT_TEXT.sub("", title)).strip().strip("'")[:31] or "Danh sách"
    name, number = base, 2
    while name.lower() in taken:
        suffix = f" ({number})"
        name, number = base[: 31 - len(suffix)] + suffix, number + 1
    taken.add(name.lower())
    return name
