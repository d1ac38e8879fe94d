"""Reads of residents' data requests, and of what the ward keeps of one person. Never a word of a report."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from groups.models import Household, Membership, Person, RulesAcceptance
from groups.policies.rosters import visible_households
from groups.policies.visibility import visible_neighbourhoods
from oversight.models import DataRequest
from oversight.policies.data_requests import visible_requests
from vikhe_portal.core.permissions import Actor
from wards.models import Neighbourhood

SOON = timedelta(days=2)


def requests(actor: Actor) -> QuerySet[DataRequest]:
    """The requests the actor may know of, the most urgent first."""
    rows = visible_requests(actor).select_related("person", "household__neighbourhood", "policy", "reply_policy")
    return rows.order_by("due_at", "pk")


def open_requests(actor: Actor) -> QuerySet[DataRequest]:
    """Not answered yet."""
    return requests(actor).filter(status=DataRequest.Status.OPEN)


def late_requests(actor: Actor) -> QuerySet[DataRequest]:
    """Not answered although the time is over."""
    return open_requests(actor).filter(due_at__lte=timezone.now())


def one_request(actor: Actor, pk: int) -> DataRequest | None:
    """One request, or None."""
    return requests(actor).select_related("recorded_by", "closed_by").filter(pk=pk).first()


def next_due(row: DataRequest) -> datetime:
    """What is due first: confirming reception, then the request itself."""
    return row.due_at if row.confirmed_at or row.status != "open" else min(row.reply_due_at, row.due_at)


def tone(due: datetime, now: datetime | None = None) -> str:
    """overdue, warn or running."""
    now = now or timezone.now()
    if now >= due:
        return "overdue"
    return "warn" if now >= due - SOON else "running"


def places(actor: Actor) -> QuerySet[Neighbourhood]:
    """Neighbourhoods whose residents' requests the actor may record."""
    return visible_neighbourhoods(actor)


def household_of_code(actor: Actor, place: Neighbourhood, code: str) -> Household | None:
    """The household of exactly this code, or None."""
    return visible_households(actor).filter(neighbourhood=place, code__iexact=code.strip(), ended_at=None).first()


def household(actor: Actor, pk: int) -> Household | None:
    """A household the actor may know of, or None."""
    return visible_households(actor).filter(pk=pk, ended_at=None).select_related("neighbourhood").first()


def people_of(home: Household) -> QuerySet[Person]:
    """Who lives there by the roster."""
    return Person.objects.filter(ward_id=home.ward_id, household=home, status=Person.Status.CURRENT)


def kept_of(row: DataRequest) -> dict[str, Any]:
    """What the ward's roster and groups keep of the person of a request."""
    stays = Membership.objects.filter(ward_id=row.ward_id, person=row.person).select_related("group")
    accepted = RulesAcceptance.objects.filter(ward_id=row.ward_id, person=row.person)
    return {
        "person": row.person,
        "household": row.household,
        "memberships": stays.order_by("joined_at", "pk"),
        "accepted": accepted.select_related("rules__group").order_by("accepted_at", "pk"),
    }
