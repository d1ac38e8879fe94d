"""Writes on people and posts."""

from __future__ import annotations

import secrets
import unicodedata
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Notice, Post, User
from vikhe_portal.core import audit
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require
from vikhe_portal.core.text import name_sort_key, search_key
from wards.models import Neighbourhood


def user_name_for(full_name: str) -> str:
    """Propose a free user name from a name: given name and initials, then a number ("cuongdv", "cuongdv2")."""
    parts = search_key(unicodedata.normalize("NFC", full_name)).split()
    if not parts:
        return "nguoidung"
    base = parts[-1] + "".join(part[0] for part in parts[:-1])
    taken = set(User.objects.filter(username__startswith=base).values_list("username", flat=True))
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}{number}"
    return name


def new_password() -> str:
    """A first password that can be read aloud: four groups of four letters and digits (about 76 bits)."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _i in range(4)) for _g in range(4))


@transaction.atomic
def create_user(
    *,
    actor: Actor,
    full_name: str,
    rank: str = "",
    username: str = "",
    password: str | None = None,
    fictional: bool = False,
) -> User:
    """Make an account. Without a password nobody can sign in to it yet. Returns the user.

    Raises DomainError when the user name is taken or the password too weak.
    """
    if not actor.system:
        require(actor, "accounts.manage")
    user = User(
        username=username or user_name_for(full_name),
        full_name=full_name,
        sort_name=name_sort_key(full_name),
        rank=rank,
        fictional=fictional,
    )
    if password is None:
        user.set_unusable_password()
    else:
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise DomainError(" ".join(error.messages), field="password") from error
        user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise DomainError(_("This user name is taken. Choose another one."), field="username") from error
    audit.record(actor=actor, action="accounts.user_created", target=user)
    return user


@transaction.atomic
def create_staff(
    *,
    actor: Actor,
    full_name: str,
    kind: str,
    rank: str = "",
    capacity: str = "",
    neighbourhood: Neighbourhood | None = None,
    title: str = "",
    phone: str = "",
    phone_published: bool = False,
    decision_no: str = "",
) -> User:
    """Make an account and appoint its person to a first post, both or neither. Returns the user."""
    user = create_user(actor=actor, full_name=full_name, rank=rank)
    appoint(
        actor=actor,
        user=user,
        kind=kind,
        capacity=capacity,
        neighbourhood_id=neighbourhood.pk if neighbourhood else None,
        title=title,
        phone=phone,
        phone_published=phone_published,
        decision_no=decision_no,
    )
    return user


@transaction.atomic
def appoint(
    *,
    actor: Actor,
    user: User,
    kind: str,
    since: datetime | None = None,
    until: datetime | None = None,
    neighbourhood_id: int | None = None,
    capacity: str = "",
    title: str = "",
    phone: str = "",
    phone_published: bool = False,
    decision_no: str = "",
    is_cover: bool = False,
) -> Post:
    """Give a person a post in the actor's ward from `since` (now) to `until` (open). Returns the post.

    Raises DomainError when the ward already has a chief or head in that time, or the person holds this very post.
    """
    if not actor.system:
        require(actor, "accounts.manage")
    post = Post(
        ward_id=actor.ward_id,
        user=user,
        kind=kind,
        capacity=capacity,
        neighbourhood_id=neighbourhood_id,
        title=title,
        phone=phone,
        phone_published=phone_published,
        held=DateTimeTZRange(since or timezone.now(), until),
        decision_no=decision_no,
        is_cover=is_cover,
    )
    try:
        with transaction.atomic():
            post.save()
    except IntegrityError as error:
        raise DomainError(
            _("Somebody already holds this post in that time. End the other appointment first."), code="overlap"
        ) from error
    audit.record(actor=actor, action="accounts.appointed", target=post, values={"kind": kind, "user": user.pk})
    return post


@transaction.atomic
def end_post(*, actor: Actor, post: Post, at: datetime | None = None, reason: str = "") -> Post:
    """End a post at a moment (now). From then on every request of that person is judged without it."""
    if not actor.system:
        require(actor, "accounts.manage")
    post = Post.objects.select_for_update().get(pk=post.pk)
    end = at or timezone.now()
    if post.held.upper is not None and post.held.upper <= end:
        raise DomainError(_("This post has already ended."))
    post.held = DateTimeTZRange(post.held.lower, end)
    post.ended_reason = reason
    post.save(update_fields=["held", "ended_reason", "updated_at"])
    audit.record(actor=actor, action="accounts.post_ended", target=post, reason=reason)
    return post


@transaction.atomic
def give_first_password(*, actor: Actor, user: User) -> str:
    """Give a person a new first password, shown once to whoever hands it over; it must be changed at sign-in.

    All their sessions end. Returns the password. Raises DomainError for oneself: use the page for one's own password.
    """
    if not actor.system:
        require(actor, "accounts.manage")
        if actor.id == user.pk:
            raise DomainError(_("Change your own password on your account page."))
        if not Post.objects.filter(ward_id=actor.ward_id, user=user).exists():
            raise DomainError(_("This person holds no post in this ward."))
    password = new_password()
    user.set_password(password)
    user.must_change_password = True
    user.is_active = True
    user.save(update_fields=["password", "must_change_password", "is_active"])
    audit.record(actor=actor, action="accounts.first_password_given", target=user)
    return password


@transaction.atomic
def password_was_changed(*, user: User) -> None:
    """Note that the person chose a password of their own: the first-sign-in duty is done."""
    if user.must_change_password:
        user.must_change_password = False
        user.save(update_fields=["must_change_password"])


def notify(*, ward_id: int, user_ids: list[int], kind: str, url: str) -> None:
    """Put a line without content into people's notices: what kind of thing waits, and where."""
    Notice.objects.bulk_create([Notice(ward_id=ward_id, user_id=user_id, kind=kind, url=url) for user_id in user_ids])


def read_notices(*, actor: Actor) -> int:
    """Mark the actor's notices as read; returns how many."""
    return Notice.objects.filter(ward_id=actor.ward_id, user_id=actor.id, read_at__isnull=True).update(
        read_at=timezone.now()
    )
