"""A handover announced: drafted for its groups, ticked where it was posted, told by hand with a reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.selectors import actor_for
from broadcasts.models import Broadcast, Delivery, Target
from broadcasts.services import announcing, cards, planning, scheduling, writing
from groups.services import handover, handover_steps
from tests.factories import (
    WARD_ID,
    AppointmentFactory,
    GroupNeighbourhoodFactory,
    NeighbourhoodFactory,
    OfficerAreaFactory,
    ZaloGroupFactory,
    make_post,
    make_user,
)
from vikhe_portal.core.errors import DomainError


@pytest.fixture
def area(ward, chief):
    """Two groups of one officer and a successor: (giver, taker, places, groups)."""
    giver, taker = make_user(full_name="Nguyễn Văn Giao"), make_user(full_name="Trần Văn Nhận")
    for user in (giver, taker):
        make_post(user, "area_officer")
    places, groups = [], []
    for number in (1, 2):
        places.append(NeighbourhoodFactory(number=number, name=f"Tổ dân phố số {number}"))
        groups.append(ZaloGroupFactory(name=f"Zalo ANTT Tổ dân phố số {number}"))
        GroupNeighbourhoodFactory(group=groups[-1], neighbourhood=places[-1])
        OfficerAreaFactory(user=giver, neighbourhood=places[-1])
        AppointmentFactory(group=groups[-1], user=giver)
    return giver, taker, places, groups


def plan(chief, area, when=None):
    giver, taker, places, _groups = area
    return handover.plan_move(
        actor=chief,
        from_user=giver,
        to_user=taker,
        neighbourhood_ids=[place.pk for place in places],
        reason="move",
        decision_no="15/QĐ-CAP",
        effective_at=when,
    )


def acting(user):
    return actor_for(user, WARD_ID)


def told(row) -> list[int]:
    """Groups whose step is ticked."""
    return sorted(row.steps.filter(key="announcement", done_at__isnull=False).values_list("group_id", flat=True))


def test_one_press_drafts_it_for_every_group_and_names_who_leads_now(area, chief, signed_in):
    row, (_giver, taker, _places, groups) = plan(chief, area), area
    client = signed_in(acting(taker))
    page = reverse("groups:handover", args=[row.pk])
    assert "Soạn thông báo" in client.get(page).content.decode()
    answer = client.post(reverse("broadcasts:announcement", args=[row.pk]))
    draft = Broadcast.objects.get()
    assert answer["Location"] == reverse("broadcasts:edit", args=[draft.uuid])
    assert draft.status == "draft" and draft.author_id == taker.pk and draft.holds == []
    assert set(Target.objects.values_list("group_id", flat=True)) == {group.pk for group in groups}
    shown = client.get(reverse("broadcasts:detail", args=[draft.uuid])).content.decode()
    assert "Trần Văn Nhận" in shown and groups[0].token in shown
    assert reverse("broadcasts:detail", args=[draft.uuid]) in client.get(page).content.decode()
    assert told(row) == []


def test_a_second_press_makes_no_second_draft_until_the_first_was_stopped(area, chief, deputy_chief):
    row, taker = plan(chief, area), acting(area[1])
    draft = announcing.draft_announcement(actor=taker, handover=row)
    with pytest.raises(DomainError):
        announcing.draft_announcement(actor=taker, handover=row)
    writing.submit(actor=taker, broadcast=draft)
    writing.approve(actor=deputy_chief, broadcast=draft, version=1)
    writing.stop(actor=taker, broadcast=draft, reason="viết lại")
    assert announcing.draft_announcement(actor=taker, handover=row).pk != draft.pk


def test_the_step_is_done_in_the_group_where_it_was_posted(area, chief):
    row, taker = plan(chief, area), area[1]
    actor = acting(taker)
    draft = announcing.draft_announcement(actor=actor, handover=row)
    writing.submit(actor=actor, broadcast=draft)
    writing.approve(actor=chief, broadcast=draft, version=1)
    assert told(row) == []
    scheduling.schedule(actor=actor, broadcast=draft)
    planning.plan_ward(ward_id=WARD_ID)
    first, second = Delivery.objects.order_by("group_id")
    cards.mark_posted(actor=actor, delivery_id=first.pk, kind="code", code=first.full_code)
    assert told(row) == [first.group_id]
    assert row.steps.get(key="announcement", group_id=first.group_id).done_by_id == taker.pk
    cards.leave_out(actor=actor, delivery_id=second.pk, reason="nhóm tạm khóa")
    assert told(row) == [first.group_id]


def test_told_in_another_way_needs_to_say_how(area, chief):
    row = plan(chief, area)
    step = row.steps.filter(key="announcement").first()
    with pytest.raises(DomainError) as refusal:
        handover_steps.do_step(actor=acting(area[1]), step=step, note="")
    assert refusal.value.field == "note"
    handover_steps.do_step(actor=acting(area[1]), step=step, note="Giới thiệu tại buổi họp tổ dân phố")
    assert told(row) == [step.group_id]


def test_not_before_it_is_in_effect_nor_by_the_giver(area, chief, signed_in):
    row = plan(chief, area, when=timezone.now() + timedelta(days=1))
    for actor in (chief, acting(area[0]), acting(area[1])):
        with pytest.raises(DomainError):
            announcing.draft_announcement(actor=actor, handover=row)
    stranger = make_user()
    make_post(stranger, "area_officer")
    url = reverse("broadcasts:announcement", args=[row.pk])
    assert signed_in(acting(stranger)).post(url).status_code == 404
    assert not Broadcast.objects.exists()
