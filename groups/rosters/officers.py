"""The list of officers and deputies: one row a neighbourhood, a telephone column after each name."""

from __future__ import annotations

import re

from groups.rosters.cells import read_name
from groups.rosters.mapping import HEADER_WITHIN, column_letter, heading_key
from groups.rosters.messages import RosterFileError
from groups.rosters.places import neighbourhood_key
from groups.rosters.records import Account, Deputy, OfficerRecord
from groups.rosters.sheets import Row, Sheet
from vikhe_portal.core.text import nfc, normalise_phone, split_rank

CAPACITIES = ("party_secretary", "neighbourhood_head", "security_head")

# The security team's head must be told from the neighbourhood's: both are "tổ trưởng".
_HEADINGS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("phone", r"\bsdt\b|dien thoai|^so dt$|^dt$|di dong|lien he"),
        ("officer", r"canh sat khu vuc|cskv|can bo phu trach|cong an phu trach|canh sat phu trach"),
        ("security_head", r"to truong.*(?:ancs|antt|an ninh|bao ve)|(?:ancs|antt|to bao ve).*to truong|^to bao ve"),
        ("party_secretary", r"bi thu"),
        ("neighbourhood_head", r"to truong|truong khu"),
        ("neighbourhood", r"to dan pho|\btdp\b|^to$|khu pho"),
    )
)


def _columns(row: Row) -> dict[int, str]:
    """Field by column; a telephone belongs to the person in the column before it."""
    columns: dict[int, str] = {}
    person = ""
    for index, cell in enumerate(row):
        key = heading_key(cell)
        name = next((name for name, pattern in _HEADINGS if key and pattern.search(key)), "")
        if name == "phone":
            if person:
                columns[index] = f"{person}.phone"
            person = ""  # a second telephone column beside it is nobody's
        elif name and name not in columns.values():
            columns[index] = name
            person = name if name != "neighbourhood" else ""
        elif key:
            person = ""
    return columns


def officers_header(sheet: Sheet) -> tuple[int, dict[int, str]] | None:
    """Index of the heading row and its columns, or None if the sheet is no list of officers."""
    for index, row in enumerate(sheet.rows[:HEADER_WITHIN]):
        columns = _columns(row)
        named = set(columns.values())
        if "neighbourhood" in named and "officer" in named and named & set(CAPACITIES):
            return index, columns
    return None


def parse_officers(sheet: Sheet) -> Account[OfficerRecord]:
    """Read neighbourhood, area officer with rank, and the three deputies with telephones.

    A joined or empty officer cell means the officer of the row above. Raises RosterFileError (no_officers).
    """
    found = officers_header(sheet)
    if found is None:
        raise RosterFileError("no_officers", {"sheet": sheet.name})
    header, columns = found
    index_of = {name: index for index, name in columns.items()}
    account: Account[OfficerRecord] = Account(rows_read=len(sheet.rows))
    account.ignore_all(range(1, header + 1), "title")
    account.ignore(header + 1, "header")
    officer = ("", "")
    seen: dict[str, int] = {}
    for number, row in enumerate(sheet.rows[header + 1 :], header + 2):
        values = {name: row[index] for index, name in columns.items() if index < len(row) and nfc(row[index])}
        place = values.get("neighbourhood", "")
        if not values:
            account.ignore(number, "blank" if not any(nfc(cell) for cell in row) else "signature")
            continue
        if len(values) == 1 and place == "":
            account.ignore(number, "signature")
            continue
        if heading_key(place) == heading_key(sheet.rows[header][index_of["neighbourhood"]]):
            account.ignore(number, "repeated_header")
            continue
        key = neighbourhood_key(place)
        letter = column_letter(index_of["neighbourhood"])
        if not key:
            account.refuse(number, letter, "neighbourhood_missing")
            continue
        if len(values) == 1:
            account.ignore(number, "total" if nfc(place).lower().startswith(("tổng", "cộng")) else "section")
            continue
        if seen.setdefault(key, number) != number:
            account.refuse(number, letter, "neighbourhood_twice", place, first=seen[key])
            continue
        if "officer" in values:
            rank, name = split_rank(values["officer"])
            officer = (rank, read_name(name)[0])
        if not officer[1]:
            account.warn(number, column_letter(index_of["officer"]), "officer_missing")
        record = OfficerRecord(number, key, nfc(place)[:80], *officer)
        record.officer_phone = _phone(account, number, values, index_of, "officer")
        for capacity in CAPACITIES:
            if capacity in values:
                name, _aside = read_name(split_rank(values[capacity])[1])
                if name:
                    phone = _phone(account, number, values, index_of, capacity)
                    record.deputies[capacity] = Deputy(name, phone)
                else:
                    account.warn(number, column_letter(index_of[capacity]), "name_unusable", values[capacity])
        account.records.append(record)
    return account


def _phone(account: Account[OfficerRecord], row: int, values: dict, index_of: dict[str, int], person: str) -> str:
    cell = values.get(f"{person}.phone", "")
    if cell == "":
        return ""
    reading = normalise_phone(cell)
    letter = column_letter(index_of[f"{person}.phone"])
    if reading.problem:
        account.warn(row, letter, reading.problem, cell)
    for remark in reading.remarks:
        if remark != "leading_zero_restored":
            account.warn(row, letter, remark, cell)
    return reading.number or ""
