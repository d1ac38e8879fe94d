"""What the roster changes when residents use their rights: a row is corrected, or the person in it is forgotten."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from groups.models import DuplicateDecision, Household, ImportChange, ListedMember, Person
from groups.services import coverage
from vikhe_portal.core import audit
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require
from vikhe_portal.core.text import name_sort_key, nfc, normalise_phone, search_key

FORGOTTEN = {
    "full_name": "",
    "search_key": "",
    "sort_key": "",
    "birth_year": None,
    "phone": "",
    "zalo_name": "",
    "uses_zalo": False,
    "security_team": False,
    "claims_joined": False,
    "is_head": False,
}


def _locked(actor: Actor, person_id: int) -> Person:
    homes = Household.objects.filter(ward_id=actor.ward_id, members=person_id)
    coverage.lock_coverage(actor.ward_id, list(homes.values_list("neighbourhood_id", flat=True)))
    Household.objects.select_for_update().get(ward_id=actor.ward_id, members=person_id)
    rows = Person.objects.select_for_update(of=("self",)).filter(ward_id=actor.ward_id)
    person = rows.select_related("household").get(pk=person_id)
    require(actor, "rosters.mend", person.household)
    if person.status != Person.Status.CURRENT:
        raise DomainError(_("This person no longer stands in the roster as living here. Load the page again."))
    return person


def _rename_home(home: Household, was_head: bool, name: str) -> None:
    """Give the household its head's name, and make its keys again from the people who live there now."""
    place = home.match_key.partition("|")[2]
    if was_head:
        home.head_name, home.sort_key = name, name_sort_key(name) if name else ""
        home.match_key = f"{search_key(name)}|{place}" if home.match_key else ""
    people = home.members.filter(status=Person.Status.CURRENT).order_by("-is_head", "id")
    words = [*people.values_list("search_key", flat=True), place.partition("#")[0], home.code.lower()]
    home.search_key = " ".join(word for word in words if word)[:400]
    home.version += 1
    home.save(update_fields=["head_name", "sort_key", "match_key", "search_key", "version", "updated_at"])


def hold_row(*, ward_id: int, household_id: int, person_id: int) -> None:
    """Mark a resident's row as worked on, so that the import that made it can no longer be undone.

    In the caller's transaction. Raises DomainError when the person no longer lives in the household.
    """
    rows = Person.objects.filter(ward_id=ward_id, household_id=household_id, status=Person.Status.CURRENT)
    if not rows.filter(pk=person_id).update(updated_at=timezone.now()):
        raise DomainError(_("Choose a person of this household."), field="person")


@transaction.atomic
def correct_person(*, actor: Actor, person_id: int, full_name: str, birth_year: int | None, phone: str) -> list[str]:
    """Put a resident's row right and return the names of the fields that changed.

    Raises DomainError when the number cannot be read, the name is empty, or nothing differs from what stands there.
    """
    person = _locked(actor, person_id)
    name = nfc(full_name)
    if not name:
        raise DomainError(_("Write the full name."), field="full_name")
    number = normalise_phone(phone).number or ""
    if phone.strip() and not number:
        raise DomainError(_("This is no telephone number. Write ten digits, for example 0912345678."), field="phone")
    wanted = {"full_name": name, "birth_year": birth_year, "phone": number}
    changed = [field for field, value in wanted.items() if getattr(person, field) != value]
    if not changed:
        raise DomainError(_("Nothing differs from what stands in the roster. Change what is wrong, or refuse."))
    for field in changed:
        setattr(person, field, wanted[field])
    person.search_key, person.sort_key = search_key(name), name_sort_key(name)
    person.save(update_fields=[*changed, "search_key", "sort_key", "updated_at"])
    _rename_home(person.household, person.is_head, name)
    audit.record(actor=actor, action="groups.person_corrected", target=person, fields=changed)
    return changed


@transaction.atomic
def forget_person(*, actor: Actor, person_id: int) -> None:
    """Delete a resident's data: memberships end, names and numbers go, also from what imports remember for undoing.

    What is left is an unnamed row with its dates, so that counts of the past stay true.
    """
    person = _locked(actor, person_id)
    now, was_head, number, home = timezone.now(), person.is_head, person.phone, person.household
    pairs = DuplicateDecision.objects.filter(Q(kept=person) | Q(other=person), ward_id=actor.ward_id)
    merged = [person.pk, *pairs.filter(kept=person, kind="merged").values_list("other_id", flat=True)]
    people = Person.objects.filter(ward_id=actor.ward_id, pk__in=merged)
    people.filter(pk=person.pk).update(status=Person.Status.MOVED, left_at=now)
    people.update(updated_at=now, **FORGOTTEN)
    pairs.update(before=None, undone_at=now)
    person.memberships.filter(left_at=None).update(left_at=now)
    remembered = ImportChange.objects.filter(ward_id=actor.ward_id)
    remembered.filter(table=ImportChange.Table.PERSON, object_id__in=merged).delete()
    if was_head:
        remembered.filter(table=ImportChange.Table.HOUSEHOLD, object_id=home.pk).delete()
    if number:
        ListedMember.objects.filter(ward_id=actor.ward_id, phone=number).delete()
    _rename_home(home, was_head, "")
    coverage.refresh_households(ward_id=actor.ward_id, household_ids=[home.pk])
    audit.record(actor=actor, action="groups.person_forgotten", target=person)
