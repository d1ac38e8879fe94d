"""An existing group is adopted: who the lines are, what a person confirms, what is missing, what is forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from groups.models import ListedMember, MemberList, Membership, Person, ZaloGroup
from groups.rosters.matching import Resident, match_members
from groups.rosters.members import members_from_text, parse_members
from groups.selectors import member_lists as selectors
from groups.selectors.coverage import coverage_totals
from groups.services import coverage
from groups.services import member_lists as services
from groups.tasks import record_coverage
from tests import factories as make
from tests.groups.rosters import samples
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.models import AuditEvent
from vikhe_portal.core.text import name_sort_key, search_key

BASIS = "Trưởng nhóm chép từ Zalo"


def resident(place, name, **fields) -> Person:
    key, sort = search_key(name), name_sort_key(name)
    home = make.HouseholdFactory(neighbourhood=place, head_name=name, search_key=key, sort_key=sort)
    fields = {"is_head": True, "phone": "", **fields}
    return make.PersonFactory(household=home, full_name=name, search_key=key, sort_key=sort, **fields)


@pytest.fixture
def place(ward):
    return make.NeighbourhoodFactory()


@pytest.fixture
def group(place):
    row = make.ZaloGroupFactory()
    make.GroupNeighbourhoodFactory(group=row, neighbourhood=place)
    return row


@pytest.fixture
def leader(person_with_post, place, group):
    user, actor = person_with_post("area_officer")
    make.OfficerAreaFactory(user=user, neighbourhood=place)
    make.AppointmentFactory(user=user, group=group, role="leader")
    return actor


def members(text: str):
    return parse_members(members_from_text(text), timezone.localdate()).records


def matched(text: str, *people: tuple[int, str, str]):
    residents = [Resident(pk, search_key(name), phone) for pk, name, phone in people]
    return [line.candidates for line in match_members(members(text), residents)]


def test_a_telephone_number_goes_before_a_name():
    people = [(1, "Nguyễn Văn An", "0912345678"), (2, "Lê Thị Hoa", "")]
    assert matched("Lê Thị Hoa\t0912345678", *people) == [[(1, "phone", 100)]]
    assert matched("Shop Hoa\t0912345678", *people) == [[(1, "phone", 100)]]


def test_a_shared_number_is_decided_by_the_name_or_left_to_a_person():
    people = [(1, "Nguyễn Văn An", "0912345678"), (2, "Lê Thị Hoa", "0912345678")]
    assert matched("Hoa Lê\t0912345678", *people) == [[(2, "phone", 100)]]
    assert matched("Bố Sơn\t0912345678", *people) == [[(1, "shared_phone", 40), (2, "shared_phone", 40)]]


def test_names_match_in_full_then_by_family_and_given_name():
    people = [(1, "Nguyễn Văn An", ""), (2, "Cao Như Ý", ""), (3, "Phạm Thị Hà", "")]
    assert matched("Nguyễn Văn An\nÝ Cao\nMẹ Nga\nHà Phạm", *people) == [
        [(1, "name", 90)], [(2, "short_name", 60)], [], [(3, "short_name", 60)],
    ]  # fmt: skip


def test_two_of_one_name_leave_a_doubt_on_either_side():
    twice = [(1, "Nguyễn Văn An", ""), (2, "Nguyễn Văn An", "")]
    assert matched("Nguyễn Văn An", *twice) == [[(1, "name", 45), (2, "name", 45)]]
    assert matched("Nguyễn Văn An\nNguyễn Văn An", (1, "Nguyễn Văn An", "")) == [[(1, "name", 45)], [(1, "name", 45)]]


def test_who_was_found_by_telephone_is_nobody_else():
    people = [(1, "Nguyễn Văn An", "0912345678"), (2, "Nguyễn Văn An", "")]
    assert matched("Nguyễn Văn An\nAn Bonsai\t0912345678", *people) == [[(2, "name", 90)], [(1, "phone", 100)]]


def start(actor, group, text):
    return services.start_list(actor=actor, group=group, account=services.read_members(text=text), legal_basis=BASIS)


def pick(row, *people):
    lines = {line.candidates[0][0]: line.pk for line in row.lines.all() if line.candidates}
    return {lines[person.pk]: person.pk for person in people}


def test_confirming_a_list_confirms_the_coverage_and_leavers_lower_it(leader, group, place):
    an, hoa, gone = (resident(place, name) for name in ("Nguyễn Văn An", "Lê Thị Hoa", "Trần Văn Đi"))
    make.MembershipFactory(group=group, person=hoa)
    make.MembershipFactory(group=group, person=gone)
    coverage.recount_ward(ward_id=leader.ward_id)
    assert (coverage_totals(leader).covered, coverage_totals(leader).confirmed) == (2, 0)

    row = start(leader, group, "Nguyễn Văn An\nLê Thị Hoa\nMẹ Nga 🐯")
    assert Membership.objects.filter(confirmed_at__isnull=False).count() == 0  # nothing by itself
    assert [m.person_id for m in selectors.members_not_listed(row, {an.pk, hoa.pk})] == [gone.pk]
    services.confirm_list(actor=leader, member_list=row, chosen=pick(row, an, hoa), left=[gone.pk])

    totals = coverage_totals(leader)
    assert (totals.covered, totals.confirmed) == (2, 2)
    gone.household.refresh_from_db()
    assert gone.household.covered_by == 0
    assert Membership.objects.get(person=an).source == "member_list"
    assert Membership.objects.filter(person=hoa).count() == 1
    group.refresh_from_db()
    assert (group.counted_members, group.counted_at is not None) == (3, True)
    row.refresh_from_db()
    assert row.counts | {"matched": 2, "new": 1, "left": 1, "strangers": 1} == row.counts
    assert AuditEvent.objects.filter(action="groups.member_list_confirmed").exists()


def test_a_confirmation_grows_old(leader, group, place):
    an = resident(place, "Nguyễn Văn An")
    row = start(leader, group, "Nguyễn Văn An")
    services.confirm_list(actor=leader, member_list=row, chosen=pick(row, an))
    later = timezone.now() + timedelta(days=coverage.confirm_days(leader.ward_id) + 1)
    coverage.recount_ward(ward_id=leader.ward_id, now=later)
    assert (coverage_totals(leader).covered, coverage_totals(leader).confirmed) == (1, 0)


def test_a_person_cannot_stand_for_a_line_they_were_not_a_candidate_of(leader, group, place):
    an, other = resident(place, "Nguyễn Văn An"), resident(place, "Lê Thị Hoa")
    row = start(leader, group, "Nguyễn Văn An\nNguyễn Văn An")
    first, second = row.lines.all()
    for chosen in ({first.pk: other.pk}, {first.pk: an.pk, second.pk: an.pk}, {0: an.pk}):
        with pytest.raises(DomainError):
            services.confirm_list(actor=leader, member_list=row, chosen=chosen)
    assert not Membership.objects.exists()
    services.confirm_list(actor=leader, member_list=row, chosen={first.pk: an.pk})
    with pytest.raises(DomainError):
        services.confirm_list(actor=leader, member_list=row, chosen={first.pk: an.pk})


def test_a_neighbour_of_another_neighbourhood_is_named_so_and_matched_to_nobody(leader, group, place):
    elsewhere = make.NeighbourhoodFactory()
    resident(elsewhere, "Phan Văn Xa", phone="0912000111")
    resident(elsewhere, "Trần Văn Lạ")
    row = start(leader, group, "Xa Phan\t0912000111\nTrần Văn Lạ")
    assert [(line.candidates, line.elsewhere) for line in row.lines.all()] == [([], True), ([], False)]


def test_gaps_are_listed_households_and_the_security_team(leader, group, place):
    an, hoa = resident(place, "Nguyễn Văn An"), resident(place, "Lê Thị Hoa", security_team=True)
    row = start(leader, group, "Nguyễn Văn An")
    services.confirm_list(actor=leader, member_list=row, chosen=pick(row, an))
    assert list(selectors.households_missing(row)) == [hoa.household]
    assert list(selectors.security_team_missing(row)) == [hoa]


def test_only_the_leader_and_the_management_compare(leader, group, place, person_with_post):
    account = services.read_members(text="Nguyễn Văn An")
    _user, stranger = person_with_post("area_officer")
    _user, member = person_with_post("committee_member")
    for actor in (stranger, member):
        assert selectors.groups_to_compare(actor) == []
        with pytest.raises(PermissionDenied):
            services.start_list(actor=actor, group=group, account=account, legal_basis=BASIS)
    _user, chief = person_with_post("chief")
    assert services.start_list(actor=chief, group=group, account=account, legal_basis=BASIS)


def test_a_list_needs_its_source_and_a_group_that_serves(leader, group, place):
    account = services.read_members(text="Nguyễn Văn An")
    with pytest.raises(DomainError):
        services.start_list(actor=leader, group=group, account=account, legal_basis="  ")
    ZaloGroup.objects.filter(pk=group.pk).update(status="archived")
    with pytest.raises(DomainError):
        services.start_list(actor=leader, group=group, account=account, legal_basis=BASIS)
    for text in ("", "\n \n"):
        with pytest.raises(DomainError):
            services.read_members(text=text)
    with pytest.raises(DomainError):
        services.read_members(content=b"x" * (2 * 1024 * 1024 + 1), filename="x.csv")


def test_a_new_list_replaces_an_open_one(leader, group, place):
    first = start(leader, group, "Nguyễn Văn An")
    second = start(leader, group, "Lê Thị Hoa")
    first.refresh_from_db()
    assert (first.status, first.lines.count(), second.status) == ("discarded", 0, "open")


def test_lines_are_destroyed_within_thirty_days(leader, group, place):
    an = resident(place, "Nguyễn Văn An")
    done = start(leader, group, "Nguyễn Văn An\nMẹ Nga\t0977000111")
    services.confirm_list(actor=leader, member_list=done, chosen=pick(done, an))
    waiting = start(leader, group, "Bố Sơn")
    MemberList.objects.update(created_at=timezone.now() - timedelta(days=28))
    record_coverage()
    assert ListedMember.objects.count() == 3
    MemberList.objects.update(created_at=timezone.now() - timedelta(days=29, minutes=1))
    record_coverage()
    assert not ListedMember.objects.exists()
    done.refresh_from_db()
    waiting.refresh_from_db()
    assert (done.status, waiting.status) == ("confirmed", "discarded")
    assert done.destroyed_at and waiting.destroyed_at
    assert Membership.objects.filter(person=an, left_at=None).exists()


def test_lists_of_other_wards_do_not_exist(leader, group, place):
    row = start(leader, group, "Mẹ Nga")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.ward', '1', true)")
    assert not MemberList.objects.filter(pk=row.pk).exists()
    assert not ListedMember.objects.exists()


def test_the_pages_lead_from_the_file_to_the_missing(leader, group, place, client):
    an = resident(place, "Nguyễn Văn An", phone="0912345678")
    twins = [resident(place, "Lê Thị Hoa"), resident(place, "Lê Thị Hoa")]
    client.force_login(leader.user)
    assert group.name in client.get("/doi-chieu/").content.decode()
    rows = [
        samples.member_rows(0)[0],
        ["Shop An", "0912345678", "", ""],
        ["Hoa Lê", "", "", ""],
        ["Mẹ Nga", "0977123456", "", ""],
    ]
    file = SimpleUploadedFile("nhom.csv", samples.csv_bytes(rows))
    address = f"/doi-chieu/nhom/{group.pk}/"
    refused = client.post(address, {"text": "Lê Văn Chữ", "legal_basis": ""})
    assert refused.status_code == 422 and "Lê Văn Chữ" in refused.content.decode()
    answer = client.post(address, {"file": file, "legal_basis": BASIS})
    row = MemberList.objects.get()
    assert answer["Location"] == f"/doi-chieu/{row.pk}/"
    page = client.get(answer["Location"]).content.decode()
    assert "0977123456" not in page and "0977***456" in page
    lines = {line.display_name: line for line in row.lines.all()}
    posted = {
        f"line-{lines['Shop An'].pk}": an.pk, f"line-{lines['Hoa Lê'].pk}": twins[1].pk, "left": ["x", ""],
    }  # fmt: skip
    page = client.post(answer["Location"], posted, follow=True).content.decode()
    assert set(Membership.objects.values_list("person_id", flat=True)) == {an.pk, twins[1].pk}
    assert f"/ho-dan/{twins[0].household_id}/" in page and f"/ho-dan/{an.household_id}/" not in page
    assert f"/nhom/{group.pk}/kiem-tra/" in page
    assert client.post(f"/doi-chieu/{row.pk}/bo/", follow=True).status_code == 200
    assert client.get("/doi-chieu/999999/").status_code == 404


def test_the_wards_own_list_is_accounted_for(leader, group, place, tmp_path):
    content = samples.csv_bytes(samples.member_rows())
    path = samples.sample_file("thanh-vien-nhom-zalo-tdp-07.csv", tmp_path, content)
    account = services.read_members(content=path.read_bytes(), filename=path.name)
    row = services.start_list(actor=leader, group=group, account=account, legal_basis=BASIS)
    counts = row.counts
    assert counts["rows_read"] == counts["listed"] + counts["refused"] + counts["ignored"] == 169
    assert row.lines.count() == counts["listed"] == 168
