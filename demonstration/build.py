"""Builds the demonstration ward step by step, each step through the services people use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from demonstration import history, room, territory
from demonstration.cast import WARD_ID
from demonstration.territory import START_DAYS
from gateways.services import channels


def load(*, say: Callable[[str], object]) -> bool:
    """Load the ward unless its accounts exist; returns whether anything was done."""
    if User.objects.filter(username="truongca").exists():
        channels.connect_demonstration(ward_id=WARD_ID)  # a stand-in started anew knows its first tokens only
        return False
    start = timezone.localtime().replace(hour=8, minute=0, second=0, microsecond=0) - timedelta(days=START_DAYS)
    for label, step in (
        ("phường và tài khoản", territory.make_ward),
        ("danh sách và nhóm", territory.make_roster),
        ("bốn tháng đi từng nhà", territory.live_on),
        ("tin báo", history.take_reports),
        ("bản tin", history.send_broadcasts),
        ("việc của Ban Chỉ đạo", room.supervise),
        ("lịch trực", territory.lay_shifts),
    ):
        began = timezone.now()
        step(start)
        say(f"    {label}: {(timezone.now() - began).total_seconds():.1f} s")
    return True
