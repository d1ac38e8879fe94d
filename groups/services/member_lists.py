"""An existing Zalo group is adopted: its member list read, matched with the roster, confirmed by a person.

The list itself is never kept as a file. Its lines, strangers' names among them, live until a person has decided and
thirty days at the most.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from groups.models import ListedMember, MemberList, Membership, Person, ZaloGroup
from groups.rosters.archive import Limits
from groups.rosters.matching import Resident, match_members
from groups.rosters.members import members_from_text, members_header, parse_members
from groups.rosters.messages import RosterFileError
from groups.rosters.reader import read_sheets
from groups.rosters.records import Account, MemberRecord
from groups.selectors.member_lists import served_places
from groups.services import coverage
from vikhe_portal.core import audit
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require
from vikhe_portal.core.text import nfc
from vikhe_portal.core.transitions import move

LINES_LIVE = timedelta(days=29)  # destroyed within thirty days, with a day for a job that did not run
SMALL = replace(Limits(), file_bytes=2 * 1024 * 1024, rows=6000, cpu_seconds=8, wall_seconds=12.0)
Status = MemberList.Status


def read_members(*, content: bytes = b"", filename: str = "", text: str = "") -> Account[MemberRecord]:
    """The lines of an uploaded file, or of a pasted text. Raises DomainError with what to do when there are none."""
    if len(content) > SMALL.file_bytes:
        error = RosterFileError("too_large", {"limit": SMALL.file_bytes // 1024 // 1024})
        raise DomainError(error.sentence(), field="file")
    try:
        sheets = read_sheets(content, filename, SMALL) if content else [members_from_text(text)]
        sheet = next((sheet for sheet in sheets if members_header(sheet)), sheets[0])
        account = parse_members(sheet, timezone.localdate())
    except RosterFileError as error:
        raise DomainError(error.sentence(), field="file" if content else "text") from error
    if not account.records:
        raise DomainError(_("No member stands in this list. Write one name a line."), field="text")
    return account


@transaction.atomic
def start_list(*, actor: Actor, group: ZaloGroup, account: Account[MemberRecord], legal_basis: str) -> MemberList:
    """Keep the lines with who they may be, for a person to confirm. An older open list of the group is discarded.

    Raises DomainError without a source and basis, or when the group is not active or serves no neighbourhood yet.
    """
    require(actor, "rosters.adopt", group)
    legal_basis = nfc(legal_basis)[:200]
    if not legal_basis:
        raise DomainError(_("Write where the list comes from and on what basis it may be used."), field="legal_basis")
    group = ZaloGroup.objects.select_for_update().get(pk=group.pk, ward_id=actor.ward_id)
    places = served_places(group)
    if group.status != ZaloGroup.Status.ACTIVE or not places:
        raise DomainError(_("This group serves no neighbourhood yet. Accept it in the plan first."))
    for older in MemberList.objects.select_for_update().filter(ward_id=actor.ward_id, group=group, status=Status.OPEN):
        _discard(older)
    people = Person.objects.filter(
        ward_id=actor.ward_id,
        status=Person.Status.CURRENT,
        household__neighbourhood__in=places,
        household__ended_at=None,
    )
    residents = [Resident(*row) for row in people.values_list("pk", "search_key", "phone")]
    lines = match_members(account.records, residents)
    numbers = {line.record.phone for line in lines if line.record.phone and not line.candidates}
    elsewhere = set(
        Person.objects.filter(ward_id=actor.ward_id, status=Person.Status.CURRENT, phone__in=numbers).values_list(
            "phone", flat=True
        )
    )
    row = MemberList.objects.create(
        ward_id=actor.ward_id,
        group=group,
        legal_basis=legal_basis,
        created_by_id=actor.id,
        counts={
            "rows_read": account.rows_read,
            "listed": len(lines),
            "refused": account.refused,
            "ignored": len(account.ignored),
        },
    )
    ListedMember.objects.bulk_create(
        ListedMember(
            ward_id=actor.ward_id,
            member_list=row,
            row=line.record.row,
            display_name=line.record.display_name[:200],
            phone=line.record.phone,
            role=line.record.role,
            joined_on=line.record.joined_on,
            candidates=[list(candidate) for candidate in line.candidates],
            elsewhere=not line.candidates and line.record.phone in elsewhere,
        )
        for line in lines
    )
    audit.record(
        actor=actor, action="groups.member_list_read", target=row, reason=legal_basis, values={"listed": len(lines)}
    )
    return row


@transaction.atomic
def confirm_list(
    *, actor: Actor, member_list: MemberList, chosen: Mapping[int, int], left: Iterable[int] = ()
) -> MemberList:
    """Take a person's word for who is who: `chosen` maps lines to people, `left` names members who are not listed.

    The chosen become members confirmed against Zalo today, those who left stop counting, the group's count of members
    is the list's. Raises DomainError when the decision was taken already, or a line is given to somebody who was not
    among its candidates or to whom another line was given.
    """
    group = ZaloGroup.objects.get(pk=member_list.group_id, ward_id=actor.ward_id)
    require(actor, "rosters.adopt", group)
    places = served_places(group)
    coverage.lock_coverage(actor.ward_id, places)
    row = MemberList.objects.select_for_update().get(pk=member_list.pk, ward_id=actor.ward_id)
    move(row, Status.CONFIRMED)
    lines = {line.pk: line for line in ListedMember.objects.filter(ward_id=actor.ward_id, member_list=row)}
    for line_id, person_id in chosen.items():
        line = lines.get(line_id)
        if line is None or person_id not in {candidate[0] for candidate in line.candidates}:
            raise DomainError(_("This choice is not on the list any more. Load the page again."))
    if len(set(chosen.values())) != len(chosen):
        raise DomainError(_("One person stands behind two lines. Choose somebody else or “nobody” for one of them."))
    now = timezone.now()
    people = Person.objects.filter(
        ward_id=actor.ward_id,
        pk__in=chosen.values(),
        status=Person.Status.CURRENT,
        household__neighbourhood__in=places,
    )
    found = {person.pk: person for person in people}
    made = 0
    held = {
        membership.person_id: membership
        for membership in Membership.objects.filter(ward_id=actor.ward_id, group=group, left_at=None)
    }
    for line_id, person_id in chosen.items():
        if person_id not in found:  # moved or died since the list was read
            continue
        line = lines[line_id]
        line.person_id = person_id
        if person_id in held:
            held[person_id].confirmed_at = now
            held[person_id].save(update_fields=["confirmed_at"])
            continue
        made += 1
        Membership.objects.create(
            ward_id=actor.ward_id,
            group=group,
            person_id=person_id,
            joined_at=_joined(line, now),
            source=Membership.Source.MEMBER_LIST,
            confirmed_at=now,
            recorded_by_id=actor.id,
        )
    ListedMember.objects.bulk_update([line for line in lines.values() if line.person_id], ["person"], batch_size=500)
    Person.objects.filter(ward_id=actor.ward_id, pk__in=list(found)).update(
        claims_joined=True, uses_zalo=True, updated_at=now
    )
    gone = [person for person in left if person in held and person not in found]
    Membership.objects.filter(ward_id=actor.ward_id, group=group, person_id__in=gone, left_at=None).update(left_at=now)
    Person.objects.filter(ward_id=actor.ward_id, pk__in=gone).update(claims_joined=False, updated_at=now)
    coverage.recount_ward(ward_id=actor.ward_id, neighbourhood_ids=places, now=now)
    ZaloGroup.objects.filter(ward_id=actor.ward_id, pk=group.pk).update(
        counted_members=len(lines), counted_at=now, updated_at=now
    )
    row.confirmed_by_id, row.confirmed_at = actor.id, now
    row.counts = {
        **row.counts, "matched": len(found), "new": made, "left": len(gone), "strangers": len(lines) - len(found)
    }  # fmt: skip
    row.save(update_fields=["status", "confirmed_by", "confirmed_at", "counts", "updated_at"])
    audit.record(actor=actor, action="groups.member_list_confirmed", target=row, values=row.counts)
    return row


def _joined(line: ListedMember, now: datetime) -> datetime:
    """The day the list names, at noon; today without one."""
    if line.joined_on is None:
        return now
    noon = timezone.make_aware(datetime.combine(line.joined_on, datetime.min.time().replace(hour=12)))
    return min(noon, now)


@transaction.atomic
def discard_list(*, actor: Actor, member_list: MemberList) -> None:
    """Throw an open list away with all its lines. Raises DomainError when it is decided already."""
    row = MemberList.objects.select_for_update().select_related("group").get(pk=member_list.pk, ward_id=actor.ward_id)
    require(actor, "rosters.adopt", row.group)
    _discard(row)
    audit.record(actor=actor, action="groups.member_list_discarded", target=row)


def _discard(row: MemberList) -> None:
    move(row, Status.DISCARDED)
    row.destroyed_at = timezone.now()
    row.save(update_fields=["status", "destroyed_at", "updated_at"])
    ListedMember.objects.filter(ward_id=row.ward_id, member_list=row).delete()


@transaction.atomic
def forget_lines(*, ward_id: int, now: datetime | None = None) -> int:
    """Destroy the lines of lists older than 29 days; open ones are over with that. Returns how many lists.

    In the ward's scope.
    """
    now = now or timezone.now()
    old = MemberList.objects.select_for_update(skip_locked=True).filter(
        ward_id=ward_id, destroyed_at=None, created_at__lt=now - LINES_LIVE
    )
    count = 0
    for row in old:
        if row.status == Status.OPEN:
            _discard(row)
        else:
            ListedMember.objects.filter(ward_id=ward_id, member_list=row).delete()
            row.destroyed_at = now
            row.save(update_fields=["destroyed_at", "updated_at"])
        audit.record(actor=None, ward_id=ward_id, action="groups.member_lines_destroyed", target=row)
        count += 1
    return count
