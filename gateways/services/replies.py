"""A word back to one person who wrote to the account. Tried once; nothing of it is stored, the log names nobody."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable

from django.db import DatabaseError, connection, transaction

from gateways.services.channels import ChannelHeld, access_token, endpoints, take_tokens
from gateways.zalo.client import OAClient
from gateways.zalo.outcomes import Outcome
from gateways.zalo.transport import Transport
from vikhe_portal.core.scope import ward_scope

logger = logging.getLogger(__name__)


def reply_later(*, ward_id: int, channel_id: int, user_id: str, text: str) -> None:
    """Send `text` to the person after this transaction, beside the request: Zalo waits two seconds for an answer."""

    def work() -> None:
        try:
            reply(ward_id=ward_id, channel_id=channel_id, user_id=user_id, text=text)
        finally:
            connection.close()

    transaction.on_commit(lambda: start(work))


def start(work: Callable[[], None]) -> None:
    """Run beside the request."""
    threading.Thread(target=work, name="zalo-reply", daemon=True).start()


def reply(*, ward_id: int, channel_id: int, user_id: str, text: str) -> bool:
    """Send at once; returns whether Zalo took it. A held account and a full minute send nothing."""
    try:
        with ward_scope(ward_id):
            if not take_tokens(channel_id, 1):
                return False
        with ward_scope(ward_id):
            token = access_token(channel_id)
        outcome = asyncio.run(_send(token, user_id, text))
    except (ChannelHeld, DatabaseError) as error:
        logger.warning("no reply through account %s: %s", channel_id, type(error).__name__)
        return False
    logger.info("reply through account %s: %s", channel_id, outcome.kind)
    return bool(outcome.remote_id)


async def _send(token: str, user_id: str, text: str) -> Outcome:
    async with Transport(endpoints()) as transport:
        return await OAClient(transport, access_token=token).send_cs_text(user_id, text)
