"""Home, dashboards by role, drill-down, charts, province, message of the day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from groups.models import CoverageDay
from groups.services.coverage import recount_ward
from oversight.models import DailyMessage
from oversight.selectors import places, province
from oversight.services import messages as message_services
from tests.factories import (
    LONG_AGO,
    AppointmentFactory,
    GroupNeighbourhoodFactory,
    HouseholdFactory,
    MembershipFactory,
    NeighbourhoodFactory,
    OfficerAreaFactory,
    PersonFactory,
)
from tests.oversight.conftest import simple
from tests.tips.factories import make_tip
from tips.models import Tip
from vikhe_portal.core import figures
from vikhe_portal.core.errors import DomainError, Refused
from vikhe_portal.core.figures import Period, TodayEntry
from vikhe_portal.core.scope import ward_scope

pytestmark = pytest.mark.django_db
DASHBOARD = "/tong-quan/"


def covered_place(covered: int, households: int, **fields):
    """A neighbourhood with so many households, some of them with a member in its group."""
    serving = GroupNeighbourhoodFactory(**fields)
    for number in range(households):
        household = HouseholdFactory(neighbourhood=serving.neighbourhood, **fields)
        if number < covered:
            person = PersonFactory(household=household, **fields)
            MembershipFactory(group=serving.group, person=person, **fields)
    return serving


def today():
    return timezone.localdate()


@pytest.mark.parametrize(
    ("kind", "leads_to"),
    [
        ("committee_head", DASHBOARD),
        ("deputy_head", DASHBOARD),
        ("committee_member", DASHBOARD),
        ("province_viewer", "/tinh/"),
        ("ward_admin", "/tai-khoan/can-bo/"),
        ("chief", ""),
        ("deputy_chief", ""),
        ("duty_officer", ""),
        ("area_officer", ""),
        ("outlet_keeper", ""),
    ],
)
def test_each_role_has_its_own_first_page(person_with_post, signed_in, kind, leads_to):
    page = signed_in(person_with_post(kind)[1]).get("/")
    assert page.get("Location", "") == leads_to


@pytest.mark.parametrize("kind", ["ward_admin", "outlet_keeper", "province_viewer"])
def test_who_has_no_business_in_the_committees_room_is_refused_everywhere(person_with_post, signed_in, kind):
    client = signed_in(person_with_post(kind)[1])
    names = ("dashboard", "reviews", "directives", "parts", "inspections", "findings", "message", "review-draft")
    assert {name: client.get(reverse(f"oversight:{name}")).status_code for name in names} == dict.fromkeys(names, 403)


def test_officers_and_deputies_do_not_open_reports(person_with_post, signed_in):
    client = signed_in(person_with_post("area_officer")[1])
    assert client.get(reverse("oversight:reviews")).status_code == 403
    assert client.get(reverse("oversight:province")).status_code == 403


def test_the_days_work_shows_what_the_apps_say_waits(person_with_post, signed_in, monkeypatch):
    def items(actor):
        return [{"label": "Đăng thẻ số 7", "url": "/the/7/", "due": timezone.now(), "tone": "danger"}]

    shown = TodayEntry("cards", "Thẻ cần đăng", "send", "oversight.dashboard", items)
    closed = TodayEntry("closed", "Không được thấy", "send", "reviews.sign", items)
    empty = TodayEntry("empty", "Không có gì", "send", "oversight.dashboard", lambda actor: [])
    monkeypatch.setattr(figures, "_today", {one.key: one for one in (shown, closed, empty)})
    page = signed_in(person_with_post("area_officer")[1]).get("/")
    text = page.content.decode()
    assert "Đăng thẻ số 7" in text
    assert "/the/7/" in text
    assert "Không được thấy" not in text
    assert "Không có gì" not in text
    assert (page.context["waiting"], page.context["late"]) == (1, 1)


def test_figures_link_to_the_rows_they_count(chief, signed_in, only_figures):
    only_figures(simple("received", 42), simple("broken", 2, now=True, good="down"))
    page = signed_in(chief).get(DASHBOARD)
    text = page.content.decode()
    assert f'href="/received/?{today().replace(day=1)}"' in text
    assert [one.figure.key for one in page.context["behind"]] == ["broken"]


@pytest.mark.parametrize("kind", ["chief", "deputy_chief", "duty_officer", "area_officer"])
def test_tips_listed_behind_a_figure_are_as_many_as_it_says(person_with_post, signed_in, kind):
    actor = person_with_post(kind)[1]
    area = OfficerAreaFactory(user=actor.user)
    elsewhere = NeighbourhoodFactory()
    for place in (area.neighbourhood, area.neighbourhood, elsewhere):
        tip = make_tip()
        Tip.objects.filter(pk=tip.pk).update(neighbourhood=place)
    client = signed_in(actor)
    page = client.get(DASHBOARD, {"kind": "month"})
    counted = {one.figure.key: one for group in page.context["groups"] for one in group["figures"]}
    assert counted["tips_received"].value == (2 if kind == "area_officer" else 3)
    for key in ("tips_received", "tips_open"):
        rows = client.get(counted[key].url).context["page_obj"].paginator.count
        assert rows == counted[key].value


def test_own_figures_open_exactly_the_rows_they_count(chief, person_with_post, signed_in):
    from oversight.services import directives as directive_services

    officer = person_with_post("area_officer")[1]
    soon = today() + timedelta(days=5)
    row = directive_services.issue_directive(actor=chief, title="V", text="L", owner_id=chief.id, due_on=soon)
    for person in (officer, officer, chief):
        directive_services.add_parts(actor=chief, directive=row, text="P", assignee_id=person.id, due_on=soon)
    for actor, expected in ((chief, 3), (officer, 2)):
        client = signed_in(actor)
        page = client.get(DASHBOARD)
        counted = {one.figure.key: one for group in page.context["groups"] for one in group["figures"]}
        assert counted["directive_parts_open"].value == expected
        listed = client.get(counted["directive_parts_open"].url).context["page_obj"].paginator.count
        assert listed == expected


def test_neighbourhoods_are_listed_least_reached_first_with_what_they_lack(chief):
    low, high = covered_place(1, 4), covered_place(3, 4)
    bare = HouseholdFactory().neighbourhood
    leader = AppointmentFactory(group=low.group)
    OfficerAreaFactory(neighbourhood=low.neighbourhood, user=leader.user)
    recount_ward(ward_id=chief.ward_id)
    rows = places.places(chief)
    assert [row.neighbourhood for row in rows] == [bare, low.neighbourhood, high.neighbourhood]
    by_place = {row.neighbourhood.pk: row for row in rows}
    assert by_place[low.neighbourhood_id].breaches == []
    assert by_place[high.neighbourhood_id].breaches == ["no_leader", "no_officer"]
    assert by_place[bare.pk].breaches == ["no_group", "no_officer"]
    assert (by_place[low.neighbourhood_id].uncovered, by_place[low.neighbourhood_id].leader) == (
        3,
        leader.user.get_full_name(),
    )
    assert places.totals(rows) == {"households": 9, "covered": 4, "confirmed": 0, "uncovered": 5, "in_breach": 2}


def test_officer_and_deputy_see_their_own_neighbourhoods_only(person_with_post, signed_in):
    mine, other = covered_place(1, 2), covered_place(1, 2)
    officer = person_with_post("area_officer")[1]
    OfficerAreaFactory(user=officer.user, neighbourhood=mine.neighbourhood)
    deputy = person_with_post("group_deputy", capacity="neighbourhood_head", neighbourhood=mine.neighbourhood)[1]
    recount_ward(ward_id=officer.ward_id)
    for actor in (officer, deputy):
        page = signed_in(actor).get(DASHBOARD)
        assert [row.neighbourhood for row in page.context["places"]] == [mine.neighbourhood]
        assert other.neighbourhood.name + "<" not in page.content.decode()


def test_tips_by_neighbourhood_are_small_numbers_for_the_committee(chief, committee_member):
    place = NeighbourhoodFactory()
    make_tip()
    Tip.objects.update(neighbourhood=place)
    assert places.places(committee_member)[0].open_tips == "<5"
    assert places.places(chief)[0].open_tips == 1


def test_a_past_day_shows_the_coverage_of_that_day(chief):
    serving = covered_place(2, 4)
    recount_ward(ward_id=chief.ward_id)
    then = today() - timedelta(days=10)
    CoverageDay.objects.create(
        ward_id=chief.ward_id,
        neighbourhood=serving.neighbourhood,
        day=then,
        households=4,
        covered=1,
        confirmed=0,
        other_channel=0,
        people=4,
        members=1,
    )
    assert places.places(chief, then + timedelta(days=2))[0].covered == 1
    assert places.places(chief, today())[0].covered == 2
    data = places.coverage_trend(chief, Period(then, today()))
    assert (data["series"][0]["data"][0], data["series"][0]["data"][-1]) == (25.0, 50.0)


def test_a_chart_has_its_table_and_its_file(chief, signed_in):
    make_tip()
    client = signed_in(chief)
    page = client.get(DASHBOARD, {"kind": "week"})
    chart = next(one for one in page.context["charts"] if one["key"] == "tips_flow")
    assert sum(row[1] for row in chart["rows"]) == 1
    answer = client.get(reverse("oversight:chart-file", args=["tips_flow"]), {"kind": "week"})
    assert answer["Content-Type"].startswith("text/csv")
    assert len(answer.content.decode("utf-8-sig").strip().splitlines()) == len(chart["rows"]) + 1
    assert client.get(reverse("oversight:chart-file", args=["none"])).status_code == 404


def fill_neighbourhoods(number: int, ward_id: int) -> None:
    for _number in range(number):
        serving = GroupNeighbourhoodFactory()
        AppointmentFactory(group=serving.group)
        OfficerAreaFactory(neighbourhood=serving.neighbourhood)
    recount_ward(ward_id=ward_id)


@pytest.mark.parametrize("rows", [1, 30])
def test_the_dashboard_itself_costs_the_same_for_any_number_of_neighbourhoods(
    chief, signed_in, assert_queries, only_figures, monkeypatch, rows
):
    only_figures()
    monkeypatch.setattr(figures, "_today", {})
    own = {key: series for key, series in figures._series.items() if key in ("coverage_trend", "tips_flow")}
    monkeypatch.setattr(figures, "_series", own)
    fill_neighbourhoods(rows, chief.ward_id)
    make_tip()
    client = signed_in(chief)
    with assert_queries("oversight:dashboard"):
        client.get(DASHBOARD)


def test_with_every_figure_of_every_app_it_still_costs_the_same(chief, signed_in):
    client = signed_in(chief)
    client.get(DASHBOARD)  # the first request of a session also notes the session
    costs = []
    for more in (1, 20):
        fill_neighbourhoods(more, chief.ward_id)
        with CaptureQueriesContext(connection) as captured:
            client.get(DASHBOARD)
        costs.append(len(captured))
    assert costs[0] == costs[1]


@pytest.mark.parametrize("rows", [1, 20])
@pytest.mark.parametrize("name", ["directives", "parts", "inspections", "findings", "reviews"])
def test_lists_cost_the_same_for_any_number_of_rows(chief, signed_in, assert_queries, name, rows, only_figures):
    from oversight.services import directives as directive_services
    from oversight.services import inspections as inspection_services
    from oversight.services import reviews as review_services

    only_figures()
    place = covered_place(0, 1)
    soon = today() + timedelta(days=5)
    for number in range(rows):
        row = directive_services.issue_directive(actor=chief, title="V", text="L", owner_id=chief.id, due_on=soon)
        directive_services.add_parts(
            actor=chief,
            directive=row,
            text="P",
            assignee_id=chief.id,
            due_on=soon,
            neighbourhood_ids=(place.neighbourhood_id,),
        )
        inspection = inspection_services.plan_inspection(
            actor=chief, title="K", planned_on=today(), inspector_id=chief.id, groups=1, tips=0
        )
        inspection_services.note_finding(
            actor=chief, item=inspection.items.get(), text="T", owner_id=chief.id, due_on=soon
        )
        review_services.draft_review(actor=chief, kind="week", day=today() - timedelta(weeks=number))
    client = signed_in(chief)
    with assert_queries(f"oversight:{name}"):
        page = client.get(reverse(f"oversight:{name}"))
    assert page.context["page_obj"].paginator.count == rows


def test_the_province_sees_counts_of_its_wards_and_no_name(person_with_post, ward, other_ward, signed_in):
    viewer = person_with_post("province_viewer")[1]
    assert other_ward.province_id == ward.province_id
    covered_place(4, 10)
    recount_ward(ward_id=ward.pk)
    with ward_scope(other_ward.pk):
        theirs = covered_place(8, 10, ward_id=other_ward.pk)
        recount_ward(ward_id=other_ward.pk)
    rows, totals = province.wards_of_province(viewer)
    assert [(row.ward.pk, row.covered, row.behind, row.uncovered) for row in rows] == [
        (ward.pk, 4, 1, 6),
        (other_ward.pk, 8, 0, "<5"),
    ]
    assert totals == {"wards": 2, "households": 20, "covered": 12, "confirmed": 0, "behind": 1}
    page = signed_in(viewer).get("/tinh/").content.decode()
    assert theirs.group.name not in page
    assert theirs.neighbourhood.name not in page


def test_the_message_of_the_day_stands_until_its_day_and_only_the_last_one(chief, area_officer, signed_in):
    message_services.write_message(actor=chief, text="Lời cũ", until=today())
    message_services.write_message(actor=chief, text="Khóa cửa cẩn thận", until=today())
    page = signed_in(area_officer).get("/").content.decode()
    assert "Khóa cửa cẩn thận" in page
    assert "Lời cũ" not in page
    DailyMessage.objects.update(until=today() - timedelta(days=1))
    assert "Khóa cửa cẩn thận" not in signed_in(area_officer).get("/").content.decode()


def test_who_may_not_write_the_message_and_what_is_refused(chief, area_officer, committee_member):
    for actor in (area_officer, committee_member):
        with pytest.raises(Refused):
            message_services.write_message(actor=actor, text="x", until=today())
    with pytest.raises(DomainError):
        message_services.write_message(actor=chief, text=" ", until=today())
    with pytest.raises(DomainError):
        message_services.write_message(actor=chief, text="x", until=today() - timedelta(days=1))


def test_a_post_that_ended_closes_the_room(chief, signed_in):
    from accounts.models import Post

    Post.objects.filter(user=chief.user).update(held=DateTimeTZRange(LONG_AGO, timezone.now()))
    assert signed_in(chief).get(DASHBOARD).status_code == 403
