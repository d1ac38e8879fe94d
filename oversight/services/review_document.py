"""A report as an official document, made from what was frozen and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from oversight.models import Review
from oversight.selectors.reviews import RESULT_KEYS, lines, section_of, title_of
from vikhe_portal.core.documents import (
    Annex,
    Block,
    Column,
    Item,
    OfficialDocument,
    Paragraph,
    Signature,
    committee_letterhead,
    list_annex,
    report,
)
from vikhe_portal.core.documents import Review as ReviewContent
from vikhe_portal.core.documents.model import short_date

MODEL = "mô hình “Zalo an ninh trật tự của Cảnh sát khu vực”"
RECIPIENTS = ("Các thành viên BCĐ", "Lưu: VT, CAP (CSKV)")
DRAFT_MARK = "DỰ THẢO"


def bare_name(ward_name: str) -> str:
    """ "Phường Vị Khê" → "Vị Khê"."""
    for prefix in ("Phường ", "Xã ", "Thị trấn ", "Đặc khu "):
        if ward_name.startswith(prefix):
            return ward_name.removeprefix(prefix)
    return ward_name


def subject_of(review: Review, ward: str) -> str:
    """The line under the kind of the document."""
    if review.kind == Review.Kind.WEEK:
        start, end = f"{review.start:%d/%m/%Y}", f"{review.end:%d/%m/%Y}"
        return f"Kết quả thực hiện {MODEL} trên địa bàn phường {ward} (từ ngày {start} đến ngày {end})"
    return f"{title_of(review.kind, review.start)} thực hiện {MODEL} trên địa bàn phường {ward}"


def document_of(review: Review, *, signer: str = "", ward: str) -> OfficialDocument:
    """Build the document. Unless the review is signed (has its number), it carries the draft mark and no date."""
    name = bare_name(ward)
    signed = review.number is not None
    figures = _figure_blocks(review)
    content = ReviewContent(
        general=[*_blocks(review.sections.get("general", "")), Paragraph(_cutoff(review))],
        results=[[*figures.get(key, []), *_blocks(review.sections.get(key, ""))] for key in RESULT_KEYS],
        strengths=_blocks(review.sections.get("strengths", "")),
        shortcomings=_blocks(review.sections.get("shortcomings", "")),
        causes=_blocks(review.sections.get("causes", "")),
        tasks=_blocks(review.sections.get("tasks", "")),
        proposals=_blocks(review.sections.get("proposals", "")),
    )
    return report(
        committee_letterhead(name),
        content,
        subject=subject_of(review, name),
        signature=Signature(("TM. Ban Chỉ đạo", "Trưởng ban"), signer),
        recipients=RECIPIENTS,
        number=review.number,
        day=timezone.localdate(review.signed_at) if signed and review.signed_at else None,
        annexes=_annexes(review),
        draft_mark=None if signed else DRAFT_MARK,
    )


def _cutoff(review: Review) -> str:
    at = timezone.localtime(review.cutoff_at)
    return f"Số liệu trong báo cáo được chốt lúc {at.hour} giờ {at.minute:02d}, ngày {short_date(at.date())}."


def _figure_blocks(review: Review) -> dict[str, list[Block]]:
    by_key = {row["key"]: row for row in review.figures}
    found: dict[str, list[Block]] = {}
    for line in lines(review.figures):
        before = f" (kỳ trước: {line.before})" if line.before else ""
        found.setdefault(section_of(by_key[line.key]), []).append(Item(f"{line.label}: {line.value}{before};"))
    for blocks in found.values():
        last = blocks[-1]
        if isinstance(last, Item):
            blocks[-1] = Item(last.text.removesuffix(";") + ".")
    return found


def _blocks(text: str) -> Sequence[Block]:
    blocks: list[Block] = []
    for line in text.splitlines():
        words = line.strip()
        if words.startswith("- "):
            blocks.append(Item(words[2:]))
        elif words:
            blocks.append(Paragraph(words))
    return blocks


def _annexes(review: Review) -> list[Annex]:
    found = []
    for annex in review.annexes:
        columns = [Column(one["title"], one["weight"], one["align"]) for one in annex["columns"]]
        rows: list[Any] = annex["rows"]
        if rows:
            found.append(list_annex(annex["title"], columns, rows, total=annex["total"]))
    return found
