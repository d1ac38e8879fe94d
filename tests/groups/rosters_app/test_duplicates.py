"""Two rows of one resident: suggested with reasons, put together by a person, taken apart again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.forms.models import model_to_dict
from django.utils import timezone

from groups.models import DuplicateDecision, Household, Membership, Person
from groups.selectors import duplicates as selectors
from groups.selectors.coverage import coverage_totals
from groups.services import coverage
from groups.services import duplicates as services
from groups.tasks import record_coverage
from tests import factories as make
from tests.groups.rosters_app.test_member_lists import resident
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.models import AuditEvent


@pytest.fixture
def place(ward):
    return make.NeighbourhoodFactory()


@pytest.fixture
def group(place):
    row = make.ZaloGroupFactory()
    make.GroupNeighbourhoodFactory(group=row, neighbourhood=place)
    return row


@pytest.fixture
def officer(person_with_post, place):
    user, actor = person_with_post("area_officer")
    make.OfficerAreaFactory(user=user, neighbourhood=place)
    return actor


def told(actor):
    return [({p["first"].pk, p["second"].pk}, p["phone"], p["name"]) for p in selectors.suggestions(actor)]


def snapshot():
    coverage.recount_ward(ward_id=make.WARD_ID)
    people = [model_to_dict(row) for row in Person.objects.order_by("pk")]
    stays = list(Membership.objects.order_by("pk").values_list("pk", "person_id", "group_id", "left_at"))
    homes = list(Household.objects.order_by("pk").values_list("pk", "ended_at", "people", "covered_by"))
    return people, stays, homes


def test_pairs_are_suggested_with_their_reasons(officer, place):
    a = resident(place, "Nguyễn Văn An", phone="0912345678", birth_year=1960)
    b = resident(place, "NGUYỄN VĂN AN", birth_year=1960)
    c = resident(place, "Lê Thị Hoa", phone="0912345678")
    resident(place, "Nguyễn Văn An", birth_year=1961)
    resident(place, "Trần Văn Ba")
    resident(place, "Trần Văn Ba")  # a name without a year says nothing
    assert sorted(told(officer), key=str) == sorted([({a.pk, b.pk}, False, True), ({a.pk, c.pk}, True, False)], key=str)


def test_a_family_may_share_a_telephone_and_two_neighbourhoods_a_name(officer, place):
    an = resident(place, "Nguyễn Văn An", phone="0912345678", birth_year=1960)
    make.PersonFactory(household=an.household, full_name="Lê Hoa", search_key="le hoa", phone="0912345678")
    other = make.NeighbourhoodFactory()
    make.OfficerAreaFactory(user=officer.user, neighbourhood=other)
    resident(other, "Nguyễn Văn An", birth_year=1960)
    officer.facts.clear()
    assert told(officer) == []


def test_who_left_and_what_was_decided_are_not_suggested(officer, place):
    a = resident(place, "Nguyễn Văn An", birth_year=1960)
    b = resident(place, "Nguyễn Văn An", birth_year=1960)
    decision = services.keep_apart(actor=officer, first_id=b.pk, second_id=a.pk)
    assert services.keep_apart(actor=officer, first_id=b.pk, second_id=a.pk) == decision
    assert told(officer) == []
    services.undo(actor=officer, decision_id=decision.pk)
    assert len(told(officer)) == 1
    Person.objects.filter(pk=a.pk).update(status="moved")
    assert told(officer) == []


def test_putting_together_keeps_memberships_and_counts_once(officer, place, group):
    kept = resident(place, "Nguyễn Văn An", birth_year=1960)
    other = resident(place, "Nguyễn Văn An", birth_year=1960, phone="0912345678", security_team=True)
    make.MembershipFactory(group=group, person=other)
    coverage.recount_ward(ward_id=make.WARD_ID)
    assert (coverage_totals(officer).households, coverage_totals(officer).people) == (2, 2)
    services.merge(actor=officer, kept_id=kept.pk, other_id=other.pk)
    kept.refresh_from_db()
    assert (kept.phone, kept.security_team) == ("0912345678", True)
    assert list(kept.memberships.values_list("left_at", flat=True)) == [None]
    totals = coverage_totals(officer)
    assert (totals.households, totals.covered, totals.people) == (1, 1, 1)
    assert told(officer) == []
    event = AuditEvent.objects.get(action="groups.people_merged")
    assert "0912345678" not in str(event.values) and "phone" in event.fields


@pytest.mark.parametrize("both_inside", [False, True])
def test_a_merge_is_undone_to_the_last_value(officer, place, group, both_inside):
    kept = resident(place, "Nguyễn Văn An", birth_year=1960)
    other = resident(place, "Nguyễn Văn An", birth_year=1960, phone="0912345678", uses_zalo=True)
    make.MembershipFactory(group=group, person=other)
    if both_inside:
        make.MembershipFactory(group=group, person=kept)
    before = snapshot()
    decision = services.merge(actor=officer, kept_id=kept.pk, other_id=other.pk)
    assert snapshot() != before
    assert Membership.objects.filter(left_at=None).count() == 1
    services.undo(actor=officer, decision_id=decision.pk)
    assert snapshot() == before
    with pytest.raises(DomainError):
        services.undo(actor=officer, decision_id=decision.pk)


def test_after_seven_days_what_stood_there_is_forgotten(officer, place):
    kept, other = (resident(place, "Nguyễn Văn An", birth_year=1960) for _ in range(2))
    decision = services.merge(actor=officer, kept_id=kept.pk, other_id=other.pk)
    DuplicateDecision.objects.update(created_at=timezone.now() - timedelta(days=7, minutes=1))
    record_coverage()
    decision.refresh_from_db()
    assert decision.before is None
    with pytest.raises(DomainError):
        services.undo(actor=officer, decision_id=decision.pk)


def test_a_person_is_not_merged_with_themselves_or_one_who_is_gone(officer, place):
    a, b = (resident(place, "Nguyễn Văn An", birth_year=1960) for _ in range(2))
    with pytest.raises(DomainError):
        services.merge(actor=officer, kept_id=a.pk, other_id=a.pk)
    Person.objects.filter(pk=b.pk).update(status="deceased")
    with pytest.raises(DomainError):
        services.merge(actor=officer, kept_id=a.pk, other_id=b.pk)
    assert not DuplicateDecision.objects.exists()


def test_only_who_works_in_both_places_decides(officer, place, person_with_post):
    elsewhere = make.NeighbourhoodFactory()
    a = resident(place, "Nguyễn Văn An", phone="0912345678")
    b = resident(elsewhere, "Nguyễn Văn An", phone="0912345678")
    assert told(officer) == []
    with pytest.raises(PermissionDenied):
        services.merge(actor=officer, kept_id=a.pk, other_id=b.pk)
    _user, chief = person_with_post("chief")
    assert len(told(chief)) == 1


def test_the_page_puts_together_and_takes_back(officer, place, client):
    a = resident(place, "Nguyễn Văn An", birth_year=1960, phone="0912345678")
    b = resident(place, "Nguyễn Văn An", birth_year=1960, phone="0912345678")
    client.force_login(officer.user)
    page = client.get("/ho-dan/trung-lap/").content.decode()
    assert "0912345678" not in page and "0912***678" in page
    posted = {"first": a.pk, "second": b.pk, "keep": "second"}
    client.post("/ho-dan/trung-lap/", posted)
    a.refresh_from_db()
    assert a.status == "merged"
    decision = DuplicateDecision.objects.get()
    assert f"/ho-dan/trung-lap/{decision.pk}/" in client.get("/ho-dan/trung-lap/").content.decode()
    client.post(f"/ho-dan/trung-lap/{decision.pk}/")
    a.refresh_from_db()
    assert a.status == "current"
    assert client.post("/ho-dan/trung-lap/", {"first": a.pk, "second": 10**9}).status_code == 404
