"""Vietnamese text: one spelling, search keys without marks, the order of names, police ranks, telephone numbers.

Every function is total: any text, number or None gives an answer, never an exception. What is stored is in NFC.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

# Not storable (NUL, lone surrogates) or invisible (controls, zero-width characters, direction marks, byte order mark).
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff\ufeff]"
)
_BLANKS = re.compile(r"\s+")
_MARKS = re.compile("[\u0300-\u036f]")


def nfc(value: object) -> str:
    """Text as it is stored: NFC, without invisible characters, blanks single and none at the ends.

    None gives "", a whole number its digits (7.0 as "7"), a number beyond 30 digits "".
    """
    if isinstance(value, str):
        text = value
    elif value is None or (isinstance(value, (int, float)) and abs(value) >= 1e30):
        return ""
    else:
        text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    if text.isascii() and text.isprintable():
        return text if "  " not in text and text == text.strip() else " ".join(text.split())
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", _INVISIBLE.sub("", text))).strip()


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("đ", "d").replace("Đ", "D")


def search_key(value: object) -> str:
    """What is compared in searches: lower case, no marks, đ as d, single blanks. `search_key` of a key is itself."""
    text = nfc(value)
    if text.isascii():
        return text.lower()
    # Lowering can bring new marks and removing marks new capitals (İ, fancy letters), hence lower, plain, lower, plain.
    return nfc(_plain(_plain(text.lower()).lower()))


# The order of a Vietnamese name --------------------------------------------------------------------------------------

# Written so that byte order is alphabet order: "~" stands behind every letter, so "a~" (ă) sorts after any "a…".
_ALPHABET = {"ă": "a~", "â": "a~~", "đ": "d~", "ê": "e~", "ô": "o~", "ơ": "o~~", "ư": "u~"}
# Level, grave, hook above, tilde, acute, dot below: the order of Vietnamese dictionaries and of Unicode CLDR for "vi".
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
_SHAPES = {"\u0306": "ă", "\u0302": "â", "\u031b": "ơ"}
_SORT_KEY_LENGTH = 200


def _syllable_key(word: str) -> str:
    letters: list[str] = []
    tones = ""
    for char in unicodedata.normalize("NFD", word.lower()):
        if char in _TONES:
            tones += _TONES[char]
        elif char in _SHAPES and letters:
            shaped = unicodedata.normalize("NFC", letters[-1] + char)
            letters[-1] = shaped if shaped in _ALPHABET else letters[-1]
        elif char.isalnum():
            letters.append(char)
    return "".join(_ALPHABET.get(letter, letter) for letter in letters) + " " + (tones or "0")


def name_sort_key(full_name: object) -> str:
    """Sort key of a person's name: given name, then middle names, then family name, in Vietnamese order.

    Plain byte order (the C collation) of the keys is the order of the names; letters count before tones, syllable by
    syllable. At most 200 characters. A name without letters gives "".
    """
    words = [word for word in nfc(full_name).split(" ") if any(c.isalnum() for c in word)]
    if not words:
        return ""
    family = words[:1] if len(words) > 1 else []
    parts = ([words[-1]], words[1:-1], family)
    # "," ends a part and sorts before "-", which goes on with the next syllable of the same part.
    key = ",".join("-".join(_syllable_key(word) for word in part) for part in parts)
    return key[:_SORT_KEY_LENGTH]


# Police ranks ---------------------------------------------------------------------------------------------------------

RANKS = (
    "Binh nhì", "Binh nhất", "Hạ sĩ", "Trung sĩ", "Thượng sĩ",
    "Thiếu úy", "Trung úy", "Thượng úy", "Đại úy",
    "Thiếu tá", "Trung tá", "Thượng tá", "Đại tá",
    "Thiếu tướng", "Trung tướng", "Thượng tướng", "Đại tướng",
)  # fmt: skip
_RANK_BY_KEY = {search_key(rank): rank for rank in RANKS} | {
    search_key(rank).replace(" si", " sy"): rank for rank in RANKS if rank.endswith("sĩ")
}
_ADDRESSED = re.compile(r"^(?:(?:đ/c|đc|đồng chí|cskv|ông|bà)[\s.:]+)+", re.IGNORECASE)


def split_rank(value: object) -> tuple[str, str]:
    """Rank and name: "Trung tá Đinh Văn Cường" → ("Trung tá", "Đinh Văn Cường"); without a rank → ("", name)."""
    text = _ADDRESSED.sub("", nfc(value))
    words = text.split(" ")
    rank = _RANK_BY_KEY.get(search_key(" ".join(words[:2]).strip(".,:")), "")
    return (rank, " ".join(words[2:]).lstrip(".,:- ")) if rank else ("", text)


# Telephone numbers ----------------------------------------------------------------------------------------------------


class Phone(NamedTuple):
    """What could be read as a telephone number.

    `number`: "0xxxxxxxxx" or None. `problem`: why there is none although something was written ("" if nothing was):
    phone_no_digits, phone_length, phone_prefix, phone_rounded. `mobile`: False for a landline, which cannot have Zalo.
    `remarks`: second_number, landline, leading_zero_restored, old_prefix_converted.
    """

    number: str | None
    problem: str = ""
    mobile: bool = False
    remarks: tuple[str, ...] = ()


# Eleven-digit mobile numbers became ten-digit ones from 15/9/2018 (plan 798/QĐ-BTTTT): old beginning → new one.
_OLD_PREFIXES = {f"016{n}": f"03{n}" for n in range(2, 10)} | {
    "0120": "070", "0121": "079", "0122": "077", "0126": "076", "0128": "078",
    "0123": "083", "0124": "084", "0125": "085", "0127": "081", "0129": "082",
    "0186": "056", "0188": "058", "0199": "059",
}  # fmt: skip
_MOBILE = re.compile(r"0[35789]\d{8}", re.ASCII)
_LANDLINE = re.compile(r"02\d{8,9}", re.ASCII)
_EXACT_MOBILE = _MOBILE.fullmatch
_NOTHING = {"", "-", "--", "khong", "khong co", "ko", "ko co", "k", "k co", "chua", "chua co", "x", "0", "/", "none"}
_BETWEEN = re.compile(r"[;/\\|&\n\r]|\s(?:và|hoặc|va|hoac)\s|\s-\s")
_FLOAT_TEXT = re.compile(r"\d+\.0+")
_SCIENTIFIC = re.compile(r"[\d.,]+[eE]\+?\d+")
_NOT_DIGITS = re.compile(r"[^0-9]+")


def _one_number(digits: str) -> Phone:
    """Read one run of digits, with whatever stands before the national number."""
    remarks: tuple[str, ...] = ()
    if digits.startswith("00"):
        digits = digits[2:]
    if digits.startswith("840"):
        digits = digits[2:] if len(digits) >= 12 else digits
    elif digits.startswith("84") and len(digits) in (11, 12):
        digits = "0" + digits[2:]
    if digits[:1] not in ("", "0") and 9 <= len(digits) <= 10:
        digits, remarks = "0" + digits, ("leading_zero_restored",)
    if len(digits) == 11 and digits[:4] in _OLD_PREFIXES:
        digits, remarks = _OLD_PREFIXES[digits[:4]] + digits[4:], (*remarks, "old_prefix_converted")
    if _MOBILE.fullmatch(digits):
        return Phone(digits, "", True, remarks)
    if _LANDLINE.fullmatch(digits):
        return Phone(digits, "", False, (*remarks, "landline"))
    return Phone(None, "phone_prefix" if len(digits) == 10 else "phone_length")


def normalise_phone(value: object) -> Phone:
    """Read a cell as a Vietnamese telephone number, however it was typed.

    Takes text or numbers with +84, 84, 0084, dots, blanks, dashes, a lost leading zero, words around it ("(Zalo)"),
    old eleven-digit mobile numbers, and two numbers in a cell (the first is taken, remark second_number). Mobile
    numbers have ten digits and begin with 03, 05, 07, 08 or 09; landlines (02…) have ten or eleven.
    """
    if isinstance(value, str) and _EXACT_MOBILE(value):
        return Phone(value, "", True)  # by far the most frequent case
    if isinstance(value, bool) or value is None:
        return Phone(None)
    if isinstance(value, (int, float)):
        if value != value or abs(value) >= 1e15:
            return Phone(None, "phone_length")
        if value != int(value):
            return Phone(None, "phone_no_digits")
        return _one_number(str(abs(int(value)))) if value else Phone(None)
    return _phone_in_text(unicodedata.normalize("NFKC", str(value)[:200]))


def _phone_in_text(raw: str) -> Phone:
    text = raw.strip()
    if search_key(text) in _NOTHING:
        return Phone(None)
    if _FLOAT_TEXT.fullmatch(text):
        text = text.split(".")[0]
    if _SCIENTIFIC.fullmatch(text):
        return Phone(None, "phone_rounded")  # 9.48E+08: the last digits are lost, a guess would ring a stranger
    chunks = [digits for digits in (_NOT_DIGITS.sub("", chunk) for chunk in _BETWEEN.split(text)) if digits]
    if not chunks:
        return Phone(None, "phone_no_digits")
    readings = [reading for chunk in chunks for reading in _chunk_numbers(chunk)]
    first = next((reading for reading in readings if reading.number), None)
    if first is None:
        # "0912 - 345 - 678": the separators stood inside one number.
        joined = _one_number("".join(chunks)) if len(chunks) > 1 and " - " in text else readings[0]
        return joined
    others = sum(1 for reading in readings if reading is not first and reading.number)
    return first._replace(remarks=(*first.remarks, "second_number")) if others else first


def _chunk_numbers(digits: str) -> list[Phone]:
    """One number, or the numbers written behind each other without anything between ("0912345678 0987654321")."""
    whole = _one_number(digits)
    if whole.number or len(digits) < 18:
        return [whole]
    for length in (10, 11, 12):
        first = _one_number(digits[:length])
        if first.number:
            return [first, *_chunk_numbers(digits[length:])]
    return [whole]


def mask_phone(value: object) -> str:
    """A number for those who may not see it: "0912***678". Nothing gives "", anything shorter than ten signs "***"."""
    text = nfc(value)
    if not text:
        return ""
    return f"{text[:4]}***{text[-3:]}" if len(text) >= 10 else "***"
