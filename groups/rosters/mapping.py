"""Which column of a sheet holds what. The portal proposes, a person may change it, the choice is remembered."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from groups.rosters.cells import read_birth_year, read_name, read_tick
from groups.rosters.messages import RosterFileError
from groups.rosters.places import neighbourhood_in_title
from groups.rosters.records import shortened
from groups.rosters.sheets import Row, Sheet
from vikhe_portal.core.text import normalise_phone, search_key

HEADER_WITHIN = 30  # rows
SAMPLES = 5

# The declared columns: nothing else of a file is kept. `number` and `head_name` only tell households apart.
FIELDS = {
    "number": _("number in the list"),
    "neighbourhood": _("neighbourhood"),
    "household_code": _("household code"),
    "head_name": _("head of household (to group rows)"),
    "full_name": _("full name"),
    "birth": _("year or date of birth (only the year is kept)"),
    "relation": _("relation to the head (only head or not is kept)"),
    "address": _("address"),
    "house_no": _("house number"),
    "street": _("street or hamlet"),
    "phone": _("telephone"),
    "zalo": _("uses Zalo"),
    "zalo_name": _("name on Zalo"),
    "joined": _("is in the group"),
    "role": _("role"),
    "note": _("note (only a reason from the list is kept)"),
}

# Headings without marks and punctuation. The first rule that fits counts; None is a column that is known and not kept.
_RULES: tuple[tuple[str | None, str], ...] = (
    ("number", r"^(?:s ?tt|tt|so tt|so thu tu|thu tu|no|stt ho|so tt ho|so thu tu ho)$"),
    (None, r"cccd|cmnd|cmt|can cuoc|chung minh|dinh danh|gioi tinh|^nam nu$|^gt$|dan toc|ton giao|nghe nghiep"
           r"|noi lam|que quan|nguyen quan|bhyt|bao hiem|hoc van|trinh do|dang vien|ho ngheo|thu nhap|email|facebook"
           r"|chu ky|ky nhan|ky ten"),
    ("zalo_name", r"(?:ten|nick|biet danh).*zalo|zalo name|ten hien thi|ten tren zalo"),
    ("phone", r"^so zalo$|so dien thoai|\bsdt\b|\bso dt\b|dien thoai|^dt$|dtdd|so di dong|^di dong|^lien he|^phone"
              r"|^tel|mobile|so lien lac"),
    ("joined", r"vao nhom|tham gia|trong nhom|da vao|co trong nhom|^joined$"),
    ("zalo", r"zalo"),
    ("relation", r"quan he|\bqh\b|^vai ve$|^la gi voi"),
    ("household_code", r"ma (?:so )?ho\b|so ho khau|ma hgd|^so ho$|^ma hk$|^ho so$|household"),
    ("birth", r"nam sinh|ngay sinh|ngay thang|sinh nam|nam sn|^ns$|birth|^tuoi sinh"),
    ("note", r"^ghi chu|^ly do|^note|^gc$|tinh trang|nguyen nhan"),
    ("role", r"vai tro|chuc vu|chuc danh|nhiem vu"),
    ("house_no", r"^(?:so nha|sn)$"),
    ("address", r"dia chi|so nha|noi o|cho o|noi cu tru|thuong tru|tam tru|^dc$|address"),
    ("street", r"^(?:ten )?(?:duong|pho|xom|ngo|thon|khu|cum)(?: (?:duong|pho|xom|ngo|ngach|thon|khu))*$"),
    ("neighbourhood", r"to dan pho|\btdp\b|^(?:thuoc )?to$|khu pho|^ten to$|^to so$"),
    ("full_name", r"thanh vien|nhan khau$|^ho va ten$|^ho ten$|cong dan"),
    ("head_name", r"chu ho|dai dien ho"),
    ("full_name", r"ho va ten|ho ten|^ten$|^ho(?: va)?(?: ten)? (?:dem|lot)$|^ho dem$|full ?name"
                  r"|^name$|^ho$|^ten dem$"),
)  # fmt: skip
_COMPILED = tuple((name, re.compile(pattern)) for name, pattern in _RULES)


def heading_key(cell: object) -> str:
    """A heading for comparison: without marks, capitals and punctuation."""
    return re.sub(r"[^a-z0-9]+", " ", search_key(str(cell)[:200])).strip()


def field_of_heading(cell: object) -> tuple[str | None, bool]:
    """The field a heading names (None: not kept) and whether the heading was recognised at all."""
    key = heading_key(cell)
    if not key:
        return None, False
    for name, pattern in _COMPILED:
        if pattern.search(key):
            return name, True
    return None, False


def column_letter(index: int) -> str:
    """0 → "A", 25 → "Z", 26 → "AA"."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@dataclass(frozen=True)
class RosterMapping:
    """What each column is taken for. `header_row` counts from 1; the data begin `header_rows` rows later.

    `columns`: column index (A is 0) → key of FIELDS. Several columns may share a field: names are joined, of others the
    first filled one counts.
    """

    header_row: int
    header_rows: int
    columns: Mapping[int, str]

    def to_json(self) -> dict[str, Any]:
        """For a JSON column; `from_json` reads it back."""
        return {
            "header_row": self.header_row,
            "header_rows": self.header_rows,
            "columns": {str(index): name for index, name in sorted(self.columns.items())},
        }

    @classmethod
    def from_json(cls, data: object) -> RosterMapping:
        """Read what `to_json` gave or a form sent. Raises RosterFileError: bad_mapping, no_name_column."""
        try:
            header_row, header_rows = int(data["header_row"]), int(data["header_rows"])  # type: ignore[index]  # checked by the except
            columns = {int(index): str(name) for index, name in data["columns"].items() if name}  # type: ignore[index]  # as above
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise RosterFileError("bad_mapping") from error
        if not (1 <= header_row <= HEADER_WITHIN and 0 <= header_rows <= 3) or any(i < 0 or i > 200 for i in columns):
            raise RosterFileError("bad_mapping")
        if not set(columns.values()) <= FIELDS.keys():
            raise RosterFileError("bad_mapping")
        if not {"full_name", "head_name"} & set(columns.values()):
            raise RosterFileError("no_name_column")
        return cls(header_row, header_rows, columns)


@dataclass(frozen=True)
class ColumnProposal:
    """One column: where, its heading, what it is taken for (None: not kept), how sure (0 to 1), a few of its values.

    Columns that are not kept show no values.
    """

    index: int
    letter: str
    heading: str
    field: str | None
    confidence: float
    samples: tuple[str, ...] = ()


@dataclass(frozen=True)
class MappingProposal:
    """The proposal for a sheet. `fingerprint` is equal for equal headings, to find a remembered choice."""

    sheet: str
    mapping: RosterMapping
    columns: tuple[ColumnProposal, ...]
    fingerprint: str
    neighbourhood_in_title: str = ""
    not_kept: tuple[str, ...] = field(default=())


def _header_score(row: Row) -> int:
    """How many different fields the row names, 0 if it names no person."""
    found = {
        name for name, known in (field_of_heading(cell) for cell in row if isinstance(cell, str)) if known and name
    }
    return len(found) if found & {"full_name", "head_name"} and len(found) >= 2 else 0


def _find_header(sheet: Sheet) -> int:
    scores = [_header_score(row) for row in sheet.rows[:HEADER_WITHIN]]
    best = max(scores, default=0)
    if not best:
        raise RosterFileError("no_header", {"limit": HEADER_WITHIN, "sheet": sheet.name})
    return scores.index(best)


def _second_header(header: Row, below: Row) -> bool:
    """Whether the row below goes on with the headings: parts such as Nam | Nữ under a joined cell, nothing else."""
    texts = [(index, cell) for index, cell in enumerate(below) if cell != ""]
    if not texts or any(not isinstance(cell, str) or any(c.isdigit() for c in cell) for _index, cell in texts):
        return False
    parts = re.compile(r"^(?:nam|nu|ngay|thang|duong|xom|so nha|ho|ten|co|khong|chua|zalo|sdt|dien thoai)$")
    named = {index for index, cell in enumerate(header) if field_of_heading(cell)[0] in ("full_name", "head_name")}
    return all(parts.match(heading_key(cell)) for _index, cell in texts) and not any(
        i in named for i, _cell in texts[:1]
    )


def propose_mapping(sheet: Sheet, today: date | None = None) -> MappingProposal:
    """Find the headings within the first 30 rows and say what each column is taken for.

    Raises RosterFileError (no_header) when no row names at least a person and one more field.
    """
    at = _find_header(sheet)
    header = sheet.rows[at]
    below = sheet.rows[at + 1] if at + 1 < len(sheet.rows) else []
    header_rows = 2 if _second_header(header, below) else 1
    headings = _headings(header, below if header_rows == 2 else [])
    data = sheet.rows[at + header_rows :]
    proposals: list[ColumnProposal] = []
    for index, heading in enumerate(headings):
        name, known = field_of_heading(heading)
        samples = _samples(data, index) if name else []
        confidence = (1.0 if known else 0.0) if not name else _confidence(name, samples, today or date.max)
        shown = tuple(shortened(value) for value in samples[:SAMPLES])
        proposals.append(ColumnProposal(index, column_letter(index), shortened(heading, 60), name, confidence, shown))
    columns = {proposal.index: proposal.field for proposal in proposals if proposal.field}
    if "full_name" not in columns.values():  # a list of heads only
        columns = {index: "full_name" if name == "head_name" else name for index, name in columns.items()}
        proposals = [p if p.field != "head_name" else _as_full_name(p) for p in proposals]
    title = next((key for row in sheet.rows[:at] for cell in row if (key := neighbourhood_in_title(cell))), "")
    return MappingProposal(
        sheet=sheet.name,
        mapping=RosterMapping(at + 1, header_rows, columns),
        columns=tuple(proposals),
        fingerprint=fingerprint(headings),
        neighbourhood_in_title=title or neighbourhood_in_title(sheet.name),
        not_kept=tuple(p.heading for p in proposals if not p.field and p.heading),
    )


def _as_full_name(proposal: ColumnProposal) -> ColumnProposal:
    return ColumnProposal(
        proposal.index, proposal.letter, proposal.heading, "full_name", proposal.confidence, proposal.samples
    )


def _headings(header: Row, below: Row) -> list[str]:
    """The headings, with parts from a second row; a joined cell's heading goes on over the empty cells to its right."""
    texts: list[str] = []
    current = ""
    for index in range(max(len(header), len(below))):
        own = str(header[index]).strip() if index < len(header) else ""
        part = str(below[index]).strip() if index < len(below) else ""
        current = own or (current if part else "")
        texts.append(f"{current} {part}".strip() if part else own)
    return texts


def _samples(data: list[Row], index: int) -> list:
    filled = (row[index] for row in data[:400] if index < len(row) and row[index] != "")
    return [value for value, _n in zip(filled, range(20), strict=False)]


def _confidence(name: str, samples: list, today: date) -> float:
    """1.0 when the values look like the field, down to 0.3 when none does; 0.9 for a column without values."""
    tests = {
        "phone": lambda value: normalise_phone(value).number is not None,
        "birth": lambda value: read_birth_year(value, today)[0] is not None,
        "joined": lambda value: read_tick(value)[1],
        "zalo": lambda value: read_tick(value)[1],
        "full_name": lambda value: read_name(value)[0] != "",
    }
    if not samples:
        return 0.9
    test = tests.get(name)
    return round(0.3 + 0.7 * sum(map(test, samples)) / len(samples), 2) if test else 1.0


def fingerprint(headings: list[str]) -> str:
    """64 hexadecimal digits, equal for equal headings whatever their marks, capitals and punctuation."""
    keys = [heading_key(heading) for heading in headings]
    while keys and not keys[-1]:
        keys.pop()
    return hashlib.sha256("|".join(keys).encode()).hexdigest()
