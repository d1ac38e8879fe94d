"""To the officer a report is about, and to everyone who may not know of it, every page is byte for byte the same."""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from accounts.models import Notice
from tests.factories import NeighbourhoodFactory
from tests.tips.factories import make_tip
from tips.registry import received_in
from tips.services import deciding, registers, ticking
from vikhe_portal.core import figures, holdings
from vikhe_portal.core.models import AuditEvent

pytestmark = [pytest.mark.django_db, pytest.mark.security]

PAGES = [
    "tips:queue", "tips:mine", "tips:register", "tips:entry", "oversight:home", "oversight:dashboard",
    "accounts:notices", "accounts:staff",
]  # fmt: skip
# What differs between two readings of the same page whatever happens: tokens of forms, and the time of reading.
NOISE = re.compile(
    rb'(name="(csrfmiddlewaretoken|submission)" value="[^"]+"|X-CSRFToken[^}]+|nonce="[^"]+"'
    rb"|\d\d:\d\d \d\d/\d\d/\d{4}|\d+ ph\xc3\xbat)"
)


def everything(client, actor) -> dict[str, bytes]:
    """All that this person can get at: pages, figures, today, holdings, audit, notices."""
    client.force_login(actor.user)
    actor.facts.clear()
    seen: dict[str, bytes] = {}
    for name in PAGES:
        for query in ("", "?state=all", "?q=CB"):
            answer = client.get(reverse(name) + query)
            seen[name + query] = b"%d " % answer.status_code + NOISE.sub(b"", answer.content)
    period = figures.Period(timezone.localdate() - timedelta(days=9), timezone.localdate())
    for figure in figures.figures():
        if figure.key.startswith("tips"):
            seen[figure.key] = f"{figure.value(actor, period)} {figure.rows_url(actor, period)}".encode()
    for entry in figures.today_entries():
        if entry.key.startswith("tips"):
            seen[entry.key] = repr([item["label"] for item in entry.items(actor)]).encode()
    seen["holdings"] = repr(holdings.held_by(actor, actor.id)).encode()
    lines = [event.action for event in AuditEvent.objects.order_by("id") if actor.id not in event.hidden_from]
    seen["audit"] = json.dumps([line for line in lines if line.startswith("tips.")]).encode()
    seen["notices"] = repr(list(Notice.objects.filter(user_id=actor.id).values_list("kind", "url"))).encode()
    return seen


POSTS = [
    "area_officer", "duty_officer", "deputy_chief", "committee_member", "deputy_head", "committee_head", "group_deputy",
]  # fmt: skip


@pytest.mark.parametrize("about", ["police", "bribery"])
@pytest.mark.parametrize("post", POSTS)
def test_everything_is_the_same_with_and_without_the_report(client, ward, chief, person_with_post, post, about):
    extra = {"neighbourhood": NeighbourhoodFactory(), "capacity": "party_secretary"} if post == "group_deputy" else {}
    actor = person_with_post(post, **extra)[1]
    subject = actor if post in ("area_officer", "duty_officer") else person_with_post("area_officer")[1]
    make_tip(kind="crime")
    later = timezone.now() + timedelta(days=60)
    ticking.announce_ward(ward_id=ward.pk)
    ticking.tick_ward(ward_id=ward.pk, now=later)
    before = everything(client, actor)
    report = make_tip(about, text="Nói năng khó nghe", subject_id=subject.id)
    ticking.announce_ward(ward_id=ward.pk)
    ticking.tick_ward(ward_id=ward.pk, now=later)
    after = everything(client, actor)
    assert [key for key in before if before[key] != after[key]] == []
    assert str(report.uuid).encode() not in b"".join(after.values())
    for name, arguments in (("tips:detail", []), ("tips:answer", []), ("tips:picture", [0])):
        answer = client.get(reverse(name, args=[report.uuid, *arguments]))
        assert answer.status_code in (403, 404)
        unknown = client.get(reverse(name, args=["00000000-0000-4000-8000-000000000000", *arguments]))
        assert answer.status_code == unknown.status_code
    told = Notice.objects.filter(url__contains=str(report.uuid)).values_list("user_id", flat=True)
    assert set(told) == {chief.id}


def test_the_chief_does_see_it(client, ward, chief, person_with_post):
    subject = person_with_post("area_officer")[1]
    before = everything(client, chief)
    report = make_tip("police", text="Nói năng khó nghe", subject_id=subject.id)
    after = everything(client, chief)
    assert after["tips:queue"] != before["tips:queue"] and after["tips_open"] != before["tips_open"]
    assert report.code in client.get(reverse("tips:queue")).content.decode()


def test_a_tip_that_turns_out_to_be_about_an_officer_vanishes_from_their_figures_and_register(
    ward, chief, duty_officer, area_officer
):
    tip = make_tip(assignee=area_officer.user)
    period = figures.Period(timezone.localdate(), timezone.localdate())
    assert received_in(area_officer, period).count() == 1
    deciding.name_subjects(actor=duty_officer, tip=tip, users=[area_officer.user], reason="x")
    assert received_in(area_officer, period).count() == 0
    assert received_in(duty_officer, period).count() == 0
    assert received_in(chief, period).count() == 1
    assert holdings.held_by(chief, area_officer.id) == []
    data = registers.export_register(actor=duty_officer, year=tip.year)
    sheet = load_workbook(io.BytesIO(data)).active
    assert sheet.max_row == 1
