"""Tokens, rate and breaker of an Official Account."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from gateways.models import ZaloChannel
from gateways.services import channels
from gateways.zalo.outcomes import Kind
from gateways.zalo.standin.demonstration import demonstration
from tests.factories import WARD_ID
from vikhe_portal.core.errors import DomainError, Refused
from vikhe_portal.core.scope import ward_scope

pytestmark = pytest.mark.django_db


def expire(channel: ZaloChannel) -> None:
    ZaloChannel.objects.filter(pk=channel.pk).update(access_expires_at=timezone.now())


def test_secrets_are_nowhere_in_the_row_and_bound_to_it(channel):
    facts = demonstration()
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(c)::text FROM gateways_zalochannel c")
        (row,) = cursor.fetchone()
    for secret in ("app_secret", "oa_secret_key", "access_token", "refresh_token"):
        assert facts[secret] not in row
        assert facts[secret].encode().hex() not in row
    assert channels.secret_of(channel) == facts["oa_secret_key"]


def test_a_good_token_is_used_as_it_is(channel):
    assert channels.access_token(channel.pk) == demonstration()["access_token"]


def test_an_old_token_is_refreshed_once_and_the_new_pair_is_kept(channel, standin):
    expire(channel)
    fresh = channels.access_token(channel.pk)
    assert fresh != demonstration()["access_token"]
    assert fresh in standin.access
    assert channels.access_token(channel.pk) == fresh
    assert standin.refresh[demonstration()["refresh_token"]].used


def test_while_somebody_refreshes_nobody_else_asks_zalo(channel, standin):
    expire(channel)
    ZaloChannel.objects.filter(pk=channel.pk).update(refresh_started_at=timezone.now())
    with pytest.raises(channels.ChannelHeld):
        channels.access_token(channel.pk)
    assert not standin.refresh[demonstration()["refresh_token"]].used


def test_a_refresher_that_died_before_the_answer_is_made_up_for(channel, standin):
    expire(channel)
    ZaloChannel.objects.filter(pk=channel.pk).update(refresh_started_at=timezone.now() - timedelta(minutes=3))
    assert channels.access_token(channel.pk) in standin.access


def test_an_answer_that_was_lost_holds_the_channel_for_a_new_consent(channel, standin):
    standin.refresh[demonstration()["refresh_token"]].used = True  # Zalo gave the pair, we never saw it
    expire(channel)
    with pytest.raises(channels.ChannelHeld):
        channels.access_token(channel.pk)
    channel.refresh_from_db()
    assert (channel.state, channel.held_reason) == ("held", "consent")


def test_the_minute_allows_so_many_and_the_next_minute_again(channel, time_machine):
    ZaloChannel.objects.filter(pk=channel.pk).update(per_minute=5, bucket_minute=timezone.now() - timedelta(minutes=5))
    assert [channels.take_tokens(channel.pk, 3), channels.take_tokens(channel.pk, 3)] == [3, 2]
    assert channels.take_tokens(channel.pk, 1) == 0
    time_machine.move_to(timezone.now() + timedelta(seconds=61))
    assert channels.take_tokens(channel.pk, 9) == 5


@pytest.mark.parametrize(
    ("kinds", "held"),
    [
        ([Kind.UNKNOWN] * 4, False),
        ([Kind.UNKNOWN] * 5, True),
        ([Kind.UNKNOWN] * 4 + [Kind.SENT] + [Kind.UNKNOWN] * 4, False),
        ([Kind.CHANNEL_DOWN], True),
        ([Kind.RETRY] * 9, False),
        ([Kind.GROUP_REFUSED] * 9, False),
    ],
)
def test_the_breaker_opens_when_the_account_is_ill(channel, kinds, held):
    for kind in kinds:
        channels.note_outcomes(channel.pk, [(kind, -1)])
    channel.refresh_from_db()
    assert (channel.state == "held") is held


def test_only_a_person_lets_a_held_channel_send_again(channel, chief, area_officer):
    channels.note_outcomes(channel.pk, [(Kind.CHANNEL_DOWN, -221)])
    with pytest.raises(channels.ChannelHeld):
        channels.access_token(channel.pk)
    with pytest.raises(Refused):
        channels.release(actor=area_officer, channel=channel)
    channels.release(actor=chief, channel=channel)
    assert channels.access_token(channel.pk)
    with pytest.raises(DomainError):
        channels.release(actor=chief, channel=channel)


def test_another_wards_channel_does_not_exist(ward, other_ward, chief, signed_in):
    theirs = channels.connect_demonstration(ward_id=other_ward.pk)
    assert signed_in(chief).post(reverse("gateways:channel-release", args=[theirs.pk])).status_code == 404
    with ward_scope(WARD_ID):
        assert not ZaloChannel.objects.filter(pk=theirs.pk).exists()


def test_the_page_shows_a_held_channel_and_its_release(channel, chief, signed_in):
    channels.note_outcomes(channel.pk, [(Kind.CHANNEL_DOWN, -221)])
    page = signed_in(chief).get(reverse("gateways:channels"))
    assert page.status_code == 200
    assert reverse("gateways:channel-release", args=[channel.pk]) in page.content.decode()
