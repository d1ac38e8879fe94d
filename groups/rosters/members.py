"""The member list of a Zalo group: display names that may be anything, sometimes a telephone, a role, a day."""

from __future__ import annotations

import re
from datetime import date

from groups.rosters.cells import proper_case
from groups.rosters.mapping import HEADER_WITHIN, column_letter, heading_key
from groups.rosters.messages import RosterFileError
from groups.rosters.places import neighbourhood_key
from groups.rosters.records import Account, MemberRecord, Role, Strength
from groups.rosters.sheets import Row, Sheet
from vikhe_portal.core.text import nfc, normalise_phone, search_key

_HEADINGS = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("display_name", r"ten hien thi|^ten zalo|^ten thanh vien|^thanh vien|^ho va ten$|^ho ten$|^ten$"
                         r"|display ?name|^name$"),
        ("phone", r"dien thoai|\bsdt\b|^so dt|^dt$|phone"),
        ("role", r"vai tro|chuc vu|quyen|role"),
        ("joined_on", r"ngay vao|ngay tham gia|vao nhom|tham gia|joined"),
    )
)  # fmt: skip
# The families that nine of ten Vietnamese bear, without marks: tells "Khoa Vũ" (given, family) from "Vũ Khoa".
FAMILY_NAMES = frozenset(
    (
        "nguyen", "tran", "le", "pham", "hoang", "huynh", "phan", "vu", "vo", "dang", "bui", "do", "ho", "ngo", "duong",
        "ly", "dinh", "mai", "dao", "doan", "lam", "trinh", "luong", "cao", "ta", "to", "tong", "chu", "ha", "trieu",
        "luu", "tang", "thai", "kieu", "quach", "la", "vuong", "khuat", "nghiem",
    )
)  # fmt: skip
_NEIGHBOURHOOD_PART = re.compile(
    r"[\s\-–—_,.(|]+((?:tổ dân phố|to dan pho|tdp|tổ|to|khu phố)[\s.]*(?:số\s*)?\d{1,3})\s*\)?\s*$", re.IGNORECASE
)
_NICKNAME = re.compile(
    r"^(?:me|bo|ba|ong|mama|papa|anh|chi|co|chu|bac|di|cau|em|be|ut|ca|thim|mo)\b|\b(?:shop|cua hang|hoa|cay canh|quan"
    r"|tiem|dai ly|sua chua|spa|nail|tap hoa|online|store|cafe|bds|bat dong san)\b"
)
_ROLE: tuple[tuple[Role, re.Pattern[str]], ...] = (
    ("leader", re.compile(r"truong nhom|\bleader\b|\bowner\b|chu nhom")),
    ("deputy", re.compile(r"pho nhom|\bdeputy\b|\badmin\b")),
)
_DATE = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})|(\d{4})-(\d{2})-(\d{2})")


def clean_display_name(value: object) -> tuple[str, str]:
    """A display name without pictures and without "- tổ 7" at its end, and the neighbourhood key that stood there."""
    text = nfc(str(value)[:200])
    hint = ""
    found = _NEIGHBOURHOOD_PART.search(text)
    if found:
        hint = neighbourhood_key(found.group(1))
        text = text[: found.start()]
    letters = "".join(c if c.isalnum() or c in " .'-" else " " for c in text)
    return nfc(proper_case(nfc(letters).strip(" .'-"))), hint


def name_strength(clean_name: str) -> tuple[Strength, tuple[str, ...]]:
    """What a cleaned display name is worth for matching, and the search keys to match with (see MemberRecord)."""
    key = search_key(clean_name)
    words = key.split(" ") if key else []
    if not words or any(c.isdigit() for c in key):
        return "weak", (key,) if key else ()
    known_family = words[0] in FAMILY_NAMES
    # "Hà Phạm" and "Hoa Vũ" are names, "Hoa Cây Cảnh" is a shop: a family name at either end decides.
    family_last = len(words) == 2 and words[1] in FAMILY_NAMES
    if len(words) == 1 or (_NICKNAME.search(key) and not known_family and not family_last) or len(words) > 6:
        return "weak", (key,)
    if words[0] in ("me", "bo", "mama", "papa", "shop"):
        return "weak", (key,)
    if len(words) == 2:
        swapped = f"{words[1]} {words[0]}"
        if family_last and not known_family:
            return "given_family", (swapped,)
        return ("given_family", (key, swapped) if family_last else (key,)) if known_family else ("weak", (key,))
    return ("full", (key,)) if known_family else ("weak", (key,))


def members_header(sheet: Sheet) -> tuple[int, dict[str, int]] | None:
    """Index of the heading row and the column of each field, or None if no row names a display name."""
    for index, row in enumerate(sheet.rows[:HEADER_WITHIN]):
        columns = _columns(row)
        if "display_name" in columns:
            return index, columns
    return None


def _columns(row: Row) -> dict[str, int]:
    columns: dict[str, int] = {}
    for index, cell in enumerate(row):
        key = heading_key(cell)
        name = next((name for name, pattern in _HEADINGS if key and pattern.search(key)), "")
        if name:
            columns.setdefault(name, index)
    return columns


def members_from_text(text: str) -> Sheet:
    """A pasted list, one member a line (name, and what else stands behind a tab), as a sheet with headings."""
    lines = [line.split("\t") for line in text[:400_000].splitlines()[:20_000]]
    rows: list[Row] = [["Tên hiển thị", "SĐT"]]
    rows.extend([cell[:200] for cell in line[:2]] for line in lines)
    return Sheet("pasted", rows)


def parse_members(sheet: Sheet, today: date) -> Account[MemberRecord]:
    """Read a member list. Members of one display name are all kept: they may be different people.

    Raises RosterFileError (no_members) when no row of the first 30 names a column of display names.
    """
    found = members_header(sheet)
    if found is None:
        raise RosterFileError("no_members", {"sheet": sheet.name})
    header, columns = found
    account: Account[MemberRecord] = Account(rows_read=len(sheet.rows))
    account.ignore_all(range(1, header + 1), "title")
    account.ignore(header + 1, "header")
    for number, row in enumerate(sheet.rows[header + 1 :], header + 2):
        if not any(nfc(cell) for cell in row):
            account.ignore(number, "blank")
            continue
        values = {name: row[index] if index < len(row) else "" for name, index in columns.items()}
        display = nfc(str(values["display_name"])[:200])
        phone_cell = values.get("phone", "")
        reading = normalise_phone(phone_cell)
        if reading.problem:
            account.warn(number, column_letter(columns["phone"]), reading.problem, phone_cell)
        if not display and not reading.number:
            account.refuse(number, column_letter(columns["display_name"]), "display_name_missing")
            continue
        clean, hint = clean_display_name(display)
        strength, keys = name_strength(clean)
        role_key = search_key(values.get("role", ""))
        role: Role = next((role for role, pattern in _ROLE if pattern.search(role_key)), "member")
        joined_on = _day(values.get("joined_on", ""), today)
        if joined_on is None and nfc(values.get("joined_on", "")):
            account.warn(number, column_letter(columns["joined_on"]), "date_unreadable", values["joined_on"])
        account.records.append(
            MemberRecord(number, display, clean, strength, keys, reading.number or "", role, joined_on, hint)
        )
    return account


def _day(value: object, today: date) -> date | None:
    found = _DATE.search(str(value)[:40])
    if not found:
        return None
    day, month, year, iso_year, iso_month, iso_day = found.groups()
    try:
        read = date(int(year), int(month), int(day)) if year else date(int(iso_year), int(iso_month), int(iso_day))
    except ValueError:
        return None
    return read if date(2012, 1, 1) <= read <= today else None  # Zalo began in 2012
