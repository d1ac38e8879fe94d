"""Reads of directives and their parts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import Post, User
from groups.models import ZaloGroup
from oversight.models import Directive, DirectiveNote, DirectivePart, RaisedMatter
from oversight.policies.rooms import reads_all, visible_directives, visible_parts
from vikhe_portal.core.permissions import Actor
from wards.models import Neighbourhood
from wards.selectors import neighbourhoods_of


def with_progress(rows: QuerySet[Directive]) -> QuerySet[Directive]:
    """Add what the leaves say: `parts_all`, `parts_done`, `parts_late`, `parts_blocked` and whether one is `raised`.

    Dropped parts count nowhere. This is the only definition of a directive's progress.
    """
    today = timezone.localdate()
    live = ~Q(parts__status=DirectivePart.Status.CANCELLED)
    still = Q(parts__status=DirectivePart.Status.OPEN)
    undecided = RaisedMatter.objects.filter(
        ward_id=OuterRef("ward_id"), directive_id=OuterRef("pk"), decided_at__isnull=True
    )
    return rows.annotate(
        parts_all=Count("parts", filter=live),
        parts_done=Count("parts", filter=Q(parts__status=DirectivePart.Status.DONE)),
        parts_late=Count("parts", filter=still & Q(parts__due_on__lt=today)),
        parts_blocked=Count("parts", filter=still & Q(parts__blocked=True)),
        raised_now=Exists(undecided),
    )


def directives(actor: Actor) -> QuerySet[Directive]:
    """Directives the actor may know of, with their progress."""
    rows = with_progress(visible_directives(actor)).select_related("owner")
    return rows.order_by("-year", "-number")  # counting groups the rows, which drops the order of the model


def directive(actor: Actor, pk: int) -> Directive | None:
    """One directive with its progress, or None."""
    return with_progress(visible_directives(actor)).select_related("owner", "issued_by").filter(pk=pk).first()


def parts_of(actor: Actor, row: Directive) -> QuerySet[DirectivePart]:
    """The parts of a directive the actor may know of: all for committee, management and owner, else their own."""
    rows = visible_parts(actor).filter(directive=row)
    return rows.select_related("assignee", "neighbourhood", "group", "done_by")


def part(actor: Actor, pk: int) -> DirectivePart | None:
    """One part, or None."""
    return visible_parts(actor).select_related("directive", "assignee").filter(pk=pk).first()


def story(actor: Actor, row: Directive) -> QuerySet[DirectiveNote]:
    """What happened on a directive, newest first; whoever has a part only sees what concerns their own."""
    rows = DirectiveNote.objects.filter(ward_id=actor.ward_id, directive=row).select_related("author", "part")
    if reads_all(actor) or row.owner_id == actor.id:
        return rows
    return rows.filter(part__assignee_id=actor.id)


def raised(actor: Actor, row: Directive) -> QuerySet[RaisedMatter]:
    """What was put before the head on this directive; for committee, management and owner."""
    rows = RaisedMatter.objects.filter(ward_id=actor.ward_id, directive=row).select_related("raised_by", "decided_by")
    return rows if reads_all(actor) or row.owner_id == actor.id else rows.none()


def raised_matter(actor: Actor, pk: int) -> RaisedMatter | None:
    """One raised matter, or None."""
    rows = RaisedMatter.objects.filter(ward_id=actor.ward_id, directive__in=visible_directives(actor))
    return rows.select_related("directive").filter(pk=pk).first()


def people(actor: Actor) -> QuerySet[User]:
    """People of the ward who may be given a part: police, committee, group deputies."""
    kinds = (*Post.COMMITTEE, *Post.POLICE, Post.Kind.GROUP_DEPUTY)
    posts = Post.objects.filter(ward_id=actor.ward_id, held__contains=timezone.now(), kind__in=kinds)
    return User.objects.filter(pk__in=posts.values("user_id")).order_by("sort_name", "pk")


def neighbourhood_choices(actor: Actor) -> QuerySet[Neighbourhood]:
    """Neighbourhoods a part may be for."""
    return neighbourhoods_of(actor)


def group_choices(actor: Actor) -> QuerySet[ZaloGroup]:
    """Groups a part may be for."""
    return ZaloGroup.objects.filter(ward_id=actor.ward_id, status=ZaloGroup.Status.ACTIVE)


def open_parts(actor: Actor) -> QuerySet[DirectivePart]:
    """Open parts of running directives that the actor may know of."""
    return visible_parts(actor).filter(status=DirectivePart.Status.OPEN, directive__status=Directive.Status.OPEN)


def late_parts(actor: Actor) -> QuerySet[DirectivePart]:
    """Open parts past their date."""
    return open_parts(actor).filter(due_on__lt=timezone.localdate())


def own_parts_due(actor: Actor, days: int = 7) -> list[dict[str, Any]]:
    """The actor's own open parts due within some days, for the page of today."""
    limit = timezone.localdate() + timedelta(days=days)
    rows = open_parts(actor).filter(assignee_id=actor.id, due_on__lte=limit).order_by("due_on")
    return [
        {"directive_id": row.directive_id, "text": row.text, "due_on": row.due_on}
        for row in rows.only("directive_id", "text", "due_on")[:20]
    ]
