"""Reads of periodic reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from oversight.models import Review
from oversight.policies.rooms import sees_small_numbers, visible_reviews
from oversight.selectors.counting import HIDDEN, SMALL, as_text, change, grouped, small_counts
from vikhe_portal.core.figures import SMALL_NUMBERS_HIDDEN
from vikhe_portal.core.permissions import Actor

# The sections of a report in order: key and title, as the official skeleton has them.
SECTIONS: tuple[tuple[str, str], ...] = (
    ("general", "Tình hình chung và công tác chỉ đạo"),
    ("groups", "Xây dựng, quản lý nhóm Zalo"),
    ("broadcasts", "Công tác tuyên truyền theo 6 nội dung"),
    ("tips", "Tiếp nhận, phân loại, xử lý tin báo, phản ánh"),
    ("deadlines", "Thời hạn giải quyết, tin quá hạn"),
    ("handover", "Bàn giao quyền quản trị"),
    ("inspection", "Kiểm tra, chấn chỉnh vi phạm"),
    ("strengths", "Ưu điểm"),
    ("shortcomings", "Tồn tại, hạn chế"),
    ("causes", "Nguyên nhân"),
    ("tasks", "Phương hướng, nhiệm vụ"),
    ("proposals", "Kiến nghị, đề xuất"),
)
RESULT_KEYS = ("groups", "broadcasts", "tips", "deadlines", "handover", "inspection")
_BY_GROUP = {
    "coverage": "groups",
    "groups": "groups",
    "broadcasts": "broadcasts",
    "tips": "tips",
    "tips_by_kind": "tips",
    "tips_by_neighbourhood": "tips",
    "handover": "handover",
    "handovers": "handover",
    "oversight": "inspection",
    "directives": "inspection",
    "inspections": "inspection",
    "violations": "inspection",
    "checks": "inspection",
}


def section_of(row: dict[str, Any]) -> str:
    """Which section of results a frozen figure belongs to."""
    key = row["key"]
    if "overdue" in key or "in_time" in key:
        return "deadlines" if row["group"].startswith("tips") else _BY_GROUP.get(row["group"], "inspection")
    if "handover" in key:
        return "handover"
    if "breach" in key or "violation" in key or "check" in key:
        return "inspection"
    return _BY_GROUP.get(row["group"], "inspection")


def reviews(actor: Actor) -> QuerySet[Review]:
    """Reports the actor may see, newest period first, without their contents."""
    return visible_reviews(actor).defer("figures", "annexes", "sections")


def review(actor: Actor, pk: int) -> Review | None:
    """One report, or None."""
    return visible_reviews(actor).select_related("approved_by", "signed_by", "drafted_by").filter(pk=pk).first()


def before(row: Review) -> Review | None:
    """The report of the same kind on the period before, or None."""
    return Review.objects.filter(ward_id=row.ward_id, kind=row.kind, start__lt=row.start).order_by("-start").first()


@dataclass(frozen=True)
class Line:
    """A frozen figure in words."""

    key: str
    label: str
    value: str
    before: str
    change: str
    url: str
    good: str


def hidden_keys(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Keys of frozen counts that are not printed, and what is printed instead."""
    hidden: dict[str, str] = {}
    for group in SMALL_NUMBERS_HIDDEN:
        counts = {one["key"]: one["value"] for one in rows if one["group"] == group and one["kind"] == "count"}
        small, companion = small_counts(counts)
        hidden |= dict.fromkeys(small, f"<{SMALL}")
        if companion:
            hidden[companion] = HIDDEN
    return hidden


def lines(rows: list[dict[str, Any]], *, whole: bool = False) -> list[Line]:
    """Frozen figures in words; small numbers are hidden unless `whole`."""
    hidden = {} if whole else hidden_keys(rows)
    found = []
    for one in rows:
        kind, value, old = one["kind"], one["value"], one["before"]
        secret = one["key"] in hidden
        small_old = not whole and one["group"] in SMALL_NUMBERS_HIDDEN and old is not None and 0 < old < SMALL
        empty = old is None or (kind == "percent" and not old[1])
        if secret:
            shown = hidden[one["key"]]
        else:
            shown = as_text(kind, value)
            if kind == "percent" and value[1]:
                shown += f" ({grouped(value[0])}/{grouped(value[1])})"
        found.append(
            Line(
                one["key"],
                one["label"],
                shown,
                "" if empty or secret else (f"<{SMALL}" if small_old else as_text(kind, old)),
                "" if old is None or secret or small_old else change(kind, value, old),
                "" if secret else one["query"]["url"],
                one["good"],
            )
        )
    return found


def page_sections(actor: Actor, row: Review) -> list[dict[str, Any]]:
    """The report as its page shows it: sections with their frozen figures and their text."""
    shown: dict[str, list[Line]] = {key: [] for key, _title in SECTIONS}
    rows_by_key = {one["key"]: one for one in row.figures}
    for line in lines(row.figures, whole=sees_small_numbers(actor)):
        shown[section_of(rows_by_key[line.key])].append(line)
    return [
        {"key": key, "title": title, "lines": shown[key], "text": row.sections.get(key, "")} for key, title in SECTIONS
    ]


def title_of(kind: str, start: date) -> str:
    """ "Sơ kết 6 tháng đầu năm 2026": the period as the subject of the report names it."""
    year = start.year
    if kind == "week":
        return f"Kết quả tuần từ ngày {start:%d/%m/%Y}"
    if kind == "month":
        return f"Kết quả tháng {start.month} năm {year}"
    if kind == "quarter":
        return f"Sơ kết quý {('I', 'II', 'III', 'IV')[(start.month - 1) // 3]} năm {year}"
    if kind == "half_year":
        return f"Sơ kết 6 tháng {'đầu' if start.month == 1 else 'cuối'} năm {year}"
    return f"Tổng kết năm {year}"
