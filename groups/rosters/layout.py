"""How a roster sheet is laid out: which rows are people, which are totals and signatures, what begins a household."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

from groups.rosters.cells import read_birth_year, read_name
from groups.rosters.mapping import RosterMapping, heading_key
from groups.rosters.places import neighbourhood_in_title
from groups.rosters.sheets import Row
from vikhe_portal.core.text import nfc, normalise_phone, search_key

HouseholdRule = Literal["code", "relation", "number", "head_name", "each"]

_NUMBER = re.compile(r"(?:hộ\s*)?(\d{1,5})\s*[.)]?", re.IGNORECASE)
# Totals and signatures are read with their marks: Tống, Lưu and Tô are family names, Trường and Công given ones.
_TOTAL = re.compile(
    r"^(?:tổng|cộng|danh sách (?:này )?(?:gồm|có))\b|^(?:tong cong|tong so|cong)\b[^a-z]*[:=\d]", re.IGNORECASE
)
_HOUSEHOLDS = re.compile(r"(\d[\d.]*)\s*(?:ho gia dinh|ho)\b|\bso ho\s*[:=]?\s*(\d[\d.]*)")
_PEOPLE = re.compile(r"(\d[\d.]*)\s*(?:nhan khau|khau|nguoi)\b|\bnhan khau\s*[:=]?\s*(\d[\d.]*)")
_SIGNATURE = re.compile(
    r"^(?:tổ trưởng|tổ phó|người (?:lập|tổng hợp|khai|kê khai)|lập biểu|xác nhận|chủ tịch|phó chủ tịch|bí thư"
    r"|thủ trưởng|trưởng ban|trưởng công an|công an|cán bộ|cảnh sát khu vực|t/m|tm\.|kt\.|ubnd|ủy ban|uỷ ban|ký tên"
    r"|đã ký|\(ký|nơi nhận)|\bngày\b.{0,8}\btháng\b|\bngay\b.{0,8}\bthang\b"
    r"|^(?:to truong|nguoi lap|xac nhan)(?: to dan pho| tdp| bieu)?[\s\d.]*$"
)
_STREET = re.compile(r"^(?:xom|duong|ngo|ngach|khu|thon|cum|day|pho)\b")


def is_number(cell: object) -> str:
    """The household number in a cell ("7", "7.", "Hộ 7", 7), or "" (1.2 numbers a member, not a household)."""
    if isinstance(cell, bool):
        return ""
    if isinstance(cell, int):
        return str(cell) if 0 < cell < 100_000 else ""
    found = _NUMBER.fullmatch(cell.strip()) if isinstance(cell, str) else None
    return str(int(found.group(1))) if found and int(found.group(1)) else ""


def is_head(relation: object) -> bool:
    """Whether a relation names the head ("Chủ hộ"), not somebody's relation to the head ("Vợ chủ hộ")."""
    key = search_key(relation)
    return key in ("chu", "ch", "c h", "chu nha") or key.startswith("chu ho")


def stated(text: str, people: bool) -> int | None:
    """The number of households (or people) a footer states: "Cộng: 120 hộ, 431 nhân khẩu"."""
    found = (_PEOPLE if people else _HOUSEHOLDS).search(search_key(text[:300]))
    digits = next((group for group in found.groups() if group), "") if found else ""
    digits = digits.replace(".", "")
    return int(digits) if digits and len(digits) < 8 else None


class Layout:
    """The columns of one mapping, and the classification of rows. Keeps what was seen: `in_tail` after a total."""

    def __init__(self, mapping: RosterMapping, header: Row, body: list[Row]) -> None:
        self.columns: dict[str, list[int]] = {}
        for index, name in sorted(mapping.columns.items()):
            self.columns.setdefault(name, []).append(index)
        if "full_name" not in self.columns:
            self.columns["full_name"] = self.columns.pop("head_name")
        self.names = self.columns["full_name"]
        self.width = max(mapping.columns) + 1
        self.numbers = self.columns.get("number", [])
        self.codes = self.columns.get("household_code", [])
        self.heading = heading_key(self.text(header, "full_name"))
        self.in_tail = False
        self.rule = self._household_rule(body)

    def first(self, row: Row, name: str) -> object:
        """The first filled cell of a field's columns, or ""."""
        for index in self.columns.get(name, ()):
            if index < len(row) and row[index] != "":
                return row[index]
        return ""

    def text(self, row: Row, name: str) -> str:
        """All cells of a field's columns joined: family and given name may stand in two columns."""
        indexes = self.columns.get(name, ())
        if len(indexes) == 1:
            return str(row[indexes[0]]) if indexes[0] < len(row) else ""
        return " ".join(str(row[index]) for index in indexes if index < len(row) and row[index] != "")

    def identity(self, row: Row) -> str:
        """What marks a row as a household's own line: its number or code."""
        for index in self.numbers:
            if index < len(row) and (number := is_number(row[index])):
                return number
        code = self.first(row, "household_code") if self.codes else ""
        return nfc(code)

    def _household_rule(self, body: list[Row]) -> HouseholdRule:
        if self.codes and any(self.first(row, "household_code") != "" for row in body):
            return "code"
        if "relation" in self.columns and any(is_head(self.first(row, "relation")) for row in body):
            return "relation"
        if self.numbers:
            named = [bool(self.identity(row)) for row in body if self.text(row, "full_name").strip()]
            if any(named) and not all(named):
                return "number"
        return "head_name" if "head_name" in self.columns else "each"

    def not_data(self, row: Row, first_below: bool) -> str:
        """Why a row is no data (a key of messages.IGNORED_ROWS), or "" for a person's row."""
        filled = [
            (index, cell)
            for index, cell in enumerate(row)
            if cell != "" and (cell.__class__ is not str or cell.strip())
        ]
        if not filled:
            return "blank"
        name = self.text(row, "full_name").strip()
        identity = self.identity(row)
        if identity and name and not self.in_tail and len(filled) > 2 and not first_below and name[0] not in "TCtc":
            return ""  # the usual row of a large list; totals, headings and column numbers cannot look like this
        if first_below and _column_numbers(filled):
            return "column_numbers"
        if self.heading and name and heading_key(name) == self.heading:
            self.in_tail = False
            return "repeated_header"
        first = nfc(filled[0][1])
        if _TOTAL.search(first) or _TOTAL.search(nfc(name)):
            self.in_tail = True
            return "total"
        if identity and len(filled) == 1 and filled[0][0] in self.numbers:
            return "blank"  # a line numbered in advance
        if identity and name:
            self.in_tail = False
            return ""
        if self._section(filled, name):
            self.in_tail = False
            return "section"
        if self._signature(row, filled, name):
            self.in_tail = True
            return "signature"
        return ""

    def _section(self, filled: list, name: str) -> bool:
        index, cell = filled[0]
        if len(filled) > 2 or not isinstance(cell, str) or index in self.columns.get("neighbourhood", ()):
            return False
        return bool(neighbourhood_in_title(cell)) or (len(filled) == 1 and bool(_STREET.match(search_key(cell))))

    def _signature(self, row: Row, filled: list, name: str) -> bool:
        if self.in_tail and not self.identity(row):
            return not (read_name(name)[0] and self._shows_a_person(row))
        if not any(_SIGNATURE.search(nfc(cell).lower()) for _index, cell in filled if isinstance(cell, str)):
            return False
        return not self.identity(row) and not self._shows_a_person(row)

    def _shows_a_person(self, row: Row) -> bool:
        birth = self.first(row, "birth")
        return (birth != "" and read_birth_year(birth, date.max)[0] is not None) or (
            normalise_phone(self.first(row, "phone")).number is not None
        )


def _column_numbers(filled: list) -> bool:
    """A row such as 1 2 3 4, (1) (2) (3) or A B 1 2 under the headings."""
    texts = [nfc(cell).strip("()[]") for _index, cell in filled]
    numbers = [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= 2]
    letters = [text for text in texts if len(text) == 1 and text.isalpha()]
    return (
        len(filled) >= 3
        and len(numbers) + len(letters) == len(texts)
        and numbers == sorted(set(numbers))
        and bool(numbers)
    )
