"""The first words of a report, suggested from its own figures; people finish them. Such documents are Vietnamese."""

from __future__ import annotations

from typing import Any

from oversight.selectors.counting import as_text, number
from oversight.selectors.reviews import SECTIONS
from vikhe_portal.core.documents.model import short_date
from vikhe_portal.core.figures import Period


def suggested(rows: list[dict[str, Any]], period: Period, committee: str, ward: str) -> dict[str, str]:
    """Section key → text suggested from frozen figures. Only what the figures say; no judgement on anyone."""
    good, bad = _strengths(rows), _shortcomings(rows)
    texts = {key: "" for key, _title in SECTIONS}
    texts["general"] = (
        f"Từ ngày {short_date(period.start)} đến ngày {short_date(period.end)}, {committee} phường {ward} tiếp tục chỉ "
        "đạo thực hiện mô hình “Zalo an ninh trật tự của Cảnh sát khu vực”, giao Công an phường là cơ quan thường trực "
        "theo dõi, đôn đốc, kiểm tra và đánh giá kết quả thực hiện."
    )
    texts["strengths"] = "\n".join(f"- {text}" for text in good)
    texts["shortcomings"] = "\n".join(f"- {text}" for text in bad)
    if bad:
        texts["tasks"] = "\n".join(f"- {text}" for text in _tasks(rows))
    return texts


def _moved(row: dict[str, Any]) -> float:
    """How far a figure moved since the period before; not at all where there was nothing to measure against."""
    if row["before"] is None or row["kind"] == "percent" and not row["before"][1]:
        return 0.0
    return number(row["kind"], row["value"]) - number(row["kind"], row["before"])


def _pair(row: dict[str, Any]) -> str:
    return f"từ {as_text(row['kind'], row['before'])} lên {as_text(row['kind'], row['value'])}"


def _strengths(rows: list[dict[str, Any]]) -> list[str]:
    found = []
    for row in rows:
        moved = _moved(row)
        if row["good"] == "up" and moved > 0:
            found.append(f"{row['label']} tăng {_pair(row)}.")
        elif row["good"] == "down" and moved < 0:
            found.append(
                f"{row['label']} giảm từ {as_text(row['kind'], row['before'])} "
                f"xuống {as_text(row['kind'], row['value'])}."
            )
    return found[:6]


def _behind(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["good"] == "down" and number(row["kind"], row["value"]) > 0]


def _shortcomings(rows: list[dict[str, Any]]) -> list[str]:
    found = [f"{row['label']}: {as_text(row['kind'], row['value'])}." for row in _behind(rows)]
    found += [
        f"{row['label']} giảm từ {as_text(row['kind'], row['before'])} xuống {as_text(row['kind'], row['value'])}."
        for row in rows
        if row["good"] == "up" and _moved(row) < 0
    ]
    return found[:8]


def _tasks(rows: list[dict[str, Any]]) -> list[str]:
    labels = [str(row["label"])[:1].lower() + str(row["label"])[1:] for row in _behind(rows)[:5]]
    found = [f"Tập trung khắc phục nội dung còn tồn tại: {label}." for label in labels]
    return [*found, "Duy trì kiểm tra định kỳ các nhóm, báo cáo kết quả về Ban Chỉ đạo đúng thời hạn."]
