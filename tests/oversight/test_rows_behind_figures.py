"""Every figure of the dashboard × everyone who has one × every period: as many rows are listed as the figure says.

The figures are those the apps register; a new one is looked at here without being named.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.template.response import TemplateResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from broadcasts.models import Delivery
from groups.services.coverage import recount_ward
from oversight.models import Finding
from oversight.selectors import periods
from tests.factories import (
    WARD_ID,
    AppointmentFactory,
    GroupNeighbourhoodFactory,
    HouseholdFactory,
    MembershipFactory,
    OfficerAreaFactory,
    PersonFactory,
    make_post,
    make_user,
)
from tests.security.objects import Ward
from tests.tips.factories import make_tip
from tips.models import Kind, Tip
from vikhe_portal.core import figures
from vikhe_portal.core.figures import SMALL_NUMBERS_HIDDEN
from vikhe_portal.core.scope import ward_scope

pytestmark = pytest.mark.django_db

ROLES = (
    *("committee_head", "chief", "deputy_head", "committee_member", "deputy_chief", "duty_officer"),
    *("area_officer", "party_secretary", "neighbourhood_head", "security_head"),
)
CAPACITIES = ("party_secretary", "neighbourhood_head", "security_head")
STATES = ("sent", "pending", "handed_to", "unknown", "done_by")


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def days_ago(days: int):
    return timezone.now() - timedelta(days=days)


def _tips(place) -> None:
    for turn, kind in enumerate(Kind.values):
        for number, days in enumerate((0, 8, 8, 40, 400), turn):
            tip = make_tip()
            fields = {"kind": kind, "neighbourhood": place if number % 2 else None, "received_at": days_ago(days + 1)}
            if number % 3:
                fields |= {"answered_at": days_ago(days), "answered_late": days == 8}
            if number % 3 == 2:
                fields |= {"status": Tip.Status.CLOSED, "closed_at": days_ago(days)}
            elif number % 2:
                fields |= {"next_due_at": days_ago(1)}
            Tip.objects.filter(pk=tip.pk).update(**fields)


def _households(serving) -> None:
    for number in range(7):
        household = HouseholdFactory(neighbourhood=serving.neighbourhood, channel="" if number else "phone")
        person = PersonFactory(household=household, security_team=number < 2)
        if number > 3:
            MembershipFactory(group=serving.group, person=person, confirmed_at=timezone.now() if number == 6 else None)
    recount_ward(ward_id=WARD_ID)


def _posts(ward: Ward, group) -> None:
    for state in STATES:
        for days in (0, 9, 45, 300):
            posted = state in ("sent", "done_by")
            at, who = days_ago(days), ward["user"]
            fields = {"sent_at": at, "done_at": at, "done_by": who} if posted else {}
            one = ward.row("broadcasts.delivery", group=group, state="pending", deputies_from=days_ago(days + 1))
            Delivery.objects.filter(pk=one.pk).update(state=state, **fields)


def _room(ward: Ward, officer) -> None:
    for days in (-5, 5):
        due = timezone.localdate() + timedelta(days=days)
        ward.row("oversight.directivepart", assignee=officer, due_on=due, status="open")
        ward.row("oversight.finding", owner=officer, due_on=due, status=Finding.Status.OPEN, item=_item(ward))
    ward.row("oversight.datarequest", received_at=days_ago(30), due_at=days_ago(1), reply_due_at=days_ago(28))
    recount_ward(ward_id=WARD_ID)  # the request brought a household of its own
    ward.row("oversight.regulation", version=1, effective_on=timezone.localdate())


def _item(ward: Ward):
    return ward.row("oversight.inspectionitem", group=ward["group"], inspection=ward.row("oversight.inspection"))


@pytest.fixture
def people(ward):
    """A person for every role, in a ward in which something stands behind every figure."""
    serving = GroupNeighbourhoodFactory()
    GroupNeighbourhoodFactory()
    place = serving.neighbourhood
    made = Ward(WARD_ID, place)
    made.made["group"] = serving.group
    found = {}
    for role in ROLES:
        user = found[role] = make_user()
        if role in CAPACITIES:
            make_post(user, "group_deputy", capacity=role, neighbourhood=place)
        else:
            make_post(user, role)
    officer = found["area_officer"]
    OfficerAreaFactory(user=officer, neighbourhood=place)
    AppointmentFactory(group=serving.group, user=officer)
    with ward_scope(WARD_ID):
        _tips(place)
        _households(serving)
        _posts(made, serving.group)
        _room(made, officer)
        made.row("groups.handover", from_user=officer, status="open")
    return found


def listed(client, url: str) -> int:
    """How many rows the page of a figure lists: what the page was given, for drawing it takes most of the time."""
    page = client.get(url)
    assert page.status_code == 200, url
    context = page.context_data
    if "page_obj" in context:
        return context["page_obj"].paginator.count
    for name in ("lines", "missing", "rows"):
        if name in context:
            return len(context[name])
    raise AssertionError(f"{url} lists no rows this test knows of")


def wanted(one) -> int:
    return one.value[0] if one.figure.kind == "percent" else one.value


def all_periods() -> list[dict[str, str]]:
    """Every kind of period as the dashboard's address names it, a past one and one of somebody's own choice."""
    day = timezone.localdate()
    own = {"kind": "own", "start": str(day - timedelta(days=45)), "end": str(day - timedelta(days=2))}
    chosen = [{"kind": kind} for kind in periods.CHOICES if kind != periods.OWN]
    return [*chosen, {"kind": "month", "as_of": str(day - timedelta(days=40))}, own]


def differences(user, role: str) -> list[str]:
    """Figures of a person, over all periods, beside which another number of rows is listed."""
    client = client_of(user)
    wrong, seen, numbers = [], set(), {}
    for parameters in all_periods():
        page = client.get(reverse("oversight:dashboard"), parameters)
        for group in page.context_data["groups"]:
            for one in group["figures"]:
                if one.hidden:
                    assert group["key"] in SMALL_NUMBERS_HIDDEN, one.figure.key
                    assert not one.url, f"{one.figure.key}: a hidden number opens its rows"
                    continue
                assert one.url, f"{one.figure.key} opens nothing"
                seen.add(one.figure.key)
                if one.url not in numbers:  # the same rows whatever the period are looked at once
                    numbers[one.url] = listed(client, one.url)
                number = numbers[one.url]
                if number != wanted(one):
                    wrong.append(f"{role}: {one.figure.key} {parameters}: {one.value} said, {number} listed")
    assert len(seen) >= 5, role
    return wrong


# Two halves of the roles, each over one ward: making the ward takes longer than looking at it as one person.
@pytest.mark.parametrize("roles", [ROLES[::2], ROLES[1::2]], ids=lambda roles: "+".join(roles))
def test_as_many_rows_are_listed_as_the_figure_says(people, roles, monkeypatch):
    monkeypatch.setattr(TemplateResponse, "rendered_content", "")
    wrong = [line for role in roles for line in differences(people[role], role)]
    assert not wrong, "\n" + "\n".join(wrong)


def test_something_stands_behind_every_figure_the_chief_sees(people):
    client = client_of(people["chief"])
    page = client.get(reverse("oversight:dashboard"), {"kind": "year"})
    counted = {one.figure.key: wanted(one) for group in page.context["groups"] for one in group["figures"]}
    # Every figure registered is one the chief sees: none is left out of the test above.
    assert set(counted) == {one.key for one in figures.figures()}
    assert {key for key, value in counted.items() if not value} == set()
