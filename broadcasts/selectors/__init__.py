"""Reads of broadcasts, for an actor."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from broadcasts.models import Broadcast, BroadcastVersion, Category, Delivery, Occurrence, Quarantine, Target
from broadcasts.policies import APPROVERS, postable_deliveries, visible_broadcasts, visible_deliveries
from broadcasts.selectors.recurring import in_words
from broadcasts.selectors.rendering import facts_of, filled, open_facts, post_text
from groups.models import Appointment, Coverage, GroupNeighbourhood, ZaloGroup
from groups.policies.visibility import visible_groups
from vikhe_portal.core.permissions import Actor
from wards.models import Ward

S = Delivery.State


def broadcasts_for_list(actor: Actor) -> QuerySet[Broadcast]:
    """Broadcasts the actor may know of, newest first, each with how many groups it reached."""
    return (
        visible_broadcasts(actor)
        .select_related("category", "author")
        .annotate(total=Count("deliveries"), good=Count("deliveries", filter=Q(deliveries__state__in=Delivery.GOOD)))
        .order_by("-id")
    )


def find(actor: Actor, uuid: Any) -> Broadcast | None:
    """One broadcast the actor may know of, or None."""
    rows = visible_broadcasts(actor).select_related("category", "category__parent", "author", "editor", "approved_by")
    return rows.filter(uuid=uuid).first()


def topics() -> QuerySet[Category]:
    """Topics with their subject group."""
    return Category.objects.filter(parent__isnull=False).select_related("parent")


def groups_for_choice(actor: Actor) -> QuerySet[ZaloGroup]:
    """Groups in use that the actor may address."""
    return visible_groups(actor).filter(status=ZaloGroup.Status.ACTIVE).order_by("name")


def target_ids(broadcast: Broadcast) -> list[int]:
    """Groups chosen for it."""
    return list(
        Target.objects.filter(ward_id=broadcast.ward_id, broadcast=broadcast).values_list("group_id", flat=True)
    )


@dataclass(frozen=True)
class Preview:
    """Exactly what will be posted, and the groups that get these very words."""

    groups: list[str]
    text: str


def previews(broadcast: Broadcast, limit: int = 60) -> list[Preview]:
    """What each chosen group gets to read (without the code, which is drawn when it goes out)."""
    groups = list(ZaloGroup.objects.filter(ward_id=broadcast.ward_id, pk__in=target_ids(broadcast)).order_by("name"))
    facts = facts_of(broadcast.ward_id, [group.pk for group in groups[:limit]])
    names: dict[str, list[str]] = {}
    for group in groups[:limit]:
        names.setdefault(post_text(broadcast, facts[group.pk], ""), []).append(group.name)
    return [Preview(same, text) for text, same in names.items()]


def plans_of(broadcast: Broadcast, limit: int = 5) -> list[Occurrence]:
    """The next times it goes out."""
    rows = Occurrence.objects.filter(ward_id=broadcast.ward_id, broadcast=broadcast, state=Occurrence.State.PLANNED)
    return list(rows.order_by("planned_at")[:limit])


def repeats(broadcast: Broadcast) -> str:
    """How it is repeated, in words; "" when it is not."""
    if not broadcast.rule:
        return ""
    first = Occurrence.objects.filter(ward_id=broadcast.ward_id, broadcast=broadcast, version=broadcast.version)
    at = first.order_by("pk").values_list("planned_at", flat=True).first()
    return in_words(broadcast.rule, at) if at else ""


def deliveries_of(actor: Actor, broadcast: Broadcast) -> QuerySet[Delivery]:
    """Where it went, what is not posted yet first."""
    rows = visible_deliveries(actor).filter(broadcast=broadcast).select_related("group", "holder", "done_by")
    return rows.order_by("done_at", "sent_at", "group__name")


def progress(rows: Iterable[Delivery]) -> dict[str, int]:
    """Counts of a campaign: total, posted, waiting, unknown, failed."""
    states = [row.state for row in rows]
    bad = (S.DEAD, S.EXPIRED, S.SKIPPED, S.CANCELLED)
    good = sum(state in Delivery.GOOD for state in states)
    return {
        "total": len(states),
        "good": good,
        "unknown": states.count(S.UNKNOWN),
        "failed": sum(state in bad for state in states),
        "waiting": sum(state in Delivery.OPEN and state != S.UNKNOWN for state in states),
        "share": round(100 * good / len(states)) if states else 0,
    }


@dataclass(frozen=True)
class Reach:
    """Households of the ward, those with a member in a chosen group's neighbourhoods, and the others."""

    households: int
    reached: int
    unserved: list[str]

    @property
    def missed(self) -> int:
        """Households this broadcast does not come to by a group."""
        return self.households - self.reached


def reach(broadcast: Broadcast) -> Reach:
    """How many households hear of it by the chosen groups, and which neighbourhoods no chosen group serves."""
    serving = GroupNeighbourhood.objects.filter(
        ward_id=broadcast.ward_id, group_id__in=target_ids(broadcast), held__contains=timezone.now()
    )
    served = set(serving.values_list("neighbourhood_id", flat=True))
    rows = list(
        Coverage.objects.filter(ward_id=broadcast.ward_id, households__gt=0)
        .order_by("neighbourhood__number", "neighbourhood__key")
        .values_list("neighbourhood_id", "neighbourhood__name", "households", "covered")
    )
    return Reach(
        sum(households for _pk, _name, households, _covered in rows),
        sum(covered for pk, _name, _households, covered in rows if pk in served),
        [name for pk, name, _households, _covered in rows if pk not in served],
    )


@dataclass(frozen=True)
class Card:
    """A card as its holder sees it."""

    delivery: Delivery
    text: str
    overdue: bool
    team: list[User]


def cards_for(actor: Actor) -> list[Card]:
    """Cards waiting for the actor, oldest first; a constant number of queries."""
    rows = list(
        postable_deliveries(actor).select_related("group", "occurrence", "broadcast").order_by("not_before", "id")[:60]
    )
    return _cards(actor, rows)


def card(actor: Actor, delivery_id: int) -> Card | None:
    """One card of the actor's, or None."""
    rows = list(postable_deliveries(actor).filter(pk=delivery_id).select_related("group", "occurrence", "broadcast"))
    return _cards(actor, rows)[0] if rows else None


def delivery(actor: Actor, delivery_id: int) -> Delivery | None:
    """One delivery the actor may know of, or None."""
    return visible_deliveries(actor).filter(pk=delivery_id).select_related("group", "broadcast", "done_by").first()


def _cards(actor: Actor, rows: list[Delivery]) -> list[Card]:
    now = timezone.now()
    ids = [row.group_id for row in rows]
    facts = facts_of(actor.ward_id, ids)
    versions = {
        (version.broadcast_id, version.number): version
        for version in BroadcastVersion.objects.filter(
            ward_id=actor.ward_id, broadcast_id__in=[row.broadcast_id for row in rows]
        )
    }
    team: dict[int, list[User]] = {}
    people = Appointment.objects.filter(ward_id=actor.ward_id, group_id__in=ids, held__contains=now)
    for person in people.exclude(user_id=actor.id).select_related("user").order_by("role"):
        team.setdefault(person.group_id, []).append(person.user)
    return [
        Card(
            row,
            post_text(versions[row.broadcast_id, row.occurrence.version], facts[row.group_id], row.full_code),
            row.deputies_from <= now,
            team.get(row.group_id, []),
        )
        for row in rows
    ]


def unknowns(actor: Actor) -> list[Card]:
    """Deliveries of which nobody knows whether they were posted, with the exact text to look for."""
    rows = visible_deliveries(actor).filter(state=S.UNKNOWN).select_related("group", "occurrence", "broadcast")
    return _cards(actor, list(rows.order_by("unknown_since")[:100]))


def quarantine_of(actor: Actor) -> Quarantine | None:
    """The ward's running hold after a restore, or None."""
    rows = Quarantine.objects.filter(ward_id=actor.ward_id, cleared_at__isnull=True)
    return rows.select_related("first_by").first()


def unsure_count(actor: Actor) -> int:
    """Posts through the account still to be decided on."""
    return Delivery.objects.filter(ward_id=actor.ward_id, state=S.UNKNOWN, kind=Delivery.Kind.GMF).count()


def overdue_cards(actor: Actor) -> QuerySet[Delivery]:
    """Cards whose own time has passed."""
    return visible_deliveries(actor).filter(state=S.HANDED_TO, deputies_from__lte=timezone.now())


def approvals_waiting(actor: Actor) -> QuerySet[Broadcast]:
    """Texts the actor may approve."""
    if not actor.has(*APPROVERS):
        return Broadcast.objects.none()
    rows = visible_broadcasts(actor).filter(status=Broadcast.Status.SUBMITTED)
    return rows.exclude(author_id=actor.id).exclude(editor_id=actor.id).order_by("submitted_at")


def public_post(code: str) -> dict[str, Any] | None:
    """Ward and row of a post by its code, or None. In door_scope."""
    row = Delivery.objects.filter(code=code).first()
    return None if row is None else {"ward_id": row.ward_id, "id": row.pk}


def public_post_words(delivery_id: int, ward_id: int) -> dict[str, Any] | None:
    """What a resident may compare a post with. Must run in the ward's scope."""
    row = Delivery.objects.filter(ward_id=ward_id, pk=delivery_id, state__in=Delivery.GOOD)
    found = row.select_related("occurrence", "group", "broadcast").first()
    if found is None:
        return None
    if found.broadcast.recalled_at is not None:  # a name in it must not be read here any longer
        return {"at": found.sent_at, "recalled_at": found.broadcast.recalled_at, "ward": Ward.objects.get(pk=ward_id)}
    version = BroadcastVersion.objects.get(
        ward_id=ward_id, broadcast_id=found.broadcast_id, number=found.occurrence.version
    )
    facts = facts_of(ward_id, [found.group_id])
    return {
        "title": version.title,
        "at": found.sent_at,
        "text": post_text(version, facts[found.group_id], found.full_code),
        "ward": Ward.objects.get(pk=ward_id),
    }


def feed_of(ward_id: int) -> list[dict[str, Any]]:
    """The last broadcasts meant for the web, as they were approved. Must run in the ward's scope."""
    facts = open_facts(ward_id)
    rows = Broadcast.objects.filter(
        ward_id=ward_id,
        on_web=True,
        status__in=[Broadcast.Status.DELIVERING, Broadcast.Status.DONE],
        recalled_at__isnull=True,
    ).exclude(valid_until__lt=timezone.localdate())
    return [
        {
            "uuid": row.uuid,
            "title": filled(row.title, facts),
            "text": filled(f"{row.body}\n\nNguồn: {row.source_line}", facts),
            "at": row.approved_at,
        }
        for row in rows.order_by("-approved_at")[:30]
    ]


def active_ward(ward_id: int) -> Ward | None:
    """A ward that uses the portal, or None."""
    return Ward.objects.filter(pk=ward_id, active=True).first()


def moment() -> datetime:
    """Now."""
    return timezone.now()
