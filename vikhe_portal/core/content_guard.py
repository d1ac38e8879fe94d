"""Marks in a text that must not be posted, or not without a second look, before it reaches residents.

The guard finds *marks*. Whether something is a state secret only a competent person can decide, and pages that show
findings must say so. On a BLOCK keep nothing of the text, not even a hash of it (short texts can be guessed from one):
rule id, writer, time and length are all that may be recorded (Law 117/2025/QH15 art. 5 forbids keeping secrets on a
networked computer). A Finding therefore carries positions, never an excerpt.

Letters are matched with their marks, without them, or with some of them left out, in either case, except MẬT and KHẨN,
which count only as written. Every pattern is free of nested or unbounded repetition, so the time grows with the length
of the text and nothing else.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Severity(StrEnum):
    BLOCK = "block"  # cannot be saved, and is not kept
    HOLD = "hold"  # needs a second approver
    WARN = "warn"  # the writer is told


@dataclass(frozen=True, slots=True)
class Finding:
    """A mark found. `start` and `end` are positions in `normalise(text)`; `message` explains it to the writer."""

    rule_id: str
    severity: Severity
    start: int
    end: int
    message: Promise | str


@dataclass(frozen=True, slots=True)
class Rule:
    """`pattern` uses only syntax that Python and JavaScript share. A match that follows `softened_by` only warns."""

    id: str
    severity: Severity
    pattern: str
    message: Promise | str
    basis: str
    softened_by: str = ""


MAX_FINDINGS_PER_RULE = 20
SOFTENING_REACH = 80  # characters before a match in which a denial ("không yêu cầu …") is looked for

_START, _END = r"(?<!\w)", r"(?!\w)"
# What may stand between two words of a mark: blanks, hyphens, dots and the characters nobody sees.
_GAP = r"[\s\u00ad\u200b-\u200d\u2060\ufeff._*-]{1,4}"
_BLANKS = r"[ \t\u00a0]{0,20}"


def _forms(letter: str) -> str:
    """A class of the letter with all, some or none of its marks, in both cases."""
    if not letter.isalpha():
        return re.escape(letter)
    parts = unicodedata.normalize("NFD", letter.lower())
    forms = {letter.lower(), parts[0], *(unicodedata.normalize("NFC", parts[0] + mark) for mark in parts[1:])}
    forms |= {"d"} if letter.lower() == "đ" else set()
    both = sorted({form for form in forms if len(form) == 1} | {form.upper() for form in forms if len(form) == 1})
    return "[" + "".join(both) + "]"


def _phrase(text: str) -> str:
    return _GAP.join("".join(map(_forms, word)) for word in text.split())


def _any(*phrases: str) -> str:
    """One of these phrases as whole words."""
    return _START + "(?:" + "|".join(map(_phrase, phrases)) + ")" + _END


def _exact(*phrases: str) -> str:
    """One of these phrases exactly as written, as whole words."""
    return _START + "(?:" + "|".join(_GAP.join(phrase.split()) for phrase in phrases) + ")" + _END


_UPPER = "A-ZĐÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬÈÉẺẼẸÊỀẾỂỄỆÌÍỈĨỊÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢÙÚỦŨỤƯỪỨỬỮỰỲÝỶỸỴ"
_WORD = f"[{_UPPER}][{_UPPER}{_UPPER.lower()}]{{0,6}}(?!\\w)"
# The surnames of well over nine in ten Vietnamese families.
_SURNAMES = (
    "Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Lý|Đoàn|Đinh|Trịnh|Mai|Đào|Tô|Cao|Lâm|Hà|"
    "Lương|Tạ|Chu|Tống|Kiều|Trương|Quách|Thái|Vương|Phùng|Tăng|Triệu|Lã|La|Khổng|Doãn|Nghiêm|Mạc|Bạch|Thạch"
)
_SURNAME = f"(?:{_SURNAMES}|{_SURNAMES.upper()})"
_TITLE = _START + "(?:" + "|".join(map(_phrase, ("ông", "bà", "anh", "chị", "cô", "chú", "bác"))) + ")"
# A surname with one to three further names, or a form of address with one to four capitalised words.
_NAME = f"(?:{_SURNAME}(?: {_WORD}){{1,3}}|{_TITLE} {_WORD}(?: {_WORD}){{0,3}})"
_ADDRESSEE_ONLY = "chỉ người có tên mới được bóc bì"
_GUILTY = _any("thủ phạm", "hung thủ", "kẻ trộm", "tên trộm", "kẻ cướp", "kẻ lừa đảo")
_NUMBER = r"\d{1,5}/[A-ZĐ0-9][A-ZĐ0-9/-]{1,30}"

_SECRETS = "Luật Bảo vệ bí mật nhà nước 117/2025/QH15, Điều 5"
_CIRCULATION = "Nghị định 30/2020/NĐ-CP, Phụ lục I"
_PERSONAL = "Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15; Nghị định 356/2025/NĐ-CP"
_DENOUNCER = "Luật Tố cáo 25/2018/QH14, Điều 8, 9; Quyết định 774/QĐ-TTg"
_INNOCENCE = "Bộ luật Tố tụng hình sự 2015, Điều 13; Bộ luật Dân sự 2015, Điều 34"
_FRAUD = "Luật An ninh mạng 116/2025/QH15, Điều 7"

_MSG_SECRET = _(
    "This text carries a secrecy mark. State secrets must not be written on a computer with a network connection. "
    "Nothing was saved. Only a competent person can decide what is secret: ask your superior."
)
_MSG_INTERNAL = _("This text carries a mark of internal circulation. It must not be posted or kept here.")
_MSG_REPORTER = _("This text tells who reported or denounced something. That must never be written here.")
_MSG_URGENT = _("This text carries an urgency mark of an official document. A second person must look at it first.")
_MSG_METHOD = _("This text touches on police work that residents need not know. A second person must look at it first.")
_MSG_PRESS_PHRASE = _("This is a police term. Use an everyday word if you can.")
_MSG_PATROL = _("This text tells where a checkpoint or patrol is. A second person must look at it first.")
_MSG_PERSONAL = _("This text contains personal data. Mask it, or a second person must look at it first.")
_MSG_MINOR = _("This text seems to name a child. Leave the name out unless a written consent or decision allows it.")
_MSG_GUILT = _(
    "This text calls a named person guilty before a judgment. Write what happened without the word or the name."
)
_MSG_SHORT_LINK = _("Shortened links hide where they lead. Write the full official address.")
_MSG_APK = _("Residents are warned against installing apps from files. Do not link to one.")
_MSG_OTP = _(
    "This text speaks of one-time codes or transferring money, as fraudsters do. A second person must look at it."
)
_MSG_SERVICE_LINK = _("Public services are offered only on .gov.vn addresses. Check this link.")
_MSG_LINK = _("This link is not on the ward's list of known addresses. Check where it leads.")
_MSG_SOURCE = _("Name the issuing body or give the official link, so that residents can trust the text.")

B, H, W = Severity.BLOCK, Severity.HOLD, Severity.WARN
RULES: tuple[Rule, ...] = (
    Rule("secret.level", B, _any("tuyệt mật", "tối mật"), _MSG_SECRET, _SECRETS),
    Rule("secret.stamp", B, rf"(?<![^\n\r]){_BLANKS}MẬT{_BLANKS}(?![^\n\r])", _MSG_SECRET, _SECRETS),
    Rule("secret.label", B, _START + _phrase("độ mật") + _BLANKS + ":", _MSG_SECRET, _SECRETS),
    Rule(
        "secret.document",
        B,
        # Naming the law itself ("Luật Bảo vệ bí mật nhà nước số 117/2025/QH15") is allowed.
        f"(?<!{_phrase('bảo vệ').replace(_GAP, ' ')} ){_any('bí mật nhà nước')}[^\n]{{0,60}}{_START}{_NUMBER}"
        f"|{_START}{_NUMBER}[^\n]{{0,60}}(?<!{_phrase('bảo vệ').replace(_GAP, ' ')} ){_any('bí mật nhà nước')}",
        _MSG_SECRET,
        _SECRETS,
    ),
    Rule("secret.handling", B, _any("tài liệu thu hồi", _ADDRESSEE_ONLY), _MSG_SECRET, _SECRETS),
    Rule(
        "circulation.mark",
        B,
        _any("lưu hành nội bộ", "xem xong trả lại", "tài liệu nội bộ"),
        _MSG_INTERNAL,
        _CIRCULATION,
    ),
    Rule(
        "circulation.not_public",
        B,
        # "một bệnh không phổ biến lắm / ở nước ta" is an ordinary sentence, not a mark.
        _any("không phổ biến")
        + f"(?!{_GAP}(?:{'|'.join(map(_phrase, ('lắm', 'nhiều', 'ở', 'trong', 'tại', 'bằng')))}){_END})",
        _MSG_INTERNAL,
        _CIRCULATION,
    ),
    Rule(
        "reporter.named", B, _any("người tố cáo là", "người tố giác là", "người báo tin là"), _MSG_REPORTER, _DENOUNCER
    ),
    Rule(
        "reporter.called_police",
        B,
        f"{_START}{_NAME} {_phrase('đã báo')}{_GAP}(?:{_phrase('tin')}{_GAP})?(?:{_phrase('cho')}{_GAP})?"
        f"{_phrase('công an')}{_END}",
        _MSG_REPORTER,
        _DENOUNCER,
    ),
    Rule(
        "urgency.mark",
        H,
        _exact("HỎA TỐC", "HOẢ TỐC", "THƯỢNG KHẨN") + rf"|(?<![\w]){_BLANKS}KHẨN(?!{_BLANKS}[{_UPPER}])(?!\w)",
        _MSG_URGENT,
        _CIRCULATION,
    ),
    Rule(
        "police.method",
        H,
        _any(
            "chuyên án",
            "trinh sát",
            "đặc tình",
            "cơ sở bí mật",
            "mật phục",
            "hồ sơ nghiệp vụ",
            "phương án tác chiến",
            "lịch tuần tra",
            "lịch trực",
            "chốt kiểm soát",
            "danh sách lực lượng",
            "cơ yếu",
            "điện mật",
        )
        # "bị số lạ gọi" typed without marks looks like "bí số".
        + f"|{_any('bí số')}(?!{_GAP}{_any('điện thoại', 'lạ', 'máy')})",
        _MSG_METHOD,
        _SECRETS,
    ),
    Rule("police.phrase", W, _any("biện pháp nghiệp vụ"), _MSG_PRESS_PHRASE, _SECRETS),
    Rule(
        "police.patrol",
        H,
        _any(*(f"chốt {x}" for x in ("csgt", "công an", "cảnh sát", "giao thông", "nồng độ cồn", "tuần tra")))
        + rf"[^\n.]{{0,30}}{_any('ở', 'tại', 'đoạn', 'ngay')}",
        _MSG_PATROL,
        "Nghị định 147/2024/NĐ-CP, Điều 36 khoản 7",
    ),
    Rule("personal.citizen_number", H, r"(?<!\d)0\d{11}(?!\d)", _MSG_PERSONAL, _PERSONAL),
    Rule(
        "personal.phone",
        H,
        r"(?<![\d.])(?:\+84|0)[ .-]?(?:3|5|7|8|9)(?:[ .-]?\d){8}(?!\d)",
        _MSG_PERSONAL,
        _PERSONAL,
    ),
    Rule("personal.old_identity_number", H, r"(?<![\d.,/+-])\d{9}(?![\d/]|[.,-]\d)", _MSG_PERSONAL, _PERSONAL),
    Rule(
        "personal.plate",
        H,
        rf"{_START}\d{{2}}[ -]?[A-Z]{{1,2}}\d?[ -]?\d{{3}}\.?\d{{2}}{_END}",
        _MSG_PERSONAL,
        _PERSONAL,
    ),
    Rule(
        "personal.bank_account",
        H,
        _any("stk", "số tài khoản", "số tk") + r"[^\d\n]{0,30}\d(?:[ .-]?\d){5,18}(?!\d)",
        _MSG_PERSONAL,
        _PERSONAL,
    ),
    Rule(
        "personal.email",
        H,
        r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}",
        _MSG_PERSONAL,
        _PERSONAL,
    ),
    Rule(
        "personal.position",
        H,
        r"(?<![\d.])\d{1,2}\.\d{3,12}[,; ] {0,3}1\d{2}\.\d{3,12}(?!\d)",
        _MSG_PERSONAL,
        _PERSONAL,
    ),
    Rule(
        "personal.minor",
        H,
        f"{_any('cháu', 'bé', 'học sinh')}(?: [{_UPPER.lower()}a-z]{{1,6}})? {_SURNAME}(?: {_WORD}){{1,3}}"
        rf"|{_START}{_SURNAME}(?: {_WORD}){{1,3}}[ ,(]{{1,3}}(?:1[0-5]|[1-9]){_GAP}{_phrase('tuổi')}{_END}",
        _MSG_MINOR,
        "Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15, Điều 24",
    ),
    Rule(
        "innocence.named",
        H,
        f"{_GUILTY}[^\n]{{0,40}}{_START}{_NAME}|{_START}{_NAME}[^\n]{{0,40}}{_GUILTY}",
        _MSG_GUILT,
        _INNOCENCE,
    ),
    Rule(
        "fraud.short_link",
        H,
        r"(?<![A-Za-z0-9.-])(?:bit\.ly|tinyurl\.com|s\.id|t\.co|goo\.gl|cutt\.ly|is\.gd|rb\.gy|ow\.ly|shorturl\.at|by\.com\.vn|"
        r"t\.ly|v\.gd|bom\.so)/[A-Za-z0-9_-]{1,60}",
        _MSG_SHORT_LINK,
        _FRAUD,
    ),
    Rule("fraud.app_file", H, r"\.[aA][pP][kK](?![A-Za-z0-9])", _MSG_APK, _FRAUD, softened_by=_any("không", "đừng")),
    Rule("fraud.code", H, _any("otp", "mã xác thực"), _MSG_OTP, _FRAUD, softened_by=_any("không", "đừng")),
    Rule(
        "fraud.transfer",
        H,
        rf"{_any('chuyển khoản')}[^\n]{{0,60}}(?<![\d])\d(?:[ .-]?\d){{5,18}}(?!\d)",
        _MSG_OTP,
        _FRAUD,
    ),
)

_LINK = re.compile(r"(?<![A-Za-z0-9@.-])(?:https?://)?((?:[A-Za-z0-9-]{1,63}\.){1,6}[A-Za-z]{2,20})(?![A-Za-z0-9@.-])")
# Without a scheme only well-known endings count as a link, or "rồi.Mai" would be one.
_BARE_ENDINGS = (
    "vn",
    "com",
    "net",
    "org",
    "info",
    "xyz",
    "top",
    "site",
    "online",
    "app",
    "io",
    "me",
    "cc",
    "shop",
    "vip",
)
_PUBLIC_SERVICE = re.compile(_any("dịch vụ công", "vneid", "dvc"))
_CLAIM = re.compile(
    _any(
        "luật",
        "nghị định",
        "thông tư",
        "dịch bệnh",
        "sốt xuất huyết",
        "vắc xin",
        "bão",
        "lũ",
        "lụt",
        "động đất",
        "xử phạt",
    )
)
_SOURCE = re.compile(
    f"{_START}{_phrase('nguồn')}{_BLANKS}:|{_any('theo')}|(?<!\\d)\\d{{1,5}}/\\d{{4}}/[A-ZĐ]|\\.gov\\.vn"
)

_COMPILED: tuple[tuple[Rule, re.Pattern[str], re.Pattern[str] | None], ...] = tuple(
    (rule, re.compile(rule.pattern), re.compile(rule.softened_by) if rule.softened_by else None) for rule in RULES
)


def normalise(text: str) -> str:
    """The text as the guard reads it: Unicode NFC. Positions in findings refer to this form."""
    return unicodedata.normalize("NFC", text)


def check(
    text: str,
    *,
    allowed_domains: Collection[str] = ("gov.vn",),
    allowed_phones: Collection[str] = (),
) -> list[Finding]:
    """All marks in `text`, in order of position.

    `allowed_domains` are host names whose links (and those of their subdomains) are not remarked upon;
    `allowed_phones` are published duty numbers that may stand in a text, in any spacing.
    """
    text = normalise(text)
    phones = {_digits(phone) for phone in allowed_phones}
    findings: list[Finding] = []
    for rule, pattern, softener in _COMPILED:
        for match in islice(pattern.finditer(text), MAX_FINDINGS_PER_RULE):
            if rule.id == "personal.phone" and _digits(match.group()) in phones:
                continue
            severity = rule.severity
            if softener and softener.search(text, max(0, match.start() - SOFTENING_REACH), match.start()):
                severity = Severity.WARN
            findings.append(Finding(rule.id, severity, match.start(), match.end(), rule.message))
    findings.extend(islice(_link_findings(text, allowed_domains), MAX_FINDINGS_PER_RULE))
    claim = _CLAIM.search(text)
    if claim and not _SOURCE.search(text):
        findings.append(Finding("source.missing", Severity.WARN, claim.start(), claim.end(), _MSG_SOURCE))
    return sorted(findings, key=lambda finding: (finding.start, finding.end, finding.rule_id))


def worst(findings: Iterable[Finding]) -> Severity | None:
    """The most severe level among findings, or None."""
    levels = {finding.severity for finding in findings}
    return next((level for level in (Severity.BLOCK, Severity.HOLD, Severity.WARN) if level in levels), None)


def rules_for_browser() -> list[dict[str, Any]]:
    """The BLOCK rules as data for `new RegExp(pattern, "gu")`, so that a marked text never leaves the writer's phone.

    The page must apply `text.normalize("NFC")` first. Messages are in the active language. JSON-serialisable.
    """
    # JavaScript's \w knows only ASCII letters, even with the u flag.
    return [
        {"id": rule.id, "pattern": rule.pattern.replace(r"\w", r"[\p{L}\p{M}\p{N}_]"), "message": str(rule.message)}
        for rule in RULES
        if rule.severity == Severity.BLOCK
    ]


def _digits(phone: str) -> str:
    digits = "".join(char for char in phone if char.isdigit())
    return "0" + digits[2:] if digits.startswith("84") and len(digits) == 11 else digits


def _link_findings(text: str, allowed_domains: Collection[str]) -> Iterator[Finding]:
    service = _PUBLIC_SERVICE.search(text) is not None
    for match in _LINK.finditer(text):
        host = match.group(1).lower()
        has_scheme = match.group().lower().startswith("http")
        if not has_scheme and host.rsplit(".", 1)[-1] not in _BARE_ENDINGS:
            continue
        if any(host == domain or host.endswith("." + domain) for domain in allowed_domains):
            continue
        if service and not host.endswith(".gov.vn"):
            yield Finding("fraud.service_link", Severity.HOLD, match.start(), match.end(), _MSG_SERVICE_LINK)
        else:
            yield Finding("link.unlisted", Severity.WARN, match.start(), match.end(), _MSG_LINK)
