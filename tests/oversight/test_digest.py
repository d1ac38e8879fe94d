"""The morning's word: at seven, once a day, to whom work waits and who is there."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.urls import reverse
from django.utils import timezone

from accounts.models import Absence, Notice
from oversight.services.digest import send_digest
from tests.tips.factories import make_tip

pytestmark = pytest.mark.django_db
VN = ZoneInfo("Asia/Ho_Chi_Minh")


def this_morning(hour: int, minute: int = 0) -> datetime:
    return timezone.localtime(timezone=VN).replace(hour=hour, minute=minute, second=0, microsecond=0)


@pytest.fixture
def waiting(ward, area_officer, duty_officer, committee_member):
    """A report in the hands of the area officer."""
    return make_tip(assignee=area_officer.user)


def told() -> list[int]:
    return list(Notice.objects.filter(kind="digest").values_list("user_id", flat=True))


def send(ward, now: datetime) -> int:
    """Send it as at `now`: the new notices get that moment."""
    before = set(Notice.objects.values_list("pk", flat=True))
    count = send_digest(ward_id=ward.pk, now=now)
    Notice.objects.exclude(pk__in=before).update(created_at=now)
    return count


def test_at_seven_those_with_work_are_told_and_nobody_else(ward, waiting, area_officer, committee_member, signed_in):
    assert send(ward, this_morning(6, 59)) == 0
    assert send(ward, this_morning(7, 5)) >= 1
    assert area_officer.id in told() and committee_member.id not in told()
    notice = Notice.objects.get(kind="digest", user=area_officer.user)
    assert notice.url == f"{reverse('oversight:home')}?viec=1"
    assert waiting.code in signed_in(area_officer).get(notice.url).content.decode()


def test_it_comes_once_a_day_and_not_in_the_afternoon(ward, waiting, area_officer):
    assert send(ward, this_morning(9, 0)) == 0
    send(ward, this_morning(7, 5))
    assert send(ward, this_morning(7, 15)) == 0
    assert told().count(area_officer.id) == 1
    assert send(ward, this_morning(7, 5) + timedelta(days=1)) >= 1


def test_who_is_away_is_left_in_peace(ward, waiting, area_officer):
    away = DateTimeTZRange(this_morning(0), this_morning(23))
    Absence.objects.create(ward=ward, user=area_officer.user, away=away)
    send(ward, this_morning(7, 5))
    assert area_officer.id not in told()


def test_the_job_of_the_day_sends_it(ward, waiting, area_officer, monkeypatch):
    from oversight import tasks

    calls = []
    monkeypatch.setattr(tasks, "send_digest", lambda *, ward_id: calls.append(ward_id))
    tasks.ward_day(ward_id=ward.pk)
    assert calls == [ward.pk]
