"""Reads of people and posts."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Notice, Post, User
from vikhe_portal.core.permissions import Actor, HeldPost
from vikhe_portal.core.scope import actor_scope, ward_scope
from wards.models import Ward


def posts_today(user: User) -> list[Post]:
    """Posts this person holds at this moment, in every ward. Must run in the person's own scope."""
    return list(
        Post.objects.filter(user=user, held__contains=timezone.now())
        .select_related("ward", "ward__province")
        .order_by("ward_id", "id")
    )


def actor_of(user: User, posts: list[Post], ward_id: int | None) -> Actor:
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
    return holders(actor.ward_id or 0, *Post.POLICE)


def post_title(user_id: int, ward_id: int) -> str:
    """The title of a person's first post in the ward, for documents and pages."""
    post = (
        Post.objects.filter(user_id=user_id, ward_id=ward_id, held__contains=timezone.now()).order_by("id").first()
    )
    if post is None:
        return ""
    return post.title or str(post.get_kind_display())


def unread_notices(actor: Actor) -> QuerySet[Notice]:
    """The actor's notices not yet read, newest first."""
    return Notice.objects.filter(ward_id=actor.ward_id, user_id=actor.id, read_at__isnull=True).order_by("-created_at")


def ward_with_profile(ward_id: int) -> Ward:
    """The ward and its profile. Must run in the ward's scope."""
    return Ward.objects.select_related("province", "profile").get(pk=ward_id)


def demonstration_accounts(ward_id: int) -> list[dict[str, Any]]:
    """User names and posts of invented accounts of a demonstration ward, one per kind of post."""
    with ward_scope(ward_id):
        shown: dict[tuple[str, str], dict[str, Any]] = {}
        for post in Post.objects.filter(
            ward_id=ward_id, held__contains=timezone.now(), user__fictional=True
        ).select_related("user"):
            if post.user.has_usable_password():
                shown.setdefault(
                    (post.kind, post.capacity),
                    {"username": post.user.username, "name": post.user.get_full_name(), "kind": post.kind,
                     "title": post.title or str(post.get_kind_display())},
                )
        return list(shown.values())
