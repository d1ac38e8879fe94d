"""The list of households not reached, by street, for paper."""

from __future__ import annotations

import pytest
from django.urls import reverse

from groups.models import Household
from groups.services import rosters as services
from tests import factories as make
from tests.groups.rosters_app.test_rosters import officer, place, resident  # noqa: F401  (fixtures)
from vikhe_portal.core.models import AuditEvent

URL = "/ho-dan/chua-tham-gia/"


@pytest.fixture
def homes(officer, place):  # noqa: F811  (fixtures)
    """Two streets: one household joined, one without Zalo but reached by a neighbour, one that declines."""
    found = [resident(place, name) for name in ("Nguyễn Văn An", "Trần Thị Bình", "Lê Văn Cường")]
    streets = (("Xóm Cầu", "Số 1"), ("Xóm Cầu", "Số 2"), ("Xóm Chùa", "Số 3"))
    for person, (street, address) in zip(found, streets, strict=True):
        Household.objects.filter(pk=person.household_id).update(street=street, address=address)
    services.mark_joined(actor=officer, household_id=found[0].household_id)
    services.note_gap(actor=officer, household_id=found[1].household_id, gap="no_zalo")
    services.choose_channel(actor=officer, household_id=found[1].household_id, channel="neighbour")
    services.note_gap(actor=officer, household_id=found[2].household_id, gap="declines")
    return found


def test_the_list_holds_exactly_the_households_not_reached_by_street(officer, homes, signed_in):  # noqa: F811
    page = signed_in(officer).get(URL)
    (shown,) = page.context["places"]
    assert [(street, [row["address"] for row in rows]) for street, rows in shown["streets"]] == [
        ("Xóm Cầu", ["Số 2"]),
        ("Xóm Chùa", ["Số 3"]),
    ]
    text = page.content.decode()
    assert "không dùng Zalo" in text and "qua hàng xóm" in text and "Số 1<" not in text
    narrowed = signed_in(officer).get(URL, {"street": "Xóm Chùa"})
    assert narrowed.context["number"] == 1
    listed = signed_in(officer).get("/ho-dan/", {"street": "Xóm Chùa"}).content.decode()
    assert f"{URL}?street=X%C3%B3m+Ch%C3%B9a" in listed


def test_names_are_printed_only_for_a_purpose_and_it_stays_in_the_trail(officer, homes, signed_in):  # noqa: F811
    client = signed_in(officer)
    assert "Trần Thị Bình" not in client.get(URL).content.decode()
    refused = client.post(URL, {"purpose": " a "})
    assert refused.status_code == 422 and "Trần Thị Bình" not in refused.content.decode()
    assert not AuditEvent.objects.filter(action="groups.gaps_printed").exists()
    page = client.post(URL, {"purpose": "đi vận động từng nhà"}).content.decode()
    assert "Trần Thị Bình" in page and "Nguyễn Văn An" not in page and "0912" not in page
    event = AuditEvent.objects.get(action="groups.gaps_printed")
    assert event.reason == "đi vận động từng nhà" and event.values == {"rows": 2}


def test_a_wish_not_to_join_is_the_area_officers_to_know_and_others_print_no_names(
    officer,  # noqa: F811
    committee_member,
    homes,
    signed_in,
):
    assert "không muốn tham gia" in signed_in(officer).get(URL).content.decode()
    page = signed_in(committee_member).get(URL).content.decode()
    assert "Số 3" in page and "không muốn tham gia" not in page and '<form method="post"><input' not in page
    assert signed_in(committee_member).post(URL, {"purpose": "xem cho biết"}).status_code == 403


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_costs_the_same_for_any_number_of_rows(officer, place, signed_in, assert_queries, rows):  # noqa: F811
    for number in range(rows):
        resident(place, f"Nguyễn Văn Hộ {number}")
    client = signed_in(officer)
    client.get(URL)
    with assert_queries("groups:households-gaps"):
        client.get(URL)


def test_the_page_of_a_group_leads_to_the_comparison_for_those_who_may(chief, committee_member, ward, signed_in):
    group = make.ZaloGroupFactory()
    link = reverse("groups:member-list-start", args=[group.pk])
    address = reverse("groups:group", args=[group.pk])
    assert link in signed_in(chief).get(address).content.decode()
    assert link not in signed_in(committee_member).get(address).content.decode()
