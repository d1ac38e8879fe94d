"""Intake of a resident's report: durable, sealed where it must be, its clocks started."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator

from django.db import connection

from tests.bench.harness import Line, compare
from tips.services import receipts
from tips.services.intake import Report, submit_public_tip
from tips.services.routing import About
from vikhe_portal.core.scope import ward_scope

TIMES = 60
TEXT = "Đèn đường ngõ 12 hỏng hai tuần nay, buổi tối trẻ con đi học về rất nguy hiểm. " * 7


def measure(wards: list[int]) -> Iterator[Line]:
    """The line of this part."""
    ward_id = wards[0]

    def product() -> float:
        began = time.perf_counter()
        for _number in range(TIMES):
            submit_public_tip(
                ward_id=ward_id,
                about=About.MATTER,
                report=Report(text=TEXT[:600]),
                submission=receipts.new_submission(),
            )
        return TIMES / (time.perf_counter() - began)

    def limit() -> float:
        began = time.perf_counter()
        for _number in range(TIMES):
            with ward_scope(ward_id), connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO wards_numberseries (ward_id, series, year, last) VALUES (%s, %s, 2026, 0)",
                    [ward_id, uuid.uuid4().hex],
                )
        return TIMES / (time.perf_counter() - began)

    yield compare(
        "tip intake",
        product=product,
        limit=limit,
        limit_is="one INSERT in a scope, committed",
        unit="1/s",
        at_least=0.4,
        note="one process, the service without HTTP",
    )
