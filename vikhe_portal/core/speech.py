"""A text as it is read out over a loudspeaker: numbers, dates, abbreviations and addresses in words.

`spoken` is total: any text gives an answer without digits, links, bullets or pictures. What it cannot know how to read
(capitals that are no known abbreviation) it leaves as it stands; `unread` lists that for the announcer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from vikhe_portal.core.text import nfc

DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
SYLLABLES_A_MINUTE = 150  # read slowly, for open air: ordinary news is read at about 200

# Longest first where one is the beginning of another; matched as whole words, capitals as written.
ABBREVIATIONS = {
    "ANTT": "an ninh trật tự",
    "ANTQ": "an ninh Tổ quốc",
    "TTATXH": "trật tự an toàn xã hội",
    "ATGT": "an toàn giao thông",
    "BCĐ": "Ban Chỉ đạo",
    "BHXH": "bảo hiểm xã hội",
    "BHYT": "bảo hiểm y tế",
    "BVDLCN": "bảo vệ dữ liệu cá nhân",
    "CA": "Công an",
    "CAP": "Công an phường",
    "CCCD": "căn cước công dân",
    "CMND": "chứng minh nhân dân",
    "CNCH": "cứu nạn cứu hộ",
    "CSGT": "Cảnh sát giao thông",
    "CSKV": "Cảnh sát khu vực",
    "CTXH": "công tác xã hội",
    "ĐT": "điện thoại",
    "HĐND": "Hội đồng nhân dân",
    "HTX": "hợp tác xã",
    "KDC": "khu dân cư",
    "LHPN": "Liên hiệp Phụ nữ",
    "MTTQ": "Mặt trận Tổ quốc",
    "NĐ": "Nghị định",
    "NQ": "Nghị quyết",
    "OTP": "ô tê pê",
    "PCCC": "phòng cháy chữa cháy",
    "PCTP": "phòng chống tội phạm",
    "QĐ": "Quyết định",
    "QH": "Quốc hội",
    "QR": "quy rờ",
    "SĐT": "số điện thoại",
    "TDP": "tổ dân phố",
    "THCS": "trung học cơ sở",
    "THPT": "trung học phổ thông",
    "TNGT": "tai nạn giao thông",
    "TNXH": "tệ nạn xã hội",
    "TT": "Thông tư",
    "TTHC": "thủ tục hành chính",
    "TTXH": "trật tự xã hội",
    "UBND": "Ủy ban nhân dân",
    "VKSND": "Viện kiểm sát nhân dân",
    "VNeID": "vi nờ i đi",
}
UNITS = {
    "km/h": "ki lô mét một giờ",
    "km": "ki lô mét",
    "cm": "xăng ti mét",
    "mm": "mi li mét",
    "m2": "mét vuông",
    "m²": "mét vuông",
    "m": "mét",
    "kg": "ki lô gam",
    "g": "gam",
    "ml": "mi li lít",
    "cc": "xê xê",
    "kWh": "ki lô oát giờ",
    "W": "oát",
    "V": "vôn",
    "°C": "độ xê",
    "đồng": "đồng",
    "đ": "đồng",
    "VNĐ": "đồng",
    "VND": "đồng",
    "%": "phần trăm",
}


# Numbers -------------------------------------------------------------------------------------------------------------


def _below_thousand(number: int, *, full: bool) -> str:
    """0..999; `full` says the hundreds even when there are none ("không trăm linh năm")."""
    hundreds, tens, units = number // 100, number // 10 % 10, number % 10
    words = [DIGITS[hundreds], "trăm"] if hundreds or full else []
    if tens == 0:
        if units and words:
            words.append("linh")
        if units or not words:
            words.append(DIGITS[units])
        return " ".join(words)
    words += ["mười"] if tens == 1 else [DIGITS[tens], "mươi"]
    if units == 1 and tens > 1:
        words.append("mốt")
    elif units == 4 and tens > 1:
        words.append("tư")
    elif units == 5:
        words.append("lăm")
    elif units:
        words.append(DIGITS[units])
    return " ".join(words)


def digits_in_words(text: str) -> str:
    """Digit by digit, as telephone numbers are read."""
    return " ".join(DIGITS[int(char)] for char in text if char.isascii() and char.isdigit())


def number_in_words(number: int) -> str:
    """A whole number as it is read: 34499 → "ba mươi tư nghìn bốn trăm chín mươi chín". From 10^12 digit by digit."""
    if number >= 10**12:
        return digits_in_words(str(number))
    words: list[str] = []
    for size, name in ((10**9, "tỷ"), (10**6, "triệu"), (10**3, "nghìn"), (1, "")):
        part, number = divmod(number, size)
        if part:
            words += [_below_thousand(part, full=bool(words)), name]
    return " ".join(word for word in words if word) or DIGITS[0]


def _number(text: str) -> str:
    """An amount as written: 34.499 · 10,5 · 007."""
    whole, _comma, after = text.partition(",")
    whole = whole.replace(".", "")
    long_with_zero = len(whole) > 2 and whole[0] == "0"  # a code; "03 ngày" is three days
    words = digits_in_words(whole) if long_with_zero else number_in_words(int(whole or "0"))
    return f"{words} phẩy {digits_in_words(after)}" if after else words


# Pieces of text ------------------------------------------------------------------------------------------------------


def _address(text: str) -> str:
    """A web or e-mail address: the name of the site in syllables, never the rest of a link."""
    text = re.sub(r"^[a-z]+://", "", text, flags=re.I)
    text = re.sub(r"^www\.", "", text, flags=re.I)
    site = text if "@" in text.split("/")[0] else re.split(r"[/?#]", text)[0]
    words = site.strip(".,;:!?)").replace("@", " a còng ").replace(".", " chấm ").replace("-", " gạch ngang ")
    words = words.replace("_", " gạch dưới ")
    return re.sub(r"\d+", lambda match: f" {digits_in_words(match.group())} ", words)


def _day(match: re.Match[str]) -> str:
    day, month, year = match.group("day"), match.group("month"), match.group("year")
    if not (1 <= int(day) <= 31 and 1 <= int(month) <= 12):
        return match.group()
    words = f"{'mùng ' if int(day) <= 10 else ''}{number_in_words(int(day))} tháng {_month(int(month))}"
    before = "" if match.group("before") else "ngày "
    return (match.group("before") or "") + before + words + (f" năm {number_in_words(int(year))}" if year else "")


def _month(month: int) -> str:
    return "tư" if month == 4 else number_in_words(month)


def _clock(match: re.Match[str]) -> str:
    hour, minute = int(match.group(1)), int(match.group(2) or 0)
    if hour > 24 or minute > 59:
        return match.group()
    return f"{number_in_words(hour)} giờ" + (f" {number_in_words(minute)} phút" if minute else "")


def _document(match: re.Match[str]) -> str:
    """A document's number: 91/2025/QH15, 13/2023/NĐ-CP, 40/KH-BCĐ."""
    number, year, maker = match.group(1), match.group(2), match.group(3)
    words = _number(number) + (f" năm {number_in_words(int(year))}" if year else "")
    parts = [ISSUERS.get(part.rstrip("0123456789"), "") for part in maker.split("-")]
    said = " ".join(part for part in parts if part)
    return f"{words} {said}" if said else words


ISSUERS = {"QH": "của Quốc hội", "CP": "của Chính phủ", "TTg": "của Thủ tướng Chính phủ", "BCA": "của Bộ Công an",
           "UBND": "của Ủy ban nhân dân", "HĐND": "của Hội đồng nhân dân", "BCĐ": "của Ban Chỉ đạo",
           "BTC": "của Bộ Tài chính"}  # fmt: skip

_WORD = r"(?<!\w){}(?!\w)"
_N = r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:,\d+)?"
_PHONE = r"(?<![\w.,/])(?:\+84[ .]?|0)\d(?:[ .-]?\d){7,9}(?![\w/])"
_EMERGENCY = r"(?<![\w.,/-])(?:11[1-5]|1022|18\d{2}[ .]?\d{4}|19\d{2}[ .]?\d{4}|1[89]00[ .]?\d{2,4})(?![\w.,/%-]*[\w%])"

RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"(?:https?://|www\.)\S+", re.I), lambda m: _address(m.group())),
    (re.compile(r"(?<![\w@])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+){1,4}"), lambda m: _address(m.group())),
    (re.compile(r"(?<![\w@.])(?:[a-z0-9-]+\.){1,4}(?:vn|com|org|net|me)(?:/\S*)?(?!\w)", re.I),
     lambda m: _address(m.group())),
    (re.compile(r"(?<![\w/])(\d{1,5})(?:/(\d{4}))?/([A-ZĐ]{2,5}[A-Za-zĐđ]*\d{0,2}(?:-[A-ZĐ][A-Za-zĐ]{1,8}\d{0,2})*)(?!\w)"),
     _document),
    (re.compile(r"(?P<before>(?:ngày|từ|đến|mùng)\s+)?(?<![\d/])(?P<day>\d{1,2})/(?P<month>\d{1,2})(?:/(?P<year>\d{4}))?(?![\d/])",
                re.I), lambda m: _day(m)),
    (re.compile(_PHONE), lambda m: digits_in_words(m.group().replace("+84", "0"))),
    (re.compile(_EMERGENCY), lambda m: digits_in_words(m.group())),
    (re.compile(r"(?<=[\dh])\s?[-–]\s?(?=\d)"), lambda m: " đến "),
    (re.compile(r"(?<!\d)24/24(?!\d)(?:\s?(?:giờ|h))?"), lambda m: "suốt ngày đêm"),
    (re.compile(r"(?<![\d.,:])(\d{1,2})(?:h|:|\s?giờ\s?)(\d{2})(?:\s?phút|p)?(?![\d:])"), _clock),
    (re.compile(r"(?<![\d.,:])(\d{1,2})h(?!\w)()"), _clock),
    (re.compile(rf"({_N})\s?({'|'.join(map(re.escape, sorted(UNITS, key=len, reverse=True)))})(?!\w)"),
     lambda m: f"{_number(m.group(1))} {UNITS[m.group(2)]}"),
    (re.compile(r"(?<!\w)[Tt]háng\s+4(?!\d|[.,/]\d)"), lambda m: m.group().replace("4", "tư")),
    (re.compile(_WORD.format("(" + "|".join(sorted(ABBREVIATIONS, key=len, reverse=True)) + ")")),
     lambda m: ABBREVIATIONS[m.group(1)]),
    (re.compile(r"(?<!\w)TP\.?\s*(?=[A-ZĐ])"), lambda m: "thành phố "),
    (re.compile(r"(?<!\w)P\.\s*(?=[A-ZĐ])"), lambda m: "phường "),
    (re.compile(r"(?<!\w)(?:v/v|V/v)(?!\w)"), lambda m: "về việc"),
    (re.compile(r"và/hoặc"), lambda m: "và hoặc"),
    (re.compile(r"\s?&\s?"), lambda m: " và "),
    (re.compile(r"(?<=\d)/(?=\d)"), lambda m: " trên "),
    (re.compile(_N), lambda m: f" {_number(m.group())} "),
)  # fmt: skip


def _kept(char: str) -> bool:
    """Letters and what an announcer breathes at; bullets, arrows and pictures are not read."""
    return unicodedata.category(char)[0] in "LMZ" or char in "\n.,;:!?\"“”'’()/-–"


def spoken(text: str) -> str:
    """The text as it is read out: one sentence after the other, a line for each line."""
    lines = []
    for line in text.splitlines():
        words = unicodedata.normalize("NFKC", line.replace("²", "2"))
        words = re.sub(r"^\s*(?:[-–—•*+▪●►→]|\d{1,2}[.)](?=\s))\s*", "", words)
        for pattern, replace in RULES:
            words = pattern.sub(replace, words)
        words = re.sub(r"\d", lambda match: f" {DIGITS[int(match.group())]} ", words)  # digits of other scripts too
        words = re.sub(r"\s*\(\s*([^()]*?)\s*\)", r", \1,", words)
        words = re.sub(r"\s*/\s*", ", ", "".join(char if _kept(char) else " " for char in words))
        words = re.sub(r"\s+([.,;:!?])", r"\1", nfc(words))
        words = re.sub(r",(?=[.,;:!?])", "", words).strip(" ,;-–")
        if words:
            words = re.sub(r"(?:^|(?<=[.!?] ))\w", lambda match: match.group().upper(), words)
            lines.append(words if words[-1] in ".!?:" else f"{words}.")
    return "\n".join(lines)


def unread(text: str) -> list[str]:
    """Words in capitals that are no known abbreviation, each once: the announcer must know how they are said."""
    found: dict[str, None] = {}
    for line in spoken(text).splitlines():
        words = line.split()
        if 2 * sum(word.isupper() for word in words) > len(words):  # a heading in capitals
            continue
        for word in re.findall(r"(?<!\w)[A-ZĐ]{2,8}(?!\w)", line):
            found[word] = None
    return list(found)


def reading_seconds(said: str) -> int:
    """How long it takes to read out: Vietnamese is counted in syllables, which are its words between blanks."""
    return -(-len(said.split()) * 60 // SYLLABLES_A_MINUTE)
