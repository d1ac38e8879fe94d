"""Counting for a report, once, at its cut-off: figures with their queries, and the annex tables."""

from __future__ import annotations

from typing import Any

from django.utils import translation

from accounts.models import Post
from oversight.models import Review
from oversight.selectors import places as place_rows
from oversight.selectors.counting import committee_eyes, count, grouped, is_of_this_moment
from oversight.selectors.periods import whole_before
from vikhe_portal.core import figures
from vikhe_portal.core.figures import Period
from vikhe_portal.core.permissions import all_permissions


def freeze_figures(review: Review, earlier: Review | None) -> list[dict[str, Any]]:
    """Count every figure a committee member sees for the review's period, and the handovers; print hides small numbers.

    A figure of the moment is compared with what the review before had frozen, the others with their own count of the
    period before. Each row keeps the query: figure, days and the address of its rows.
    """
    member = committee_eyes(review.ward_id)
    head = committee_eyes(review.ward_id, Post.Kind.COMMITTEE_HEAD)
    rules = {permission.name: permission.rule for permission in all_permissions()}
    period = Period(review.start, review.end)
    previous = whole_before(review.kind, period)
    frozen = {row["key"]: row["value"] for row in earlier.figures} if earlier else {}
    rows = []
    with translation.override("vi"):
        for one in figures.figures():
            open_to_all = rules[one.permission](member, None)
            # How many handovers there are is reported by the head, who signs; their rows are not the committee's.
            if not open_to_all and not (one.group == "handover" and rules[one.permission](head, None)):
                continue
            eyes = member if open_to_all else head
            value = one.value(eyes, period)
            before = (
                frozen.get(one.key) if is_of_this_moment(one, eyes, period, previous) else one.value(eyes, previous)
            )
            rows.append(
                {
                    "key": one.key,
                    "label": _capital(str(one.label)),
                    "group": one.group,
                    "kind": one.kind,
                    "good": one.good,
                    "value": value,
                    "before": before,
                    "query": {
                        "figure": one.key,
                        "start": period.start.isoformat(),
                        "end": period.end.isoformat(),
                        "url": one.rows_url(eyes, period) if open_to_all else "",
                    },
                }
            )
    return rows


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def freeze_annexes(review: Review) -> list[dict[str, Any]]:
    """The annex tables: coverage by neighbourhood and group, tips by kind. Counts only; small numbers hidden."""
    eyes = committee_eyes(review.ward_id)
    rows = place_rows.ward_places(review.ward_id)
    return [_by_neighbourhood(rows), _by_group(rows), _by_kind(eyes, review)]


def _column(title: str, weight: float = 1.0, align: str = "center") -> dict[str, Any]:
    return {"title": title, "weight": weight, "align": align}


def _share(part: int, whole: int) -> str:
    return f"{int(100 * part / whole)}%" if whole else "–"


def _coverage_cells(households: int, covered: int, confirmed: int) -> list[str]:
    return [
        grouped(households),
        grouped(covered),
        _share(covered, households),
        grouped(confirmed),
        grouped(households - covered),
    ]


COVERAGE_COLUMNS = (
    ("Tổng số hộ", 1.1),
    ("Hộ có thành viên", 1.1),
    ("Tỷ lệ", 0.8),
    ("Đã đối chiếu", 1.1),
    ("Hộ chưa tham gia", 1.1),
)


def _by_neighbourhood(rows: list[place_rows.Place]) -> dict[str, Any]:
    table = [
        [one.neighbourhood.name, one.officer or "–", *_coverage_cells(one.households, one.covered, one.confirmed)]
        for one in sorted(rows, key=lambda one: (one.neighbourhood.number or 0, one.neighbourhood.key))
    ]
    if table:
        sums = [sum(getattr(one, name) for one in rows) for name in ("households", "covered", "confirmed")]
        table.append(["Tổng cộng", "", *_coverage_cells(*sums)])
    columns = [_column("Tổ dân phố", 2, "left"), _column("Cảnh sát khu vực", 2, "left")]
    return {
        "title": "Kết quả hộ gia đình tham gia nhóm theo tổ dân phố",
        "columns": [*columns, *(_column(title, weight) for title, weight in COVERAGE_COLUMNS)],
        "rows": table,
        "total": bool(table),
    }


def _by_group(rows: list[place_rows.Place]) -> dict[str, Any]:
    groups: dict[int, list[place_rows.Place]] = {}
    for one in rows:
        if one.group_id:
            groups.setdefault(one.group_id, []).append(one)
    table = [
        [
            served[0].group,
            ", ".join(str(one.neighbourhood.number or one.neighbourhood.name) for one in served),
            served[0].leader or "chưa có",
            *_coverage_cells(
                *(sum(getattr(one, name) for one in served) for name in ("households", "covered", "confirmed"))
            ),
        ]
        for served in sorted(groups.values(), key=lambda served: served[0].neighbourhood.number or 0)
    ]
    columns = [_column("Nhóm", 2.2, "left"), _column("Tổ dân phố", 1.1), _column("Trưởng nhóm", 1.8, "left")]
    return {
        "title": "Kết quả theo nhóm Zalo",
        "columns": [*columns, *(_column(title, weight) for title, weight in COVERAGE_COLUMNS)],
        "rows": table,
        "total": False,
    }


def _by_kind(eyes: Any, review: Review) -> dict[str, Any]:
    period = Period(review.start, review.end)
    keys = [one.key for one in figures.figures() if one.group == "tips_by_kind"]
    with translation.override("vi"):
        counted = count(eyes, period, whole_before(review.kind, period), keys)
        table = [[_capital(str(one.figure.label)), one.shown, one.note or "–"] for one in counted]
    return {
        "title": "Tin báo, phản ánh tiếp nhận theo loại",
        "columns": [_column("Loại tin", 4, "left"), _column("Số tin", 1), _column("So với kỳ trước", 2)],
        "rows": table,
        "total": False,
    }
