"""Text typed in the old fonts' encodings TCVN3 (".Vn…" fonts) and VNI ("VNI-…" fonts), recognised and converted.

In a workbook such text is Latin letters that only the old font shows as Vietnamese: "NguyÔn V¨n An" (TCVN3),
"Nguyeãn Vaên An" (VNI).
Recognition is a proposal: the user sees some converted cells and confirms before anything is read with it.
The tables are those of TCVN 5712:1993 (VN3) and of VNI's encoding for Windows, a letter and a sign behind it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace

from groups.rosters.sheets import Sheet

_TCVN3 = dict(
    zip(
        "¸µ¶·¹¨¾»¼½Æ©ÊÇÈÉË®ÐÌÎÏÑªÕÒÓÔÖÝ×ØÜÞãßáâä«èåæçé¬íêëìîóïñòô\u00adøõö÷ùýúûüþ¡¢§£¤¥¦",
        "áàảãạăắằẳẵặâấầẩẫậđéèẻẽẹêếềểễệíìỉĩịóòỏõọôốồổỗộơớờởỡợúùủũụưứừửữựýỳỷỹỵĂÂĐÊÔƠƯ",
        strict=True,
    )
)

# VNI writes a plain letter and behind it a sign for tone, shape or both.
_VNI_TONES = {"ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_VNI_HATS = {"â": "", "á": "\u0301", "à": "\u0300", "å": "\u0309", "ã": "\u0303", "ä": "\u0323"}
_VNI_BREVES = {"ê": "", "é": "\u0301", "è": "\u0300", "ú": "\u0309", "ü": "\u0303", "ë": "\u0323"}
_VNI_ALONE = {"ñ": "đ", "ô": "ơ", "ö": "ư", "í": "í", "ì": "ì", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}


def _vni_table() -> dict[str, str]:
    table = dict(_VNI_ALONE)
    for letter in "aeouyôö":
        base = _VNI_ALONE.get(letter, letter)
        for sign, tone in _VNI_TONES.items():
            table[letter + sign] = base + tone
    for letter in "aeo":
        for sign, tone in _VNI_HATS.items():
            table[letter + sign] = letter + "\u0302" + tone
    for sign, tone in _VNI_BREVES.items():
        table["a" + sign] = "a\u0306" + tone
    lower = {key: unicodedata.normalize("NFC", value) for key, value in table.items()}
    capital = {key.upper(): value.upper() for key, value in lower.items()}
    title = {key[0].upper() + key[1:]: value.upper() for key, value in lower.items() if len(key) == 2}
    return lower | title | capital


_VNI = _vni_table()
_VNI_RUNS = re.compile("|".join(sorted(map(re.escape, _VNI), key=len, reverse=True)))
_WORDS = re.compile(r"[^\W\d_]+")
ENCODINGS = ("tcvn3", "vni")

# Words that stand in any roster and that no other reading of the same bytes gives.
_COMMON = frozenset(
    (
        "nguyễn", "trần", "phạm", "đặng", "bùi", "đỗ", "hồ", "ngô", "dương", "lý", "vũ", "võ", "hoàng", "thị",
        "văn", "đức", "hữu", "số", "đường", "địa", "chỉ", "hộ", "tổ", "dân", "phố", "họ", "tên", "năm", "chủ",
        "vợ", "chồng", "xóm", "ngõ", "điện", "thoại", "danh", "sách", "phường", "nhóm", "đã", "có", "không",
        "thủy", "hạnh", "bình", "cường", "dũng",
    )
)  # fmt: skip
_LATIN = re.compile("[\u00a1-\u00ff\u00ad]")


def convert(text: str, encoding: str) -> str:
    """Text of an old encoding as Vietnamese in NFC. Words in capitals stay so (TCVN3 has few codes for them)."""
    if encoding == "vni":
        return unicodedata.normalize("NFC", _VNI_RUNS.sub(lambda run: _VNI[run.group(0)], text))
    converted = "".join(_TCVN3.get(letter, letter) for letter in text)

    def capitals(word: re.Match[str]) -> str:
        plain = [letter for letter in word.group(0) if letter.isascii()]
        return word.group(0).upper() if len(plain) > 1 and all(map(str.isupper, plain)) else word.group(0)

    return unicodedata.normalize("NFC", _WORDS.sub(capitals, converted))


def _known(text: str) -> int:
    return sum(word in _COMMON for word in _WORDS.findall(text.lower()) if not word.isascii())


def detect_text(texts: Iterable[str]) -> str:
    """The old encoding the texts are in: "tcvn3", "vni" or "" (Vietnamese as it should be, or too little to tell).

    An encoding is proposed when it turns at least three words into common Vietnamese ones, and twice as many as are
    there without it.
    """
    joined = " ".join(text[:200] for text, _n in zip(texts, range(2000), strict=False))
    if not _LATIN.search(joined):
        return ""
    counts = {encoding: _known(convert(joined, encoding)) for encoding in ENCODINGS}
    best = max(ENCODINGS, key=counts.__getitem__)
    return best if counts[best] >= 3 and counts[best] > 2 * _known(unicodedata.normalize("NFC", joined)) else ""


def detect(sheet: Sheet) -> str:
    """The old encoding of a sheet's text, or ""."""
    return detect_text(cell for row in sheet.rows for cell in row if isinstance(cell, str) and not cell.isascii())


def convert_sheet(sheet: Sheet, encoding: str) -> Sheet:
    """The sheet with its text converted; `encoding` is what `detect` gave and the user confirmed."""
    if encoding not in ENCODINGS:
        raise ValueError(f"unknown encoding {encoding!r}")
    rows = [
        [convert(cell, encoding) if isinstance(cell, str) and not cell.isascii() else cell for cell in row]
        for row in sheet.rows
    ]
    return replace(sheet, rows=rows, encoding=encoding)
