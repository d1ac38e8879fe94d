"""Official Accounts: tokens that survive crashes, a rate kept in the database, a breaker a person resets.

Nothing here talks to Zalo inside a transaction. Functions named by channel id are for workers: they find the channel
through the worker's policy and open transactions of their own where they say so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gateways.models import ZaloChannel
from gateways.zalo.oauth import OAuthClient, OAuthRefused, TokenPair
from gateways.zalo.outcomes import Kind
from gateways.zalo.standin.demonstration import ACCOUNT_NAME, demonstration
from gateways.zalo.transport import Endpoints, Transport
from vikhe_portal.core import audit, crypto
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require, system_actor
from vikhe_portal.core.scope import ward_scope

REFRESH_BEFORE = timedelta(minutes=60)
REFRESH_LOST_AFTER = timedelta(minutes=2)
BREAK_AFTER = 5
STOPPING = {Kind.CHANNEL_DOWN, Kind.QUOTA}
FRESH = timedelta(minutes=10)
State = ZaloChannel.State


class ChannelHeld(Exception):
    """Nothing may be sent through this channel until a person has looked at it. The argument says why, in English."""


def endpoints() -> Endpoints:
    """The addresses of Zalo, or of the stand-in in development and demonstration."""
    return Endpoints(oauth=settings.ZALO_OAUTH_URL, openapi=settings.ZALO_OPENAPI_URL)


def _close(channel: ZaloChannel, field: str, value: str) -> None:
    box = crypto.encrypt(value.encode(), ward_id=channel.ward_id, context=f"gateways.{field}", row=str(channel.uuid))
    setattr(channel, field, box)


def _open(channel: ZaloChannel, field: str) -> str:
    box = getattr(channel, field)
    if not box:
        return ""
    return crypto.decrypt(box, ward_id=channel.ward_id, context=f"gateways.{field}", row=str(channel.uuid)).decode()


def secret_of(channel: ZaloChannel) -> str:
    """The OA secret with which webhooks are checked."""
    return _open(channel, "oa_secret")


@transaction.atomic
def connect(
    *,
    actor: Actor,
    name: str,
    oa_id: str,
    app_id: str,
    app_secret: str,
    oa_secret: str,
    access_token: str = "",
    refresh_token: str,
    expires_in: int = 0,
) -> ZaloChannel:
    """Enter an Official Account with the tokens its administrator obtained by consent; again to renew them.

    Without an access token the first send refreshes. Raises DomainError when an id is not a number.
    """
    if not actor.system:
        require(actor, "gateways.manage")
    if not (oa_id.isdigit() and app_id.isdigit()):
        raise DomainError(_("The ids of the Official Account and of the app are numbers. Copy them from the console."))
    channel = ZaloChannel.objects.select_for_update().filter(ward_id=actor.ward_id, oa_id=oa_id).first() or ZaloChannel(
        ward_id=actor.ward_id, oa_id=oa_id
    )
    channel.name, channel.app_id = name, app_id
    _close(channel, "app_secret", app_secret)
    _close(channel, "oa_secret", oa_secret)
    _store(channel, TokenPair(access_token, refresh_token, expires_in if access_token else 0))
    channel.state, channel.held_reason, channel.failures = State.ACTIVE, "", 0
    channel.save()
    audit.record(actor=actor, action="gateways.channel_connected", target=channel)
    return channel


def _store(channel: ZaloChannel, pair: TokenPair) -> None:
    now = timezone.now()
    _close(channel, "access_token", pair.access_token)
    _close(channel, "refresh_token", pair.refresh_token)
    channel.access_expires_at = now + timedelta(seconds=pair.expires_in)
    channel.refresh_issued_at, channel.refresh_started_at = now, None


def connect_demonstration(*, ward_id: int) -> ZaloChannel:
    """Connect the demonstration ward to the stand-in's account, whose ids and first tokens are always the same."""
    facts = demonstration()
    with ward_scope(ward_id):
        return connect(
            actor=system_actor(ward_id),
            name=ACCOUNT_NAME,
            oa_id=facts["oa_id"],
            app_id=facts["app_id"],
            app_secret=facts["app_secret"],
            oa_secret=facts["oa_secret_key"],
            access_token=facts["access_token"],
            refresh_token=facts["refresh_token"],
            expires_in=int(facts["expires_in"]),
        )


READABLE = ("unknown", "person")  # held back for sending, yet sound: one may look at what was posted


def access_token(channel_id: int, *, reading: bool = False) -> str:
    """Return a token that is good for an hour or more, refreshing it when needed; for workers, outside transactions.

    `reading`: only to look, which a channel held back by a person or for unknown posts still may.

    One refresher at a time: the note "refresh started" is committed before Zalo is asked, the new pair before it is
    used. After a crash in between the old refresh token is tried once more; when Zalo says it was used, the channel is
    held for a new consent. Raises ChannelHeld.
    """
    with transaction.atomic():
        channel = ZaloChannel.objects.select_for_update().get(pk=channel_id)
        now = timezone.now()
        if channel.state == State.HELD and not (reading and channel.held_reason in READABLE):
            raise ChannelHeld(channel.held_reason)
        if channel.access_expires_at and channel.access_expires_at - REFRESH_BEFORE > now:
            return _open(channel, "access_token")
        started = channel.refresh_started_at
        if started and now - started < REFRESH_LOST_AFTER:
            if channel.access_expires_at and channel.access_expires_at > now:
                return _open(channel, "access_token")
            raise ChannelHeld("another worker is refreshing the token")
        channel.refresh_started_at = now
        channel.save(update_fields=["refresh_started_at", "updated_at"])
        offered, secret = _open(channel, "refresh_token"), _open(channel, "app_secret")
    try:
        pair = asyncio.run(_refresh(channel.app_id, secret, offered))
    except OAuthRefused as refusal:
        _refresh_failed(channel_id, now, refusal)
        raise ChannelHeld(f"token refresh: {refusal.code or 'no answer'}") from refusal
    with transaction.atomic():
        channel = ZaloChannel.objects.select_for_update().get(pk=channel_id)
        _store(channel, pair)
        channel.save()
    return pair.access_token


async def _refresh(app_id: str, secret: str, refresh_token: str) -> TokenPair:
    async with Transport(endpoints()) as transport:
        return await OAuthClient(transport, app_id=app_id, app_secret=secret).refresh(refresh_token=refresh_token)


def _refresh_failed(channel_id: int, started: datetime, refusal: OAuthRefused) -> None:
    with transaction.atomic():
        channel = ZaloChannel.objects.select_for_update().get(pk=channel_id)
        if channel.refresh_started_at != started:
            return  # somebody else has the pair meanwhile
        if refusal.not_executed:
            channel.refresh_started_at = None
        if refusal.needs_consent:
            channel.state, channel.held_reason = State.HELD, "consent"
        channel.save()


def note_token_refused(channel_id: int, token: str) -> None:
    """Zalo did not take this access token: let the next `access_token` refresh once; a fresh one refused holds.

    A late answer about a token that was replaced meanwhile changes nothing. For workers.
    """
    with transaction.atomic():
        channel = ZaloChannel.objects.select_for_update().get(pk=channel_id)
        if _open(channel, "access_token") != token:
            return
        now = timezone.now()
        if channel.access_expires_at and channel.access_expires_at <= now:
            return  # noted already; the refresh is on its way
        if channel.refresh_issued_at and now - channel.refresh_issued_at < FRESH:
            channel.state, channel.held_reason = State.HELD, "token"
        else:
            channel.access_expires_at = now
        channel.save(update_fields=["state", "held_reason", "access_expires_at", "updated_at"])


def take_tokens(channel_id: int, wanted: int) -> int:
    """Take up to `wanted` sends from this minute's allowance and return how many; inside the caller's transaction.

    Nothing is granted while the channel is held: what was prepared before somebody held it stays here. The row stays
    locked until the caller commits, so two workers together never exceed the limit.
    """
    channel = ZaloChannel.objects.select_for_update().get(pk=channel_id)
    if channel.state == State.HELD:
        return 0
    minute = timezone.now().replace(second=0, microsecond=0)
    if channel.bucket_minute < minute:
        channel.bucket_minute, channel.bucket_used = minute, 0
    granted = max(0, min(wanted, channel.per_minute - channel.bucket_used))
    channel.bucket_used += granted
    channel.save(update_fields=["bucket_minute", "bucket_used", "updated_at"])
    return granted


def note_outcomes(channel_id: int, outcomes: Iterable[tuple[Kind, int | None]]) -> None:
    """Count what sends came to: five unknown in a row, or one answer that concerns the whole account, hold it."""
    with transaction.atomic(savepoint=False):
        channel = ZaloChannel.objects.select_for_update().get(pk=channel_id)
        before = channel.state, channel.failures
        for kind, code in outcomes:
            if kind == Kind.SENT:
                channel.failures = 0
            elif kind in STOPPING:
                channel.state, channel.held_reason = State.HELD, f"zalo {code}" if code is not None else str(kind)
            elif kind == Kind.UNKNOWN:
                channel.failures += 1
                if channel.failures >= BREAK_AFTER:
                    channel.state, channel.held_reason = State.HELD, "unknown"
        if (channel.state, channel.failures) != before:
            channel.save(update_fields=["state", "held_reason", "failures", "updated_at"])


@transaction.atomic
def release(*, actor: Actor, channel: ZaloChannel) -> ZaloChannel:
    """A person has looked at it: the channel sends again. Raises DomainError when it is not held."""
    channel = ZaloChannel.objects.select_for_update().get(pk=channel.pk, ward_id=actor.ward_id)
    require(actor, "gateways.manage", channel)
    if channel.state != State.HELD:
        raise DomainError(_("The channel is in use already."))
    channel.state, channel.held_reason, channel.failures = State.ACTIVE, "", 0
    channel.save()
    audit.record(actor=actor, action="gateways.channel_released", target=channel)
    return channel


@transaction.atomic
def hold(*, actor: Actor, channel: ZaloChannel, reason: str) -> ZaloChannel:
    """Stop everything that would go through this channel, until it is released."""
    channel = ZaloChannel.objects.select_for_update().get(pk=channel.pk, ward_id=actor.ward_id)
    require(actor, "gateways.manage", channel)
    channel.state, channel.held_reason = State.HELD, "person"
    channel.save()
    audit.record(actor=actor, action="gateways.channel_held", target=channel, reason=reason)
    return channel
