"""Who leaves the ward by transfer or retirement: everything in hand passes on, posts and credentials end."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.utils import timezone

from accounts.models import Post
from accounts.selectors import actor_for
from broadcasts.services import writing
from groups.models import Appointment
from groups.policies.visibility import visible_groups, visible_neighbourhoods
from groups.services import handover
from groups.services.handover_running import run_due
from tests import factories as make
from tests.broadcasts.factories import draft
from tests.groups.governance.test_handover import leader_of, plan
from vikhe_portal.core import holdings
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import system_actor

DAY = timedelta(days=1)


def test_nothing_is_left_with_who_has_left_and_nothing_is_open_to_them(ward, chief, ground):
    apart = make.ZaloGroupFactory()  # a group that serves none of the giver's neighbourhoods
    make.GroupNeighbourhoodFactory(group=apart, neighbourhood=make.NeighbourhoodFactory())
    make.AppointmentFactory(group=apart, user=ground.giver)
    text = writing.write(actor=ground.giver_actor, draft=draft([ground.groups[0]]))
    start = timezone.now() + DAY
    row = plan(chief, ground, reason="transfer", effective_at=start)

    with time_machine.travel(start - timedelta(minutes=1), tick=False):
        run_due(ward_id=ward.pk)
        assert actor_for(ground.giver, ward.pk).has("area_officer")
        text.refresh_from_db()
        assert text.author_id == ground.giver.pk
    with time_machine.travel(start + timedelta(minutes=1), tick=False):
        gone = actor_for(ground.giver, ward.pk)
        assert gone.posts == ()  # before any job has run
        run_due(ward_id=ward.pk)
        assert not visible_groups(gone).exists() and not visible_neighbourhoods(gone).exists()
        assert holdings.held_by(system_actor(ward.pk), ground.giver.pk) == []
        assert leader_of(apart) == {ground.taker.pk}
        text.refresh_from_db()
        assert (text.author_id, text.editor_id) == (ground.taker.pk, ground.giver.pk)
        row.refresh_from_db()
        assert row.credentials_revoked_at == timezone.now()


def test_sessions_end_with_the_leaving_and_not_with_a_move(ward, chief, ground, client):
    client.force_login(ground.giver)
    key = client.session.session_key
    UserSession.objects.create(user=ground.giver, session_key=key, ip="127.0.0.1")
    plan(chief, ground, places=[ground.places[0]])
    run_due(ward_id=ward.pk)
    assert UserSession.objects.filter(session_key=key).exists()
    plan(chief, ground, places=[ground.places[1]], reason="retirement")
    run_due(ward_id=ward.pk)
    assert not UserSession.objects.filter(session_key=key).exists()


def test_who_leaves_keeps_no_neighbourhood_and_no_other_post(ward, chief, ground):
    with pytest.raises(DomainError) as refusal:
        plan(chief, ground, places=[ground.places[0]], reason="transfer")
    assert refusal.value.field == "neighbourhoods" and ground.places[1].name in str(refusal.value.message)
    make.make_post(ground.giver, "committee_member")
    with pytest.raises(DomainError) as refusal:
        plan(chief, ground, reason="transfer")
    assert refusal.value.field == "reason"
    assert leader_of(ground.groups[0]) == {ground.giver.pk}


def test_a_leaving_taken_back_gives_the_posts_back(ward, chief, ground):
    posts = list(Post.objects.order_by("pk").values_list("pk", "held", "ended_reason"))
    led = list(Appointment.objects.order_by("pk").values_list("user_id", "group_id", "held"))
    row = plan(chief, ground, reason="transfer", effective_at=timezone.now() + DAY)
    assert list(Post.objects.order_by("pk").values_list("pk", "held", "ended_reason")) != posts
    handover.take_back(actor=chief, handover=row, reason="Hoãn quyết định")
    assert list(Post.objects.order_by("pk").values_list("pk", "held", "ended_reason")) == posts
    assert list(Appointment.objects.order_by("pk").values_list("user_id", "group_id", "held")) == led
