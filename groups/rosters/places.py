"""Neighbourhoods and addresses as people write them."""

from __future__ import annotations

import re

from vikhe_portal.core.text import nfc, search_key

_NEIGHBOURHOOD = re.compile(
    r"^(?:to dan pho|to dp|tdp|khu pho|kp|to)?[\s.:\-]*(?:so|no)?[\s.:\-]*0*(\d{1,3})\s*([a-z]?)(?![a-z0-9])"
)
_KIND = re.compile(r"^(?:to dan pho|to dp|tdp|khu pho|to)\b[\s.:\-]*(?:so\b)?[\s.:\-]*")
# The heading of a section or title: the kind of unit must be named in full there, "7" alone is no heading.
_SECTION = re.compile(r"(?:^|\s)(?:to dan pho|tdp|to dp|khu pho)\b[\s.:\-]*(?:so|no)?[\s.:\-]*0*\d{1,3}\b")


def neighbourhood_key(value: object) -> str:
    """One key for all spellings: "Tổ dân phố số 7", "TDP 07", "tổ 7", 7 → "7"; a named one → its name without marks.

    "" if nothing is written. At most 60 characters.
    """
    key = search_key(value)
    numbered = _NEIGHBOURHOOD.match(key)
    if numbered:
        return numbered.group(1) + numbered.group(2)
    return re.sub(r"[^a-z0-9]+", " ", _KIND.sub("", key)).strip()[:60]


def neighbourhood_in_title(value: object) -> str:
    """The key of the neighbourhood a title or section heading names ("DANH SÁCH … TỔ DÂN PHỐ SỐ 7"), or ""."""
    found = _SECTION.search(search_key(value))
    return neighbourhood_key(found.group(0)) if found else ""


_HOUSE = re.compile(
    r"^(?:số\s+nhà|so\s+nha|số|so|nhà|sn)?\s*\.?\s*(\d+[a-z]?(?:\s?[/\-]\s?\d+[a-z]?)*)(?:\s*[,;]\s*|\s+-?\s*)(\D.*)$",
    re.IGNORECASE,
)
_HOUSE_ONLY = re.compile(r"^(?:số\s+nhà|so\s+nha|số|so|nhà|sn)?\s*\.?\s*(\d+[a-z]?(?:[/\-]\d+[a-z]?)*)$", re.IGNORECASE)


def split_address(value: object) -> tuple[str, str]:
    """House number and street: "Số 4, Ngõ 12 Đê Hữu Hồng" → ("4", "Ngõ 12 Đê Hữu Hồng"). What cannot be told is ""."""
    address = nfc(value)[:200]
    found = _HOUSE.match(address)
    if found:
        return found.group(1).replace(" ", "")[:20], found.group(2).strip(" ,;.-")[:120]
    alone = _HOUSE_ONLY.match(address)
    return (alone.group(1)[:20], "") if alone else ("", address.strip(" ,;.-")[:120])


def address_key(value: object) -> str:
    """Letters and digits only, without marks: equal for all ways of writing one address."""
    return re.sub(r"[^a-z0-9]+", " ", search_key(value)).strip()
