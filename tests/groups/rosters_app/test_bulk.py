"""One mark for many households: the list that was seen is the list that is marked, or nothing is."""

from __future__ import annotations

import re

import pytest

from groups.models import Household, Membership
from groups.selectors.rosters import households_to_mark, list_digest
from groups.services import bulk, coverage
from groups.services import rosters as services
from tests import factories as make
from tests.factories import WARD_ID
from vikhe_portal.core.errors import DomainError, Refused
from vikhe_portal.core.models import AuditEvent

BULK = "/ho-dan/hang-loat/"


@pytest.fixture
def place(ward):
    row = make.NeighbourhoodFactory()
    make.GroupNeighbourhoodFactory(group=make.ZaloGroupFactory(), neighbourhood=row)
    return row


@pytest.fixture
def officer(person_with_post, place):
    user, actor = person_with_post("area_officer")
    make.OfficerAreaFactory(user=user, neighbourhood=place)
    return actor


@pytest.fixture
def homes(place):
    made = [make.HouseholdFactory(neighbourhood=place) for _ in range(4)]
    for home in made:
        make.PersonFactory(household=home, is_head=True)
    coverage.recount_ward(ward_id=WARD_ID)
    return made


def sent(page: str, mark: str) -> dict:
    """What a browser would send of a page as it stands, scripts or not."""
    return {
        "digest": re.search(r'name="digest" value="(\w+)"', page)[1],
        "chosen": re.findall(r'name="chosen" value="(\d+)" data-bulk-row checked', page),
        "mark": mark,
    }


def test_all_of_a_filter_or_those_ticked_get_the_same_mark(officer, homes, signed_in):
    client = signed_in(officer)
    assert BULK in client.get("/ho-dan/", {"joined": "no"}).content.decode()
    form = sent(client.get(BULK, {"joined": "no", "seen": 4}).content.decode(), "channel:loudspeaker")
    assert len(form["chosen"]) == 4
    form["chosen"] = form["chosen"][:3]
    answer = client.post(f"{BULK}?joined=no", form, follow=True)
    assert "Đã ghi cho 3 hộ" in answer.content.decode()
    assert Household.objects.filter(channel="loudspeaker").count() == 3
    assert AuditEvent.objects.filter(action="groups.household_channel").count() == 3
    assert AuditEvent.objects.get(action="groups.households_marked").values["marked"] == 3


@pytest.mark.parametrize("change", ["another mark", "a new household", "gone"])
def test_a_list_that_changed_meanwhile_is_not_marked_and_shown_again(officer, homes, place, signed_in, change):
    client = signed_in(officer)
    form = sent(client.get(BULK, {"joined": "no"}).content.decode(), "gap:no_zalo")
    if change == "another mark":
        services.note_gap(actor=officer, household_id=homes[0].pk, gap="away")
    elif change == "a new household":
        make.HouseholdFactory(neighbourhood=place)
    else:
        services.mark_joined(actor=officer, household_id=homes[0].pk)
    answer = client.post(f"{BULK}?joined=no", form)
    assert answer.status_code == 422 and "đã thay đổi" in answer.content.decode()
    assert not Household.objects.filter(gap="no_zalo").exists()
    again = sent(answer.content.decode(), "gap:no_zalo")
    assert client.post(f"{BULK}?joined=no", again).status_code == 302
    assert Household.objects.filter(gap="no_zalo").exists()


def test_a_household_that_is_not_on_the_list_cannot_be_smuggled_in(officer, homes, place):
    rows = households_to_mark(officer)
    street = rows.filter(pk__in=[home.pk for home in homes[:2]])
    with pytest.raises(DomainError, match="đã thay đổi"):
        bulk.mark_many(
            actor=officer, rows=street, digest=list_digest(street), chosen=[homes[3].pk], what="gap", value="away"
        )
    assert not Household.objects.exclude(gap="").exists()


def test_another_neighbourhoods_households_are_neither_shown_nor_marked(officer, homes, chief, signed_in):
    elsewhere = make.HouseholdFactory(head_name="Ở Tổ Khác")
    page = signed_in(officer).get(BULK).content.decode()
    assert "Ở Tổ Khác" not in page
    assert "Ở Tổ Khác" in signed_in(chief).get(BULK).content.decode()
    rows = Household.objects.filter(pk=elsewhere.pk)
    with pytest.raises((Refused, Household.DoesNotExist)):
        bulk.mark_many(
            actor=officer, rows=rows, digest=list_digest(rows), chosen=[elsewhere.pk], what="gap", value="away"
        )


def test_joined_households_and_wishes_stay_as_they_are(officer, homes):
    services.mark_joined(actor=officer, household_id=homes[0].pk)
    services.note_gap(actor=officer, household_id=homes[1].pk, gap="declines")
    rows = households_to_mark(officer)
    counts = bulk.mark_many(
        actor=officer,
        rows=rows,
        digest=list_digest(rows),
        chosen=[home.pk for home in homes],
        what="gap",
        value="no_zalo",
    )
    assert counts == {"marked": 2, "left": 2}
    assert sorted(Household.objects.values_list("gap", flat=True)) == ["", "declines", "no_zalo", "no_zalo"]


def test_joined_for_many_makes_members_and_moves_the_figure(officer, homes):
    rows = households_to_mark(officer)
    bulk.mark_many(actor=officer, rows=rows, digest=list_digest(rows), chosen=[home.pk for home in homes], what="join")
    assert Membership.objects.count() == 4 and Household.objects.filter(covered_by=1).count() == 4


@pytest.mark.parametrize(
    ("chosen", "mark"),
    [(True, ""), (True, "gap:declines"), (True, "channel:smoke"), (True, "x:y"), (False, "gap:away")],
)
def test_no_mark_a_wish_or_nobody_ticked_is_refused_and_nothing_is_lost(officer, homes, signed_in, chosen, mark):
    client = signed_in(officer)
    form = sent(client.get(BULK).content.decode(), mark)
    if not chosen:
        form["chosen"] = []
    answer = client.post(BULK, form)
    assert answer.status_code == 422 and not Household.objects.exclude(gap="").exists()
    if chosen:
        assert answer.content.decode().count("data-bulk-row checked") == 4


def test_a_list_too_long_is_to_be_narrowed_first_and_a_changed_number_is_said(officer, homes, signed_in, monkeypatch):
    client = signed_in(officer)
    assert "Lúc mở danh sách có 7 hộ; bây giờ có 4 hộ" in client.get(BULK, {"seen": 7}).content.decode()
    monkeypatch.setattr(bulk, "MOST", 3)
    page = client.get(BULK).content.decode()
    assert "hơn 3 hộ" in page and "data-bulk-row" not in page
