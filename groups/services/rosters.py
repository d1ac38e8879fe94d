"""What is done at a door: mark a household joined, take it back, note why not, choose another channel."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from groups.models import GroupNeighbourhood, GroupRules, Household, Membership, Person, ZaloGroup
from groups.policies.rosters import visible_households
from groups.services import coverage
from groups.services.joining import accept_at_door
from vikhe_portal.core import audit
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require

WISH_LASTS = timedelta(days=365)
LEAVERS_KEPT = timedelta(days=30)
Gap, Channel = Household.Gap, Household.Channel


def _locked(actor: Actor, household_id: int) -> Household:
    """The household, locked after the coverage of its neighbourhood; Household.DoesNotExist for others' rows."""
    place = visible_households(actor).values_list("neighbourhood_id", flat=True).get(pk=household_id)
    coverage.lock_coverage(actor.ward_id, [place])
    household = Household.objects.select_for_update().get(pk=household_id, ward_id=actor.ward_id)
    require(actor, "rosters.mark", household)
    if household.ended_at is not None:
        raise DomainError(_("This household has ended and is kept for its history only."))
    return household


def _group_of(household: Household) -> ZaloGroup | None:
    serving = GroupNeighbourhood.objects.filter(
        ward_id=household.ward_id,
        neighbourhood_id=household.neighbourhood_id,
        held__contains=timezone.now(),
        group__status=ZaloGroup.Status.ACTIVE,
    )
    found = serving.select_related("group").first()
    return found.group if found else None


@transaction.atomic
def mark_once(
    *, actor: Actor, household_id: int, version: int | None, key: UUID | None, mark: Callable[[], Household]
) -> bool:
    """Carry out `mark` unless it was carried out before: a phone may send it again after a lost answer.

    Returns whether what was sent now stands: True for a first and for a repeated sending, False when the household was
    marked otherwise since the page with `version` was shown (then nothing is changed).
    """
    household = _locked(actor, household_id)
    if key is not None and household.last_mark == key:
        return True
    if household.version != version:
        return False
    mark()
    Household.objects.filter(ward_id=actor.ward_id, pk=household_id).update(last_mark=key)
    return True


@transaction.atomic
def mark_joined(
    *, actor: Actor, household_id: int, person_id: int | None = None, rules_id: int | None = None
) -> Household:
    """Note that a member of the household sits in the neighbourhood's group; twice is once. Returns the household.

    Without `person_id` the head stands for the household until it is known who joined. Where no group stands yet, the
    claim is kept and becomes a membership with the group. `rules_id`: the version the person was shown and accepted.
    Raises DomainError when nobody lives there, the person is not of this household, or these are not the group's rules.
    """
    household = _locked(actor, household_id)
    people = Person.objects.filter(ward_id=actor.ward_id, household=household, status=Person.Status.CURRENT)
    person = people.order_by("-is_head", "id").first() if person_id is None else people.filter(pk=person_id).first()
    if person is None:
        raise DomainError(_("Nobody of this household can be marked. Is the roster up to date?"))
    now = timezone.now()
    person.claims_joined = person.uses_zalo = True
    person.save(update_fields=["claims_joined", "uses_zalo", "updated_at"])
    group = _group_of(household)
    made = False
    if group is not None and not person.memberships.filter(group=group, left_at=None).exists():
        Membership.objects.create(
            ward_id=actor.ward_id,
            group=group,
            person=person,
            joined_at=now,
            source=Membership.Source.DOOR,
            recorded_by_id=actor.id,
        )
        made = True
    if rules_id is not None and person_id is not None:  # "somebody" cannot accept anything
        _accepted(actor, household, person, rules_id)
    household.gap, household.gap_until, household.visited_at = "", None, now
    return _settle(actor, household, "groups.household_joined", ["gap"], {"membership": made})


@transaction.atomic
def mark_accepted(*, actor: Actor, household_id: int, person_id: int, rules_id: int | None) -> Household:
    """Note that a person was shown the group's rules and accepted them. Returns the household.

    Raises DomainError when the person is not of this household or these are not the group's rules.
    """
    household = _locked(actor, household_id)
    people = Person.objects.filter(ward_id=actor.ward_id, household=household, status=Person.Status.CURRENT)
    person = people.filter(pk=person_id).first()
    if person is None:
        raise DomainError(_("Nobody of this household can be marked. Is the roster up to date?"))
    _accepted(actor, household, person, rules_id)
    return household


def _accepted(actor: Actor, household: Household, person: Person, rules_id: int | None) -> None:
    group = _group_of(household)
    rules = GroupRules.objects.filter(ward_id=actor.ward_id, group=group, pk=rules_id or 0).first() if group else None
    if rules is None:
        raise DomainError(_("These are not the rules of this neighbourhood's group. Load the page again."))
    accept_at_door(actor=actor, person=person, rules=rules)


@transaction.atomic
def mark_left(*, actor: Actor, household_id: int, person_id: int) -> Household:
    """Note that a person is no longer in the group. Returns the household."""
    household = _locked(actor, household_id)
    person = Person.objects.filter(ward_id=actor.ward_id, household=household, pk=person_id).first()
    if person is None:
        raise DomainError(_("Nobody of this household can be marked. Is the roster up to date?"))
    person.claims_joined = False
    person.save(update_fields=["claims_joined", "updated_at"])
    person.memberships.filter(left_at=None).update(left_at=timezone.now())
    return _settle(actor, household, "groups.household_left", [], {})


@transaction.atomic
def note_gap(*, actor: Actor, household_id: int, gap: str) -> Household:
    """Note why nobody of the household has joined. A wish not to join is kept for twelve months, then asked no more.

    Raises DomainError for an unknown reason.
    """
    if gap not in Gap.values:
        raise DomainError(_("Choose a reason from the list."), field="gap")
    household = _locked(actor, household_id)
    household.gap, household.visited_at = gap, timezone.now()
    household.gap_until = timezone.localdate() + WISH_LASTS if gap == Gap.DECLINES else None
    return _settle(actor, household, "groups.household_gap_noted", ["gap"], {})


@transaction.atomic
def choose_channel(*, actor: Actor, household_id: int, channel: str) -> Household:
    """Choose how news reaches a household without Zalo; "" takes the choice back. Raises DomainError if unknown."""
    if channel not in Channel.values:
        raise DomainError(_("Choose a channel from the list."), field="channel")
    household = _locked(actor, household_id)
    household.channel = channel
    return _settle(actor, household, "groups.household_channel", ["channel"], {"channel": channel})


@transaction.atomic
def record_visit(*, actor: Actor, household_id: int) -> Household:
    """Note that somebody stood at the door and nobody answered, so that the walk goes on to the next house."""
    household = _locked(actor, household_id)
    household.visited_at = timezone.now()
    return _settle(actor, household, "groups.household_visited", ["visited_at"], {})


def _settle(actor: Actor, household: Household, action: str, fields: list[str], values: dict[str, object]) -> Household:
    household.version += 1
    household.save(update_fields=["gap", "gap_until", "channel", "visited_at", "version", "updated_at"])
    coverage.refresh_households(ward_id=actor.ward_id, household_ids=[household.pk])
    audit.record(actor=actor, action=action, target=household, fields=fields, values=values)
    household.refresh_from_db()
    return household


@transaction.atomic
def unmask_phone(*, actor: Actor, person: Person, reason: str) -> str:
    """Return a resident's telephone number; who looked and why stays in the audit trail.

    Raises DomainError without a reason of at least five characters.
    """
    require(actor, "rosters.unmask", person.household)
    reason = reason.strip()
    if len(reason) < 5:
        raise DomainError(_("Write why you need the number."), field="reason")
    audit.record(actor=actor, action="groups.phone_shown", target=person, reason=reason)
    return person.phone


@transaction.atomic
def forget_wishes(*, ward_id: int) -> int:
    """End wishes not to join that are older than twelve months. Returns how many. In the ward's scope."""
    return Household.objects.filter(ward_id=ward_id, gap=Gap.DECLINES, gap_until__lt=timezone.localdate()).update(
        gap="", gap_until=None, updated_at=timezone.now()
    )


@transaction.atomic
def forget_leavers(*, ward_id: int) -> int:
    """Thirty days after a person left or died, keep household and dates and forget the person. In the ward's scope.

    Returns how many were forgotten.
    """
    limit = timezone.now() - LEAVERS_KEPT
    gone = Person.objects.filter(ward_id=ward_id, left_at__lt=limit).exclude(status=Person.Status.CURRENT)
    return gone.exclude(full_name="").update(
        full_name="",
        search_key="",
        sort_key="",
        birth_year=None,
        phone="",
        zalo_name="",
        uses_zalo=False,
        claims_joined=False,
        updated_at=timezone.now(),
    )
