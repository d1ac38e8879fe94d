"""A person leaves the ward: their posts end at a moment, then sessions and keys. Nothing of it is passed on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Post, SealingKey, User
from accounts.services.sign_in import end_sessions
from vikhe_portal.core import audit
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor

# Posts that end with an officer's leaving; any other has duties of its own and is ended by whoever appoints to it.
OFFICER = (Post.Kind.AREA_OFFICER, Post.Kind.DUTY_OFFICER)


def posts_to_end(*, ward_id: int, user_id: int, at: datetime) -> list[Post]:
    """The posts that end when this officer leaves at `at`. DomainError when one of them does not end by leaving."""
    rows = Post.objects.select_for_update(of=("self",)).filter(
        ward_id=ward_id, user_id=user_id, held__overlap=DateTimeTZRange(at, None)
    )
    posts = list(rows.order_by("pk"))
    for post in posts:
        if post.kind not in OFFICER or post.held.lower >= at:
            raise DomainError(
                _("This person also holds the post “%(post)s”. End that post first, on the page of people and posts.")
                % {"post": post.get_kind_display()},
                field="reason",
            )
    return posts


@transaction.atomic
def end_posts(*, actor: Actor, user_id: int, at: datetime, reason: str) -> list[dict[str, Any]]:
    """End the officer's posts in the ward at `at`; returns what `give_posts_back` needs to undo it.

    For services that have asked the policy. Raises DomainError when the person holds a post of another kind.
    """
    before = []
    for post in posts_to_end(ward_id=actor.ward_id, user_id=user_id, at=at):
        upper = post.held.upper
        before.append({"id": post.pk, "to": upper.isoformat() if upper else None})
        post.held, post.ended_reason = DateTimeTZRange(post.held.lower, at), reason[:200]
        post.save(update_fields=["held", "ended_reason", "updated_at"])
        audit.record(actor=actor, action="accounts.post_ended", target=post, reason=reason)
    return before


@transaction.atomic
def give_posts_back(*, actor: Actor, before: list[dict[str, Any]], reason: str) -> None:
    """Undo `end_posts` before its moment has come."""
    for item in before:
        post = Post.objects.select_for_update().get(ward_id=actor.ward_id, pk=item["id"])
        post.held = DateTimeTZRange(post.held.lower, datetime.fromisoformat(item["to"]) if item["to"] else None)
        post.ended_reason = ""
        post.save(update_fields=["held", "ended_reason", "updated_at"])
        audit.record(actor=actor, action="accounts.post_changed", target=post, reason=reason)


@transaction.atomic
def revoke_credentials(*, actor: Actor, user: User) -> None:
    """End the sessions of a person who has left and retire their key for sealed identities. Twice changes nothing."""
    keys = SealingKey.objects.filter(ward_id=actor.ward_id, user=user, retired_at__isnull=True)
    retired = keys.update(retired_at=timezone.now())
    ended = end_sessions(user)
    audit.record(
        actor=actor, action="accounts.credentials_revoked", target=user, values={"keys": retired, "sessions": ended}
    )
