"""What an official document says, apart from how it is drawn. Layout values: decree 30/2020/NĐ-CP, appendices I-III.

Everything users wrote is plain text: it passes through `clean()` and never carries markup into a document.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

Align = Literal["left", "center", "right", "justify"]

# Control characters (except tab and line feed), direction overrides, halves of pairs, and code points that XML refuses.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
# Vietnamese order for "a)", "b)" …: đ has its place, and f, j, w, z are not used.
_LETTERS = "abcdđeghiklmnopqrstuvxy"
_ROMAN = ((100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


@dataclass(frozen=True, slots=True)
class Heading:
    """Level 1 is "I. TITLE", level 2 "1. Title", level 3 "a) Title"; the number is added when the page is drawn."""

    text: str
    level: Literal[1, 2, 3] = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Each line of the text becomes a paragraph of its own."""

    text: str
    bold: bool = False
    italic: bool = False
    align: Align = "justify"


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a list: "- text"."""

    text: str


@dataclass(frozen=True, slots=True)
class Basis:
    """The grounds ("Căn cứ …"): italic, one a line, ";" between them and "." at the end."""

    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Field:
    """A label with its value. Without a value dots are printed, to be filled in by hand."""

    label: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    weight: float = 1.0  # share of the width, relative to the other columns
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Table:
    """A ruled table whose heading line is repeated on every page. All cells are text."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    bold_last: bool = False  # the last row is a total

    def __post_init__(self) -> None:
        if not self.columns or any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("every row of a table needs one cell for each column")


Block = Heading | Paragraph | Item | Basis | Field | Table


@dataclass(frozen=True, slots=True)
class Annex:
    """An annex: begins on a new page, counts its own pages; "Phụ lục", or "Phụ lục I", "II" … if there are several."""

    title: str
    blocks: Sequence[Block]
    landscape: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """`lines` are printed in bold capitals ("TM. BAN CHỈ ĐẠO", "TRƯỞNG BAN"); `name` carries no titles."""

    lines: Sequence[str]
    name: str = ""
    note: str = ""  # in italics under the lines, for example "(Ký, ghi rõ họ tên)"


@dataclass(frozen=True, slots=True)
class OfficialDocument:
    """One document. `number` None leaves room for writing it in; `place` "" leaves out place and date (minutes).

    `kind` is the type in capitals ("BÁO CÁO"); with kind "" it is an official letter and `subject` follows "V/v".
    `issuing_body_in_text` is the issuer as written inside a sentence. One signature stands to the right of the
    recipients, two or three stand side by side above them. Raises ValueError for none or more than three.
    """

    parent_body: str
    issuing_body: str
    symbol: str  # "BC-BCĐ"
    kind: str
    subject: str
    blocks: Sequence[Block]
    signatures: Sequence[Signature]
    recipients: Sequence[str] = ()
    number: int | None = None
    place: str = ""
    day: date | None = None
    addressees: Sequence[str] = ()
    annexes: Sequence[Annex] = ()
    issuing_body_in_text: str = ""
    draft_mark: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.signatures) <= 3:
            raise ValueError("a document carries one, two or three signatures")


def clean(text: str) -> str:
    """User text made fit for print: NFC, no control characters, no direction overrides; line feeds stay."""
    unified = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return _UNPRINTABLE.sub("", unified).strip()


def one_line(text: str) -> str:
    return " ".join(clean(text).split())


def number_line(number: int | None, symbol: str) -> str:
    """ "Số: 05/BC-BCĐ": numbers under ten take a leading zero, "/" and "-" stand without blanks (box 3)."""
    shown = "      " if number is None else f"{number:02d}"
    return f"Số: {shown}/{one_line(symbol)}"


def long_date(day: date | None) -> str:
    """ "ngày 09 tháng 4 năm 2026": days under ten and the months 1 and 2 take a leading zero (box 4)."""
    if day is None:
        return "ngày      tháng      năm        "
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def short_date(day: date) -> str:
    """ "09/4/2026": the same zeros as in the long form."""
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"{day.day:02d}/{month}/{day.year}"


def place_line(place: str, day: date | None) -> str:
    return f"{one_line(place)}, {long_date(day)}"


def roman(number: int) -> str:
    """1 to 399 in Roman numerals."""
    shown = ""
    for value, sign in _ROMAN:
        count, number = divmod(number, value)
        shown += sign * count
    return shown


def letter(number: int) -> str:
    """1 is "a", 5 is "đ"; after "y" come "aa", "ab" …"""
    shown = ""
    while number:
        number, rest = divmod(number - 1, len(_LETTERS))
        shown = _LETTERS[rest] + shown
    return shown


class Numbering:
    """Numbers the headings of one sequence of blocks."""

    def __init__(self) -> None:
        self._counts = [0, 0, 0]

    def next(self, level: int) -> str:
        self._counts[level - 1] += 1
        self._counts[level:] = [0] * (3 - level)
        count = self._counts[level - 1]
        return (f"{roman(count)}.", f"{count}.", f"{letter(count)})")[level - 1]


def ended(text: str) -> str:
    """The last words of the content, closed by "./." (box 6)."""
    return re.sub(r"[.;,:\s]+$", "", text) + "./."


def basis_lines(lines: Sequence[str]) -> list[str]:
    """Each ground with ";" and the last with "."."""
    texts = [re.sub(r"[.;,\s]+$", "", one_line(line)) for line in lines]
    return [text + (";" if index < len(texts) - 1 else ".") for index, text in enumerate(texts)]


def recipient_lines(recipients: Sequence[str]) -> list[str]:
    """ "- …;" for each and "- Lưu: …." for the last (box 9b)."""
    texts = [re.sub(r"[.;,\s]+$", "", one_line(text)).removeprefix("- ") for text in recipients]
    return [f"- {text}" + (";" if index < len(texts) - 1 else ".") for index, text in enumerate(texts)]


def annex_label(index: int, count: int) -> str:
    return "Phụ lục" if count == 1 else f"Phụ lục {roman(index)}"


def annex_reference(document: OfficialDocument) -> str:
    """ "(Kèm theo Báo cáo số 05/BC-BCĐ ngày 09 tháng 4 năm 2026 của …)"."""
    kind = one_line(document.kind).capitalize() or "Công văn"
    number = number_line(document.number, document.symbol).removeprefix("Số: ")
    issuer = f" của {one_line(document.issuing_body_in_text)}" if document.issuing_body_in_text else ""
    return f"(Kèm theo {kind} số {number} {long_date(document.day).rstrip()}{issuer})"
