"""Joining a group with its rules accepted: asked on the public page, admitted by a person, or assisted at the door."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.services import notify
from groups.models import Appointment, GroupRules, JoinRequest, Membership, Person, RulesAcceptance, ZaloGroup
from groups.selectors.joining import current_rules
from groups.selectors.member_lists import served_places
from groups.services import coverage
from vikhe_portal.core import audit
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require
from vikhe_portal.core.text import nfc, normalise_phone
from vikhe_portal.core.transitions import move

Status = JoinRequest.Status
REQUESTS_A_DAY = 200  # of one group; more is an attack, and joining at the door still works
REQUESTS_LIVE = timedelta(days=29)  # erased within thirty days, with a day for a job that did not run
ERASED = {"full_name": "", "address": "", "phone": ""}


def keep_version(*, group: ZaloGroup, made_by: int | None, now: datetime | None = None) -> GroupRules | None:
    """Keep the group's rules as a new version when they differ from the newest. In the transaction of the change."""
    newest = GroupRules.objects.filter(ward_id=group.ward_id, group=group).first()
    if not group.rules or (newest is not None and newest.text == group.rules):
        return newest if group.rules else None
    return GroupRules.objects.create(
        ward_id=group.ward_id,
        group=group,
        version=newest.version + 1 if newest else 1,
        text=group.rules,
        since=now or timezone.now(),
        made_by_id=made_by,
    )


@transaction.atomic
def ask_to_join(
    *, group: ZaloGroup, neighbourhood_id: int, full_name: str, address: str, phone: str, version: int | None
) -> JoinRequest:
    """Keep what a resident wrote on the joining page, rules accepted; runs in the ward's scope, without an actor.

    The same name and address again while the first still waits changes nothing. Raises DomainError when the group is
    closed, the rules have changed since the page was opened, the telephone cannot be read, or too many came in today.
    """
    group = ZaloGroup.objects.select_for_update().get(ward_id=group.ward_id, pk=group.pk)
    if group.status != ZaloGroup.Status.ACTIVE or neighbourhood_id not in served_places(group):
        raise DomainError(_("This group does not take members any more. Ask the ward police for the new one."))
    rules = current_rules(group)
    if (rules.version if rules else None) != version:
        raise DomainError(_("The rules have changed meanwhile. Read them and accept them once more."), field="accept")
    name, place = nfc(full_name)[:120], nfc(address)[:120]
    number = normalise_phone(phone).number or ""
    if phone.strip() and not number:
        raise DomainError(_("This is no telephone number. Write ten digits, for example 0912345678."), field="phone")
    now = timezone.now()
    asked = JoinRequest.objects.filter(ward_id=group.ward_id, group=group)
    same = asked.filter(status=Status.WAITING, full_name__iexact=name, address__iexact=place, rules=rules).first()
    if same is not None:
        return same
    if asked.filter(asked_at__gt=now - timedelta(days=1)).count() >= REQUESTS_A_DAY:
        raise DomainError(_("Too many people asked today. Please come back tomorrow."))
    row = JoinRequest.objects.create(
        ward_id=group.ward_id,
        group=group,
        neighbourhood_id=neighbourhood_id,
        rules=rules,
        full_name=name,
        address=place,
        phone=number,
        asked_at=now,
    )
    audit.record(actor=None, action="groups.join_asked", target=row, values={"rules": version})
    if not asked.filter(status=Status.WAITING).exclude(pk=row.pk).exists():  # one notice for a heap, not one each
        leaders = Appointment.objects.filter(
            ward_id=group.ward_id, group=group, role=Appointment.Role.LEADER, held__contains=now
        )
        notify(
            ward_id=group.ward_id,
            user_ids=list(leaders.values_list("user_id", flat=True)),
            kind="join_asked",
            url=f"/nhom/{group.pk}/tham-gia/",
        )
    return row


def record_acceptance(*, actor: Actor, rules: GroupRules, person: Person, how: str, at: datetime) -> RulesAcceptance:
    """Note that a person accepted a version; the first time stands. In the caller's transaction and permission."""
    row, _made = RulesAcceptance.objects.get_or_create(
        ward_id=actor.ward_id,
        rules=rules,
        person=person,
        defaults={"accepted_at": at, "how": how, "recorded_by_id": actor.id},
    )
    return row


@transaction.atomic
def admit(*, actor: Actor, request_id: int, person_id: int) -> Membership:
    """Say which resident stands behind a request: member from now on, the rules accepted when they asked.

    Raises DomainError when the request was dealt with, or the person does not live where the group serves.
    """
    rows = JoinRequest.objects.select_related("group").filter(ward_id=actor.ward_id)
    group = rows.get(pk=request_id).group
    require(actor, "groups.join", group)
    places = served_places(group)
    coverage.lock_coverage(actor.ward_id, places)
    row = _open_request(actor, request_id)
    people = Person.objects.filter(
        ward_id=actor.ward_id,
        status=Person.Status.CURRENT,
        household__neighbourhood__in=places,
        household__ended_at=None,
    )
    person = people.select_for_update(of=("self",)).filter(pk=person_id).first()
    if person is None:
        raise DomainError(_("Choose a person of this group's neighbourhoods."), field="person")
    now = timezone.now()
    person.claims_joined = person.uses_zalo = True
    person.save(update_fields=["claims_joined", "uses_zalo", "updated_at"])
    membership, _made = Membership.objects.get_or_create(
        ward_id=actor.ward_id,
        group=group,
        person=person,
        left_at=None,
        defaults={"joined_at": now, "source": Membership.Source.PAGE, "recorded_by_id": actor.id},
    )
    if row.rules is not None:
        record_acceptance(actor=actor, rules=row.rules, person=person, how=RulesAcceptance.How.PAGE, at=row.asked_at)
    person.household.gap, person.household.gap_until = "", None
    person.household.save(update_fields=["gap", "gap_until", "updated_at"])
    coverage.refresh_households(ward_id=actor.ward_id, household_ids=[person.household_id])
    _close(row, Status.ADMITTED, actor)
    audit.record(
        actor=actor,
        action="groups.join_admitted",
        target=membership,
        values={"request": row.pk, "rules": row.rules.version if row.rules else None},
    )
    return membership


@transaction.atomic
def refuse_request(*, actor: Actor, request_id: int) -> None:
    """Note that nobody of the group's neighbourhoods stands behind a request; what was written is erased.

    Raises DomainError when it was dealt with already.
    """
    row = _open_request(actor, request_id)
    _close(row, Status.REFUSED, actor)
    audit.record(actor=actor, action="groups.join_refused", target=row)


def _open_request(actor: Actor, request_id: int) -> JoinRequest:
    rows = JoinRequest.objects.select_for_update(of=("self",)).select_related("group", "rules")
    row = rows.get(ward_id=actor.ward_id, pk=request_id)
    require(actor, "groups.join", row.group)
    if row.status != Status.WAITING:
        raise DomainError(_("Somebody has dealt with this request meanwhile."))
    return row


def _close(row: JoinRequest, status: str, actor: Actor | None) -> None:
    move(row, status)
    row.handled_at, row.handled_by_id = timezone.now(), actor.user_id if actor else None
    for name, empty in ERASED.items():
        setattr(row, name, empty)
    row.save(update_fields=["status", "handled_at", "handled_by", *ERASED])


@transaction.atomic
def accept_at_door(*, actor: Actor, person: Person, rules: GroupRules) -> RulesAcceptance:
    """Record that a resident was shown these rules and accepted them. In the locked household's transaction."""
    require(actor, "rosters.mark", person.household)
    row = record_acceptance(actor=actor, rules=rules, person=person, how=RulesAcceptance.How.DOOR, at=timezone.now())
    audit.record(actor=actor, action="groups.rules_accepted", target=person.household, values={"rules": rules.version})
    return row


@transaction.atomic
def forget_requests(*, ward_id: int) -> int:
    """Erase what was written in requests that nobody answered for 29 days. Returns how many. In the ward's scope."""
    old = JoinRequest.objects.select_for_update(skip_locked=True).filter(
        ward_id=ward_id, status=Status.WAITING, asked_at__lt=timezone.now() - REQUESTS_LIVE
    )
    count = 0
    for row in old:
        _close(row, Status.EXPIRED, None)
        count += 1
    return count
