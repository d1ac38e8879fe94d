"""Reads of people and posts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Notice, Post, User
from accounts.selectors.sign_in import (
    FACTORS,
    NEEDS_SECOND_FACTOR,
    SESSION_BEGAN,
    SESSION_SEEN,
    has_passkey,
    has_second_factor,
    idle_limit,
    needs_second_factor,
    sign_in_state,
    user_by_login,
)
from vikhe_portal.core.permissions import Actor, HeldPost, Permission
from vikhe_portal.core.scope import actor_scope

__all__ = [
    "FACTORS",
    "NEEDS_SECOND_FACTOR",
    "has_passkey",
    "SESSION_BEGAN",
    "SESSION_SEEN",
    "has_second_factor",
    "idle_limit",
    "needs_second_factor",
    "sign_in_state",
    "user_by_login",
]

# The session's choice among the wards in which a person holds a post.
SESSION_WARD = "ward_id"


def posts_today(user: User) -> list[Post]:
    """Posts this person holds at this moment, in every ward. Must run in the person's own scope."""
    return list(
        Post.objects.filter(user=user, held__contains=timezone.now())
        .select_related("ward", "ward__province")
        .order_by("ward_id", "id")
    )


def actor_of(user: User, posts: list[Post], ward_id: int) -> Actor:
    """Build the actor for one ward from posts already read."""
    own = tuple(
        HeldPost(post.pk, post.kind, post.ward_id, post.neighbourhood_id, post.capacity)
        for post in posts
        if post.ward_id == ward_id
    )
    return Actor(user=user, ward_id=ward_id, posts=own)


def actor_for(user: User, ward_id: int) -> Actor:
    """Return the actor this person is in this ward today: for commands, jobs and tests."""
    with actor_scope(user.pk):
        posts = posts_today(user)
    return actor_of(user, posts, ward_id)


def holders(ward_id: int, *kinds: str) -> QuerySet[User]:
    """People who hold one of these posts in the ward now. Must run in the ward's scope."""
    return (
        User.objects.filter(
            is_active=True,
            posts__ward_id=ward_id,
            posts__kind__in=kinds,
            posts__held__contains=timezone.now(),
        )
        .distinct()
        .order_by("sort_name", "id")
    )


def police_of(actor: Actor) -> QuerySet[User]:
    """Police officers of the actor's ward, by given name."""
    return holders(actor.ward_id, *Post.POLICE)


def post_title(user_id: int, ward_id: int) -> str:
    """The title of a person's first post in the ward, for documents and pages."""
    post = Post.objects.filter(user_id=user_id, ward_id=ward_id, held__contains=timezone.now()).order_by("id").first()
    if post is None:
        return ""
    return post.title or str(post.get_kind_display())


def unread_notices(actor: Actor) -> QuerySet[Notice]:
    """The actor's notices not yet read, newest first."""
    return Notice.objects.filter(ward_id=actor.ward_id, user_id=actor.id, read_at__isnull=True).order_by("-created_at")


def staff_of(actor: Actor) -> QuerySet[Post]:
    """Posts of the actor's ward held today, with their holders: for the page of people and posts."""
    return (
        Post.objects.filter(ward_id=actor.ward_id, held__contains=timezone.now())
        .select_related("user", "neighbourhood")
        .order_by("user__sort_name", "user_id", "id")
    )


def staff_member(actor: Actor, user_id: int) -> User | None:
    """A person who holds or held a post in the actor's ward, or None: others do not exist here."""
    if not Post.objects.filter(ward_id=actor.ward_id, user_id=user_id).exists():
        return None
    return User.objects.filter(pk=user_id).first()


def posts_of(actor: Actor, user: User) -> QuerySet[Post]:
    """All posts of a person in the actor's ward, past ones too, newest first."""
    return (
        Post.objects.filter(ward_id=actor.ward_id, user=user).select_related("neighbourhood").order_by("-held", "-id")
    )


def post_of_ward(actor: Actor, post_id: int) -> Post | None:
    """One post of the actor's ward, or None."""
    return Post.objects.filter(ward_id=actor.ward_id, pk=post_id).select_related("user").first()


def moment() -> datetime:
    """Now, for templates that tell past posts from present ones."""
    return timezone.now()


# Kinds of notices in words. A notice says what kind of thing waits, never its content.
NOTICE_LABELS: dict[str, Any] = {
    "tip_new": _("A new report is waiting"),
    "join_asked": _("Somebody asks to join a group"),
    "duty_not_taken": _("A shift has begun and is not taken over"),
    "duty": _("Your shifts have changed"),
    "duty_gap": _("A shift has nobody any more"),
    "digest": _("What waits for you today"),
    "tip_assigned": _("A report was assigned to you"),
    "tip_deadline": _("A deadline is near or has passed"),
    "tip_reply": _("A reporter has written back"),
    "broadcast_approval": _("A broadcast is waiting for your approval"),
    "broadcast_card": _("A broadcast is waiting to be posted by you"),
    "broadcast_removal": _("A post is to be removed by you"),
    "quarantine": _("Sending is held back after a restore: your decision is needed"),
    "broadcast_unknown": _("A delivery needs your decision"),
    "emergency": _("EMERGENCY: say that you have it, then post it"),
    "emergency_drill": _("Drill: say that you have it"),
    "emergency_down": _("An emergency was taken down: remove the post"),
    "emergency_over": _("All-clear was given"),
    "handover": _("A handover needs you"),
    "handover_overdue": _("A step of a handover is overdue"),
    "check_due": _("A security check of a group is due"),
    "directive": _("A directive concerns you"),
    "regulation": _("The regulation waits for you to acknowledge it"),
    "review": _("A report is waiting for you"),
    "import": _("A roster file has been read"),
    "sign_in_locked": _("An account was locked after wrong passwords"),
    "data_breach": _("A breach of personal data was recorded"),
    "sealing_key_replaced": _("A key for sealed identities was replaced"),
    "key_made": _("A passkey was made with a code from the office"),
    "identity_decision": _("A decision on reporters' identities concerns you"),
    "second_factor_reset": _("A second factor was reset"),
}


def notices_in_words(actor: Actor, limit: int = 100) -> list[dict[str, Any]]:
    """The actor's unread notices as the page shows them."""
    return [
        {
            "pk": notice.pk,
            "label": NOTICE_LABELS.get(notice.kind, notice.kind),
            "url": notice.url,
            "created_at": notice.created_at,
            "alert": notice.alert,
        }
        for notice in unread_notices(actor).select_related("alert__taken_by")[:limit]
    ]


def own_notice(actor: Actor, notice_id: int) -> Notice | None:
    """A line of the actor's own notices, or None."""
    return Notice.objects.filter(ward_id=actor.ward_id, user_id=actor.id, pk=notice_id).first()


@dataclass(frozen=True)
class RightsRow:
    """One permission and, per kind of post, whether that post alone opens it."""

    name: str
    label: Any
    cells: list[bool]


def rights_table(actor: Actor, permissions: list[Permission]) -> tuple[list[Any], list[RightsRow]]:
    """Ask every rule for an actor holding just one post: the table shows what the engine really answers."""
    kinds = list(Post.Kind)
    trial = {
        kind: Actor(user=actor.user, ward_id=actor.ward_id, posts=(HeldPost(0, kind, actor.ward_id),)) for kind in kinds
    }
    rows = [
        RightsRow(permission.name, permission.label, [bool(permission.rule(trial[kind], None)) for kind in kinds])
        for permission in permissions
    ]
    return [kind.label for kind in kinds], rows


def title_of(actor: Actor) -> str:
    """The kinds of posts the actor holds today, in words, without a query."""
    kinds = dict(Post.Kind.choices)
    return ", ".join(str(kinds[post.kind]) for post in actor.posts)
