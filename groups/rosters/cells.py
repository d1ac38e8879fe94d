"""What single cells of a roster mean: names, years, ticks, notes, roles."""

from __future__ import annotations

import re
from datetime import date

from vikhe_portal.core.text import nfc, search_key

NAME_LENGTH = 120
FIRST_BIRTH_YEAR = 1900

# Names ---------------------------------------------------------------------------------------------------------------

_LETTERS = re.compile(r"[^\W\d_]+")
_LEAD = re.compile(r"^(?:[-–—+*•·.]|\d{1,4}\s*[.)]|\s)+")
_BRACKETS = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")
_TITLE = re.compile(r"^(?:ông|bà|anh|chị|cụ|em)\s*[:.]\s*", re.IGNORECASE)


def proper_case(name: str) -> str:
    """A name typed in capitals or in small letters only, with capitals where they belong; others stay as typed."""
    if name.isupper() or name.islower():
        return _LETTERS.sub(lambda word: word.group(0)[0].upper() + word.group(0)[1:].lower(), name)
    return name


def read_name(value: object) -> tuple[str, str]:
    """The name in a cell and what stood beside it in brackets. The name is "" if the cell holds none.

    A usable name has letters, at most two digits, at most eight words and 120 characters.
    """
    text = nfc(value)
    aside = ""
    if "(" in text or "[" in text:
        aside = " ".join(part for found in _BRACKETS.findall(text) for part in found if part)
        text = nfc(_BRACKETS.sub(" ", text))
    if not text[:1].isalpha() or ":" in text or "." in text:
        text = _TITLE.sub("", _LEAD.sub("", text))
    text = text.strip(" ,;.-_")
    letters = sum(len(run) for run in _LETTERS.findall(text))
    digits = sum(c.isdigit() for c in text)
    if letters < 1 or digits > 2 or digits >= letters or len(text) > NAME_LENGTH or text.count(" ") >= 8:
        return "", aside
    return nfc(proper_case(text)), aside


# Years of birth ------------------------------------------------------------------------------------------------------

_YEAR = re.compile(r"(?<!\d)(\d{4})(?!\d)")
_DIGITS = re.compile(r"\d+")


def read_birth_year(value: object, today: date) -> tuple[int | None, str]:
    """Year of birth and a problem code. Only the year of a full date is kept.

    Codes: "" · birth_impossible (before 1900, after today, or a number that is no year) · birth_unreadable.
    """
    if isinstance(value, bool):
        return None, "birth_unreadable"
    if isinstance(value, (int, float)):
        year = int(value) if value == value and abs(value) < 1e9 else 0
        if year != value:
            return None, "birth_impossible"
        return (year, "") if FIRST_BIRTH_YEAR <= year <= today.year else (None, "birth_impossible")
    text = nfc(value)
    if not text or not any(c.isalnum() for c in text):
        return None, ""
    years = [int(found) for found in _YEAR.findall(text)]
    possible = [year for year in years if FIRST_BIRTH_YEAR <= year <= today.year]
    if possible:
        return possible[0], ""
    if years or (_DIGITS.fullmatch(text) and len(text) > 2):
        return None, "birth_impossible"
    return None, "birth_unreadable"  # two digits could be either century; words are no year


# Ticks ---------------------------------------------------------------------------------------------------------------

_YES = {
    "x", "xx", "co", "roi", "da", "1", "v", "vv", "y", "yes", "true", "ok", "tg", "+", "*", "tham gia", "da tham gia",
    "da vao", "vao roi", "da vao nhom", "co roi", "da co", "dung", "co dung", "co zalo", "zalo", "trong nhom", "ro",
    "✓", "✔", "☑", "√", "✅", "●", "da tham gia nhom", "co tham gia",
}  # fmt: skip
_NO = {
    "khong", "chua", "ko", "k", "kh", "0", "n", "no", "false", "-", "--", "chua vao", "chua tham gia", "khong tham gia",
    "khong dung", "khong co", "chua co", "ko dung", "ko co", "ko tham gia", "✗", "✘", "☐", "□", "❌", "chua vao nhom",
    "o",
}  # fmt: skip
_TICK_DATE = re.compile(r"\d{1,4}[/.\-]\d{1,2}([/.\-]\d{1,4})?")


def read_tick(value: object) -> tuple[bool | None, bool]:
    """Yes, no or None (nothing written or unreadable), and whether the cell could be read. A date counts as yes."""
    if value == "" or value is None:
        return None, True
    if value in ("x", "X"):
        return True, True
    if isinstance(value, bool):
        return value, True
    if isinstance(value, (int, float)):
        return (value > 0, True) if value == value and 0 <= value < 100 else (None, False)
    key = search_key(str(value)[:60]).replace("\ufe0f", "").strip(" .!,;")
    if not key:
        return None, not str(value).strip(" .!,;")
    if key in _YES or _TICK_DATE.fullmatch(key):
        return True, True
    return (False, True) if key in _NO else (None, False)


# Notes ---------------------------------------------------------------------------------------------------------------

_SHORT_FORMS = (
    (re.compile(r"\b(?:ko|k|kh|hok|khg)\b"), "khong"),
    (re.compile(r"\b(?:dt|đt|dthoai|d thoai)\b"), "dien thoai"),
)
# The first that fits counts, so what is final stands first.
_REASONS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (reason, re.compile("|".join(patterns)))
    for reason, patterns in (
        ("away", ("vang mat",)),
        ("deceased", (r"\bda mat\b(?! (?:so|dien|sim|may))", r"^mat$", r"\bmat (?:nam|thang|ngay|\d)", "qua doi",
                      "tu tran", r"\bchet\b", "khuat nui")),
        ("moved", ("chuyen (?:di|khau|nha|noi|ho|cho|ve|vao|ra|sang)", "da chuyen", r"\bdi noi khac", "cat khau",
                   "ban nha")),
        ("empty_house", ("khoa cua", "dong cua", "nha trong", "bo trong", "bo hoang", "khong (?:co )?(?:ai|nguoi) o",
                         "vang chu", "nha khoa")),
        ("no_smartphone", ("khong (?:(?:co|su|dung|xai) )*(?:dien thoai|smartphone|smart phone)",
                           "dien thoai (?:den trang|phim|thuong)", "cuc gach")),
        ("no_zalo", ("(?:khong|chua) (?:(?:co|biet|su|dung|cai|choi) )*zalo",)),
        ("declines", ("(?:khong|chua) (?:muon|dong y|chiu|thich)", "tu choi", "khong (?:tham gia|vao)",
                      "khong (?:co )?nhu cau")),
        ("away", ("di lam", "lam an xa", "di xa", "nuoc ngoai", "xuat khau lao dong", "xkld", "di hoc", "bo doi",
                  "nghia vu", "di vang", "vang nha", "vang lau", r"\bo xa", "tam vang", "dai loan", "nhat ban",
                  "han quoc", r"\bdi my\b", r"\bo my\b")),
    )
)  # fmt: skip


def read_note(value: object) -> str:
    """The reason a note stands for (a key of messages.NOTE_REASONS) or "" if it names none; its words are not kept."""
    key = search_key(str(value)[:300])
    for pattern, full in _SHORT_FORMS:
        key = pattern.sub(full, key)
    for reason, pattern in _REASONS:
        if pattern.search(key):
            return reason
    return ""


# Roles ---------------------------------------------------------------------------------------------------------------

ROLES = (
    "security_head",
    "security_deputy",
    "security_member",
    "party_secretary",
    "neighbourhood_head",
    "neighbourhood_deputy",
)
_SECURITY = re.compile(r"ancs|antt|an ninh|bao ve|dan phong")
_ROLES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("party_secretary", re.compile(r"bi thu")),
    ("neighbourhood_deputy", re.compile(r"to pho|pho to truong")),
    ("neighbourhood_head", re.compile(r"to truong|truong to|truong khu|tdp truong")),
)


def read_role(value: object) -> str:
    """A role from the closed list ROLES, or "". Membership of a party or a body outside the list is not kept."""
    key = search_key(str(value)[:120])
    if not key:
        return ""
    if _SECURITY.search(key):
        if re.search(r"to vien|thanh vien|doi vien", key):
            return "security_member"
        if re.search(r"to pho|pho to", key):
            return "security_deputy"
        return "security_head" if re.search(r"to truong|truong", key) else "security_member"
    return next((role for role, pattern in _ROLES if pattern.search(key)), "")
