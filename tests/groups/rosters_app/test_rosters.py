"""The roster page and what is done at a door: who sees what, who may mark, and that the figure moves at once."""

from __future__ import annotations

import io

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from groups.filters import HouseholdFilter
from groups.models import Coverage, Household, Membership, Person
from groups.registry_rosters import _to_visit
from groups.selectors import rosters as selectors
from groups.selectors.coverage import coverage_totals
from groups.services import coverage, exports
from groups.services import rosters as services
from tests import factories as make
from vikhe_portal.core import figures
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.models import AuditEvent

LIST = "/ho-dan/"


def resident(place, name="Nguyễn Văn An", **fields) -> Person:
    from vikhe_portal.core.text import name_sort_key, search_key

    home = make.HouseholdFactory(
        neighbourhood=place, head_name=name, search_key=search_key(name), sort_key=name_sort_key(name)
    )
    fields = {"phone": "0912345678", "is_head": True, **fields}
    return make.PersonFactory(
        household=home, full_name=name, search_key=search_key(name), sort_key=name_sort_key(name), **fields
    )


@pytest.fixture
def place(ward):
    row = make.NeighbourhoodFactory()
    group = make.ZaloGroupFactory()
    make.GroupNeighbourhoodFactory(group=group, neighbourhood=row)
    return row


@pytest.fixture
def officer(person_with_post, place):
    user, actor = person_with_post("area_officer")
    make.OfficerAreaFactory(user=user, neighbourhood=place)
    return actor


def test_marking_a_household_joined_moves_the_figure_at_once(officer, place):
    person = resident(place)
    coverage.recount_ward(ward_id=officer.ward_id)
    assert (coverage_totals(officer).covered, coverage_totals(officer).households) == (0, 1)

    services.mark_joined(actor=officer, household_id=person.household_id, person_id=person.pk)
    household = services.mark_joined(actor=officer, household_id=person.household_id, person_id=person.pk)

    assert household.covered_by == 1 and coverage_totals(officer).covered == 1
    assert Membership.objects.count() == 1
    assert AuditEvent.objects.filter(action="groups.household_joined", actor_id=officer.id).count() == 2


def test_without_a_group_the_claim_waits(officer, place):
    other = make.NeighbourhoodFactory()
    make.OfficerAreaFactory(user=officer.user, neighbourhood=other)
    person = resident(other)

    household = services.mark_joined(actor=officer, household_id=person.household_id)

    person.refresh_from_db()
    assert household.covered_by == 0 and person.claims_joined and not Membership.objects.exists()


def test_leaving_takes_the_household_out_again(officer, place):
    person = resident(place)
    services.mark_joined(actor=officer, household_id=person.household_id)

    household = services.mark_left(actor=officer, household_id=person.household_id, person_id=person.pk)

    person.refresh_from_db()
    assert household.covered_by == 0 and not person.claims_joined


def test_reasons_and_channels_are_kept_and_wishes_end_after_a_year(officer, place):
    person = resident(place)
    services.choose_channel(actor=officer, household_id=person.household_id, channel="loudspeaker")
    household = services.note_gap(actor=officer, household_id=person.household_id, gap="declines")
    assert (household.gap_until - timezone.localdate()).days == 365
    assert Coverage.objects.get(neighbourhood=place).other_channel == 1
    with pytest.raises(DomainError):
        services.note_gap(actor=officer, household_id=person.household_id, gap="poor")
    with pytest.raises(DomainError):
        services.choose_channel(actor=officer, household_id=person.household_id, channel="smoke")

    Household.objects.update(gap_until=make.days_ago(1).date())
    assert services.forget_wishes(ward_id=officer.ward_id) == 1


def test_only_the_area_officer_reads_a_wish_not_to_join(officer, chief, place):
    person = resident(place)
    household = services.note_gap(actor=officer, household_id=person.household_id, gap="declines")
    assert selectors.gap_words(officer, household) == "không muốn tham gia"
    assert selectors.gap_words(chief, household) == "chưa rõ"


def test_who_works_elsewhere_does_not_know_the_household(person_with_post, place):
    person = resident(place)
    _user, stranger = person_with_post("area_officer")
    assert selectors.one_household(stranger, person.household_id) is None
    with pytest.raises(Household.DoesNotExist):
        services.mark_joined(actor=stranger, household_id=person.household_id)


def test_a_deputy_marks_in_the_own_neighbourhood_only(person_with_post, place):
    ours, theirs = resident(place), resident(make.NeighbourhoodFactory())
    _user, deputy = person_with_post("group_deputy", neighbourhood=place, capacity="neighbourhood_head")
    assert services.mark_joined(actor=deputy, household_id=ours.household_id).covered_by == 1
    with pytest.raises(Household.DoesNotExist):
        services.mark_joined(actor=deputy, household_id=theirs.household_id)


def test_the_committee_reads_but_does_not_mark(committee_member, place):
    person = resident(place)
    assert selectors.one_household(committee_member, person.household_id) is not None
    with pytest.raises(PermissionDenied):
        services.mark_joined(actor=committee_member, household_id=person.household_id)


def test_another_wards_household_does_not_exist(chief, other_ward, person_with_post, place):
    person = resident(place)
    _user, stranger = person_with_post("chief", ward_id=other_ward.pk)
    with pytest.raises(Household.DoesNotExist):
        services.mark_joined(actor=stranger, household_id=person.household_id)


def test_a_telephone_is_shown_for_a_reason_only(officer, committee_member, person_with_post, place):
    person = resident(place)
    _user, deputy = person_with_post("group_deputy", neighbourhood=place, capacity="neighbourhood_head")
    assert services.unmask_phone(actor=officer, person=person, reason="hẹn đến nhà") == "0912345678"
    assert AuditEvent.objects.get(action="groups.phone_shown").reason == "hẹn đến nhà"
    with pytest.raises(DomainError):
        services.unmask_phone(actor=officer, person=person, reason=" x ")
    for actor in (committee_member, deputy):
        with pytest.raises(PermissionDenied):
            services.unmask_phone(actor=actor, person=person, reason="muốn biết số")


def test_thirty_days_after_leaving_the_person_is_forgotten_and_the_household_stays(officer, place):
    recent, gone = resident(place), resident(place, "Lê Thị Hoa")
    Person.objects.filter(pk=recent.pk).update(status="moved", left_at=make.days_ago(29))
    Person.objects.filter(pk=gone.pk).update(status="deceased", left_at=make.days_ago(31))

    assert services.forget_leavers(ward_id=officer.ward_id) == 1

    gone.refresh_from_db()
    assert (gone.full_name, gone.phone, gone.birth_year, gone.household_id) == ("", "", None, gone.household_id)
    assert Person.objects.filter(full_name="Nguyễn Văn An").exists()
    assert services.forget_leavers(ward_id=officer.ward_id) == 0


# Pages ---------------------------------------------------------------------------------------------------------------


def test_search_without_marks_finds_the_name_with_marks(officer, place, signed_in):
    resident(place), resident(place, "Lê Thị Hoa")
    page = signed_in(officer).get(LIST, {"q": "nguyen van an"}).content.decode()
    assert "Nguyễn Văn An" in page and "Lê Thị Hoa" not in page
    assert "Nguyễn Văn An" in signed_in(officer).get(LIST, {"q": "nguyen an"}).content.decode()
    assert "Lê Thị Hoa" in signed_in(officer).get(LIST, {"q": "le thi"}).content.decode()


def test_the_words_of_a_search_belong_to_one_person(officer, place, signed_in):
    person = resident(place, "Nguyễn Thị Hoa")
    make.PersonFactory(household=person.household, full_name="Trần Văn An", search_key="tran van an")
    assert "Nguyễn Thị Hoa" not in signed_in(officer).get(LIST, {"q": "nguyen an"}).content.decode()


def test_the_page_sorts_by_given_name_in_vietnamese_order(officer, place, signed_in):
    for name in ("Trần Văn Đức", "Lê Văn Dũng", "Phạm Thị Ánh", "Nguyễn Văn An"):
        resident(place, name)
    page = signed_in(officer).get(LIST, {"order": "name"}).content.decode()
    names = ["Nguyễn Văn An", "Phạm Thị Ánh", "Lê Văn Dũng", "Trần Văn Đức"]
    assert [page.index(name) for name in names] == sorted(page.index(name) for name in names)


def test_filters_narrow_to_exactly_their_rows(officer, place):
    joined, gap, other = resident(place, "Một Hộ"), resident(place, "Hai Hộ"), resident(place, "Ba Hộ")
    services.mark_joined(actor=officer, household_id=joined.household_id)
    services.note_gap(actor=officer, household_id=gap.household_id, gap="no_zalo")
    services.choose_channel(actor=officer, household_id=other.household_id, channel="sms")
    Household.objects.filter(pk=other.household_id).update(street="Xóm Chùa")
    services.choose_channel(actor=officer, household_id=joined.household_id, channel="sms")
    Membership.objects.update(confirmed_at=timezone.now())

    def shown(**data):
        from types import SimpleNamespace

        rows = selectors.households_for_list(officer)
        found = HouseholdFilter(data, queryset=rows, request=SimpleNamespace(actor=officer)).qs
        return {household.head_name for household in found}

    assert shown(joined="yes") == shown(joined="confirmed") == {"Một Hộ"}
    assert shown(joined="no") == {"Hai Hộ", "Ba Hộ"}
    assert shown(joined="other") == shown(street="Xóm Chùa") == {"Ba Hộ"}
    assert shown(gap="no_zalo") == {"Hai Hộ"} and shown(gap="unknown") == {"Ba Hộ"}
    assert shown(neighbourhood=str(place.pk)) == {"Một Hộ", "Hai Hộ", "Ba Hộ"}


def test_committee_pages_show_no_telephone_at_all(committee_member, officer, place, signed_in):
    person = resident(place)
    for url in (LIST, reverse("groups:household", args=[person.household_id])):
        page = signed_in(committee_member).get(url).content.decode()
        assert "Nguyễn Văn An" in page and "0912" not in page and "678" not in page
        assert "0912***678" in signed_in(officer).get(url).content.decode()


@pytest.mark.parametrize("rows", [1, 30])
def test_the_roster_page_costs_the_same_for_any_number_of_rows(officer, place, signed_in, assert_queries, rows):
    for number in range(rows):
        resident(place, f"Nguyễn Văn Hộ {number}")
    client = signed_in(officer)
    client.get(LIST)
    with assert_queries("groups:households"):
        client.get(LIST)


def test_the_walk_counts_households_not_the_people_in_them(officer, place):
    home = resident(place).household
    home.street = "Xóm Cầu"
    home.save()
    for name in ("Nguyễn Thị Bình", "Nguyễn Văn Cường"):
        make.PersonFactory(household=home, full_name=name)
    assert [(walk["all"], walk["open"]) for walk in selectors.walks(officer)] == [(1, 1)]
    assert selectors.to_visit_count(officer, [place.pk]) == 1
    Person.objects.filter(household=home, is_head=True).update(claims_joined=True)
    assert [(walk["all"], walk["open"]) for walk in selectors.walks(officer)] == [(1, 0)]


def test_the_number_above_the_list_is_that_of_its_rows_kept_or_counted(officer, place, signed_in):
    people = [resident(place, f"Nguyễn Văn Hộ {number}") for number in range(5)]
    coverage.recount_ward(ward_id=officer.ward_id)
    services.mark_joined(actor=officer, household_id=people[0].household_id, person_id=people[0].pk)
    client = signed_in(officer)
    for query in ({}, {"joined": "yes"}, {"joined": "no"}, {"neighbourhood": place.pk}, {"q": "ho 3"}, {"joined": "x"}):
        context = client.get(LIST, query).context
        assert context["page_obj"].paginator.count == len(context["rows"]), query
    with CaptureQueriesContext(connection) as kept:
        client.get(LIST)
    with CaptureQueriesContext(connection) as counted:
        client.get(LIST, {"q": "ho"})
    assert len(kept) == len(counted) - 1


def test_a_name_cannot_reach_into_the_menu_of_its_row(officer, place, signed_in):
    resident(place, "<b>{people} {id}")
    page = signed_in(officer).get(LIST).content.decode()
    assert "<b>{" not in page and page.count("&lt;b&gt;{people} {id}") == 2  # in its line and on its button


def test_a_mark_on_the_page_answers_with_the_row_and_the_new_figure(officer, place, signed_in):
    person = resident(place)
    url = reverse("groups:household-action", args=[person.household_id])
    answer = signed_in(officer).post(url, {"join": str(person.pk)}, headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert answer.status_code == 200 and f'id="household-{person.household_id}"' in page
    assert 'id="coverage" hx-swap-oob="true"' in page and "1/1 · 100%" in page


def test_strangers_get_404_and_the_committee_403_on_a_mark(committee_member, person_with_post, place, signed_in):
    person = resident(place)
    url = reverse("groups:household-action", args=[person.household_id])
    _user, stranger = person_with_post("area_officer")
    assert signed_in(stranger).post(url, {"join": ""}).status_code == 404
    assert signed_in(committee_member).post(url, {"join": ""}).status_code == 403


def test_the_walk_goes_from_house_to_house_and_a_doubled_tap_counts_once(officer, place, signed_in):
    first, second = resident(place, "Nhà Một"), resident(place, "Nhà Hai")
    Household.objects.filter(pk=first.household_id).update(house_order=1, address="Số 1")
    Household.objects.filter(pk=second.household_id).update(house_order=2, address="Số 2")
    client = signed_in(officer)
    url = reverse("groups:door", args=[place.pk])
    page = client.get(url, {"street": "Xóm Cầu"}).content.decode()
    assert "Số 1" in page and "còn 2 nhà" in page
    action = reverse("groups:door-action", args=[place.pk, first.household_id])
    for _time in range(2):
        answer = client.post(action, {"gap": "no_zalo", "version": "0"}, follow=True)
    assert "Số 2" in answer.content.decode()
    assert Household.objects.get(pk=first.household_id).version == 1
    assert AuditEvent.objects.filter(action="groups.household_gap_noted").count() == 1


def test_a_kept_press_counts_once_and_never_over_what_somebody_else_marked(officer, place, signed_in):
    person = resident(place)
    action = reverse("groups:door-action", args=[place.pk, person.household_id])
    client, first, second = signed_in(officer), "1" * 32, "2" * 32
    for _time in range(2):
        answer = client.post(action, {"gap": "no_zalo", "version": "0", "key": first})
        assert answer.json()["text"] == "" and answer.json()["next"].startswith("/di-tung-nha/")
    late = client.post(action, {"gap": "moved", "version": "0", "key": second})
    assert "người khác" in late.json()["text"]
    household = Household.objects.get(pk=person.household_id)
    assert (household.gap, household.version) == ("no_zalo", 1)
    assert AuditEvent.objects.filter(action="groups.household_gap_noted").count() == 1
    refused = client.post(action, {"gap": "khong-co", "version": "1", "key": second})
    assert refused.status_code == 200 and refused.json()["text"]


def test_an_export_holds_what_the_filter_shows_with_masked_numbers_and_its_purpose(officer, place, committee_member):
    resident(place, "=HYPERLINK(1)"), resident(place)
    rows = selectors.households_for_list(officer).filter(head_name="Nguyễn Văn An")
    content = exports.export_households(actor=officer, rows=rows, kind="xlsx", purpose="đi vận động")
    table = list(load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))
    assert len(table) == 2 and table[1][2] == "Nguyễn Văn An" and table[1][9] == "0912***678"
    full = exports.export_households(actor=officer, rows=rows, kind="csv", purpose="đi vận động", phones=True)
    assert "0912345678" in full.decode()
    everything = selectors.households_for_list(officer)
    csv = exports.export_households(actor=officer, rows=everything, kind="csv", purpose="đi vận động").decode()
    assert "'=HYPERLINK" in csv
    assert AuditEvent.objects.filter(action="groups.households_exported", reason="đi vận động").count() == 3
    with pytest.raises(DomainError):
        exports.export_households(actor=officer, rows=rows, kind="csv", purpose=" ")
    with pytest.raises(PermissionDenied):
        exports.export_households(actor=committee_member, rows=rows, kind="csv", purpose="đi vận động")


def test_every_coverage_figure_opens_exactly_its_rows(officer, chief, committee_member, place, signed_in):
    people = [resident(place, f"Hộ Số {number}") for number in range(5)]
    resident(make.NeighbourhoodFactory(), "Hộ Xa")
    services.mark_joined(actor=officer, household_id=people[0].household_id)
    services.mark_joined(actor=officer, household_id=people[1].household_id)
    Membership.objects.filter(person=people[1]).update(confirmed_at=timezone.now())
    services.choose_channel(actor=officer, household_id=people[2].household_id, channel="visit")
    coverage.recount_ward(ward_id=officer.ward_id)
    today = timezone.localdate()
    period = figures.Period(today, today)
    for actor in (officer, chief, committee_member):
        for key in ("coverage_claimed", "coverage_confirmed", "households_uncovered", "households_other_channel"):
            figure = figures.figure(key)
            value = figure.value(actor, period)
            counted = value[0] if figure.kind == "percent" else value
            response = signed_in(actor).get(figure.rows_url(actor, period))
            assert response.context["page_obj"].paginator.count == counted, (key, actor.kinds)


def test_today_tells_officers_how_many_households_to_visit(officer, chief, place):
    resident(place), resident(place, "Lê Thị Hoa")
    assert _to_visit(officer)[0]["label"].startswith("2 ")
    assert _to_visit(chief) == []
