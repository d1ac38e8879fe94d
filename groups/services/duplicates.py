"""A person says that two rows of the roster are one resident, or two; what was put together can be taken apart."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from groups.models import DuplicateDecision, Household, Membership, Person, RulesAcceptance
from groups.selectors.duplicates import UNDO_LIVES
from groups.services import coverage
from vikhe_portal.core import audit
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require

Kind = DuplicateDecision.Kind
# What the kept row takes from the other where it is silent itself.
FILLED = ("birth_year", "phone", "zalo_name", "uses_zalo", "security_team", "claims_joined")


def _locked(actor: Actor, ids: tuple[int, int]) -> tuple[Person, Person]:
    homes = Household.objects.filter(ward_id=actor.ward_id, members__in=ids)
    coverage.lock_coverage(actor.ward_id, sorted(set(homes.values_list("neighbourhood_id", flat=True))))
    rows = Person.objects.select_for_update(of=("self",)).filter(ward_id=actor.ward_id).order_by("pk")
    people = {person.pk: person for person in rows.filter(pk__in=ids).select_related("household")}
    for person in people.values():
        require(actor, "rosters.merge", person.household)
    if len(people) != 2:
        raise DomainError(_("Choose two different people."))
    return people[ids[0]], people[ids[1]]


@transaction.atomic
def merge(*, actor: Actor, kept_id: int, other_id: int) -> DuplicateDecision:
    """Put two rows together: `kept` takes over memberships and whatever it lacks, `other` counts no more.

    Raises DomainError when one of them is no longer a current resident.
    """
    kept, other = _locked(actor, (kept_id, other_id))
    if {kept.status, other.status} != {Person.Status.CURRENT}:
        raise DomainError(_("One of the two no longer lives here or was put together already. Load the page again."))
    now = timezone.now()
    before: dict[str, Any] = {"filled": {}, "moved": [], "closed": [], "accepted": [], "home_ended": False}
    for name in FILLED:
        if not getattr(kept, name) and getattr(other, name):
            before["filled"][name] = [getattr(kept, name), getattr(other, name)]
            setattr(kept, name, getattr(other, name))
    groups = set(kept.memberships.filter(left_at=None).values_list("group_id", flat=True))
    for membership in other.memberships.filter(left_at=None):
        if membership.group_id in groups:
            membership.left_at = now
            before["closed"].append(membership.pk)
        else:
            membership.person = kept
            before["moved"].append(membership.pk)
        membership.save(update_fields=["left_at", "person"])
    for acceptance in other.acceptances.exclude(rules__in=kept.acceptances.values("rules_id")):
        before["accepted"].append(acceptance.pk)
        acceptance.person = kept
        acceptance.save(update_fields=["person"])
    other.status, other.left_at = Person.Status.MERGED, now
    kept.save()
    other.save(update_fields=["status", "left_at", "updated_at"])
    home = other.household
    if home.ended_at is None and not home.children and not home.members.filter(status="current").exists():
        before["home_ended"] = True
        _end(home, now)
    decision = DuplicateDecision.objects.create(
        ward_id=actor.ward_id, kind=Kind.MERGED, kept=kept, other=other, before=before, decided_by_id=actor.id
    )
    _count(actor, kept, other)
    audit.record(actor=actor, action="groups.people_merged", target=decision, fields=sorted(before["filled"]))
    return decision


def _end(home: Household, at: datetime | None) -> None:
    home.ended_at = at
    home.save(update_fields=["ended_at", "updated_at"])


def _count(actor: Actor, *people: Person) -> None:
    coverage.refresh_households(ward_id=actor.ward_id, household_ids=[person.household_id for person in people])


@transaction.atomic
def keep_apart(*, actor: Actor, first_id: int, second_id: int) -> DuplicateDecision:
    """Note that the two are different people, so that they are not suggested again."""
    first, second = _locked(actor, (first_id, second_id))
    decision, made = DuplicateDecision.objects.get_or_create(
        ward_id=actor.ward_id, kind=Kind.DISTINCT, kept=first, other=second, undone_at=None,
        defaults={"decided_by_id": actor.id},
    )  # fmt: skip
    if made:
        audit.record(actor=actor, action="groups.people_kept_apart", target=decision)
    return decision


@transaction.atomic
def undo(*, actor: Actor, decision_id: int) -> None:
    """Take a decision back: both people stand there as before, each with their own memberships.

    Raises DomainError after seven days, when it was undone already, or when somebody has changed a row meanwhile.
    """
    decision = DuplicateDecision.objects.select_for_update().get(pk=decision_id, ward_id=actor.ward_id)
    kept, other = _locked(actor, (decision.kept_id, decision.other_id))
    now = timezone.now()
    if decision.undone_at is not None or decision.created_at < now - UNDO_LIVES:
        raise DomainError(_("This can no longer be undone."))
    if decision.kind == Kind.MERGED:
        before = decision.before or {}
        if other.status != Person.Status.MERGED or kept.status != Person.Status.CURRENT:
            raise DomainError(_("Somebody has changed one of the two since. It can no longer be undone."))
        for name, (was, became) in before["filled"].items():
            if getattr(kept, name) == became:
                setattr(kept, name, was)
        kept.save()
        if before["home_ended"]:
            _end(other.household, None)
        other.status, other.left_at = Person.Status.CURRENT, None
        if other.household.members.filter(status="current", is_head=True).exists():
            other.is_head = False  # somebody else heads the household by now
        other.save(update_fields=["status", "left_at", "is_head", "updated_at"])
        mine = Membership.objects.filter(ward_id=actor.ward_id)
        mine.filter(pk__in=before["moved"], person=kept).update(person=other)
        mine.filter(pk__in=before["closed"], person=other).update(left_at=None)
        accepted = RulesAcceptance.objects.filter(ward_id=actor.ward_id, pk__in=before.get("accepted", ()))
        accepted.filter(person=kept).update(person=other)
        _count(actor, kept, other)
    decision.undone_at, decision.before = now, None
    decision.save(update_fields=["undone_at", "before", "updated_at"])
    audit.record(actor=actor, action="groups.duplicate_undone", target=decision)


@transaction.atomic
def forget_decisions(*, ward_id: int) -> int:
    """Seven days after it a merge cannot be undone, so what stood there before is forgotten. In the ward's scope."""
    old = DuplicateDecision.objects.filter(ward_id=ward_id, created_at__lt=timezone.now() - UNDO_LIVES)
    return old.exclude(before=None).update(before=None)
