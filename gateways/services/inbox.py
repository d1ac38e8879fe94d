"""Events that providers send: checked, stored once, handed to whoever registered for their kind."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from gateways.models import InboxEvent, ZaloChannel
from gateways.services.channels import secret_of
from gateways.zalo import webhook
from vikhe_portal.core import crypto
from vikhe_portal.core.jobs import enqueue_on_commit
from vikhe_portal.core.scope import door_scope, ward_scope

logger = logging.getLogger(__name__)
ZALO = "zalo"
BATCH = 100
DIRECT = "user_send_"
State = InboxEvent.State
Handler = Callable[[int, dict[str, Any]], bool]
# handler(ward_id, channel_id, event, base address of the portal): for what a person writes to the account itself.
DirectHandler = Callable[[int, int, webhook.Event, str], None]
_handlers: dict[str, Handler] = {}
_direct: list[DirectHandler] = []


def register_handler(name: str, handler: Handler) -> None:
    """Register what happens with an event of this name: handler(ward_id, payload) → whether it did anything.

    Called from AppConfig.ready() of the apps above; the handler runs in the ward's scope and may raise.
    """
    _handlers[name] = handler


def register_direct(handler: DirectHandler) -> None:
    """Register who answers what a person writes to the account. With one registered, such a message is handed over
    in memory and never stored: the id of its sender is an identity. Called from AppConfig.ready(); runs in the ward's
    scope, must be quick, and does not raise."""
    _direct.append(handler)


class UnknownAccount(Exception):
    """No channel of this installation has this Official Account."""


def receive_zalo(*, oa_id: str, raw: bytes, signature: str | None, now: datetime | None = None, base: str = "") -> bool:
    """Take one webhook request: check it over its raw bytes, store it once. Returns whether it is stored anew.

    Opens scopes of its own. Group chatter and echoes are dropped before anything is written; what a person writes to
    the account is answered and not stored either. Raises UnknownAccount, or
    WebhookRefused for a wrong signature, an old or a broken body.
    """
    with ward_scope(None), door_scope(oa_id):
        channel = ZaloChannel.objects.filter(oa_id=oa_id).first()
    if channel is None:
        raise UnknownAccount
    event = webhook.receive(
        raw, signature, app_id=channel.app_id, oa_secret=secret_of(channel), now=now or timezone.now()
    )
    if event.handling != webhook.Handling.STORE:
        return False
    if _direct and event.name.startswith(DIRECT):
        with ward_scope(channel.ward_id):
            for handler in _direct:
                handler(channel.ward_id, channel.pk, event, base)
        return False
    with ward_scope(channel.ward_id):
        row = InboxEvent(
            ward_id=channel.ward_id, provider=ZALO, source=oa_id, name=event.name, dedupe_key=event.dedupe_key
        )
        row.payload = crypto.encrypt(raw, ward_id=row.ward_id, context="gateways.inbox", row=str(row.uuid))
        stored = InboxEvent.objects.bulk_create([row], ignore_conflicts=True)
        enqueue_on_commit("gateways.drain_inbox", ward_id=channel.ward_id)
        return bool(stored)


def drain(*, ward_id: int) -> int:
    """Hand waiting events to their handlers, each in a transaction of its own; returns how many.

    A bad row is marked failed with the kind of its problem and stops nothing.
    """
    handled = 0
    while handled < BATCH:
        with ward_scope(ward_id):
            row = (
                InboxEvent.objects.select_for_update(skip_locked=True)
                .filter(ward_id=ward_id, state=State.NEW)
                .order_by("id")
                .first()
            )
            if row is None:
                break
            _handle(row)
            handled += 1
    return handled


def _handle(row: InboxEvent) -> None:
    handler = _handlers.get(row.name)
    row.handled_at = timezone.now()
    if handler is None:
        row.state = State.IGNORED
    else:
        try:
            with transaction.atomic():
                raw = crypto.decrypt(
                    bytes(row.payload), ward_id=row.ward_id, context="gateways.inbox", row=str(row.uuid)
                )
                row.state = State.DONE if handler(row.ward_id, json.loads(raw)) else State.IGNORED
        except Exception as error:  # any fault of one event must not stop the others
            logger.warning("event %s of ward %s failed: %s", row.pk, row.ward_id, type(error).__name__)
            row.state, row.problem = State.FAILED, type(error).__name__
    row.payload = b""  # what was done with it is kept elsewhere; the words are not
    row.save(update_fields=["state", "problem", "handled_at", "payload"])
