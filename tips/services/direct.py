"""What somebody writes to the ward's Official Account: answered with the way to the form, never stored, never logged.

The id of a Zalo user is an identity, and a message there cannot first be asked whether it concerns the police. The form
can, so every report takes that way.
"""

from __future__ import annotations

import hashlib
import hmac
import logging

from django.core.cache import cache
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from redis.exceptions import RedisError

from gateways.services import replies
from gateways.zalo.webhook import Event
from tips.services.limits import day_key

logger = logging.getLogger(__name__)
QUIET = 600  # seconds in which one person is answered once
LANGUAGE = "vi"


def answer_direct(ward_id: int, channel_id: int, event: Event, base: str) -> None:
    """Answer once with the form's address; several messages in a row, and repeats of Zalo's, get one answer."""
    if not event.sender_id or not _first(event):
        return
    form = base.rstrip("/") + reverse("tips:ward-form", args=[ward_id])
    receipt = base.rstrip("/") + reverse("tips:receipt")
    with override(LANGUAGE):
        text = _(
            "The ward police do not take reports in this chat and have not kept your message. Please send it here, "
            "anonymously if you like: %(form)s You get a receipt code and read the answer at %(receipt)s In an "
            "emergency call 113, fire 114, ambulance 115."
        ) % {"form": form, "receipt": receipt}
    replies.reply_later(ward_id=ward_id, channel_id=channel_id, user_id=event.sender_id, text=text)


def _first(event: Event) -> bool:
    """Whether this person was not answered a moment ago. Counted under a hash whose key dies with the day."""
    try:
        mark = hmac.new(day_key(), event.sender_id.encode(), hashlib.sha256).hexdigest()[:24]
        return bool(cache.add(f"tips:direct:{mark}", 1, QUIET))
    except (RedisError, OSError, TypeError):
        logger.warning("no cache: answers to direct messages are not counted")
        return True
