"""Broadcasts for tests, made through the services."""

from __future__ import annotations

from typing import Any

from broadcasts.models import Broadcast, Category, Occurrence
from broadcasts.services import planning, scheduling, writing
from broadcasts.services.writing import Draft
from tests.factories import AppointmentFactory, ZaloGroupFactory
from vikhe_portal.core.permissions import Actor

BODY = "Công an không làm việc qua điện thoại. Bà con dừng cuộc gọi và báo Cảnh sát khu vực."


def draft(groups: list[Any], **fields: Any) -> Draft:
    """What a writer types."""
    values = {
        "title": "Cảnh báo lừa đảo",
        "body": BODY,
        "category": Category.objects.get(key="security-1"),
        "source_line": "Công an phường Vị Khê",
        "group_ids": [group.pk for group in groups],
    }
    return Draft(**(values | fields))


def make_group(leader: Actor | None = None, **fields: Any) -> Any:
    """A group in use, led by somebody."""
    group = ZaloGroupFactory(**fields)
    if leader is not None:
        AppointmentFactory(group=group, user=leader.user)
    return group


def approved(author: Actor, approver: Actor, groups: list[Any], **fields: Any) -> Broadcast:
    """An approved broadcast."""
    row = writing.write(actor=author, draft=draft(groups, **fields))
    writing.submit(actor=author, broadcast=row)
    return writing.approve(actor=approver, broadcast=row, version=1, accept_findings=True)


def gone_out(author: Actor, approver: Actor, groups: list[Any], **fields: Any) -> Occurrence:
    """A broadcast whose deliveries exist."""
    row = approved(author, approver, groups, **fields)
    occurrence = scheduling.schedule(actor=author, broadcast=row)
    planning.plan_ward(ward_id=row.ward_id)
    occurrence.refresh_from_db()
    return occurrence
