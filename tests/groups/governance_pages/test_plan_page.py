"""The planner's page."""

from __future__ import annotations

import pytest
from django.urls import reverse

from groups.models import GroupProposal, ZaloGroup
from groups.services import planning
from tests.factories import NeighbourhoodFactory


def test_the_page_proposes_explains_and_accepts(small, signed_in):
    client = signed_in(small.chief)
    client.post(reverse("groups:plan-action", args=["de-xuat"]), {"small_limit": "10"})
    page = client.get(reverse("groups:plan"))
    assert len(page.context["proposals"]) == 4
    assert all(len(one.reasons) >= 2 for one in page.context["proposals"])
    answer = client.post(reverse("groups:plan-action", args=["chap-nhan"]))
    assert answer["Location"] == reverse("groups:group-list")
    assert ZaloGroup.objects.filter(status="active").count() == 4


def test_the_page_renames_moves_joins_and_splits(small, signed_in):
    planning.propose(actor=small.chief, small_limit=10)
    client = signed_in(small.chief)

    def act(action: str, **data) -> None:
        assert client.post(reverse("groups:plan-action", args=[action]), data).status_code == 302

    def plan() -> list[list[int]]:
        rows = GroupProposal.objects.filter(status="proposed")
        return sorted(sorted(row.neighbourhoods.values_list("neighbourhood__number", flat=True)) for row in rows)

    assert plan() == [[1, 2], [3], [4], [5]]
    pair = GroupProposal.objects.get(neighbourhoods__neighbourhood=small.places[0])
    act("doi-ten", proposal=pair.pk, name="Zalo ANTT Cầu Đá")
    assert GroupProposal.objects.get(pk=pair.pk).name == "Zalo ANTT Cầu Đá"
    act("tach", proposal=pair.pk)
    assert plan() == [[1], [2], [3], [4], [5]]
    act("chuyen", neighbourhood=[small.places[1].pk, small.places[2].pk], target=pair.pk)
    assert plan() == [[1, 2, 3], [4], [5]]
    act("chuyen", neighbourhood=[small.places[2].pk], target="")
    assert plan() == [[1, 2], [3], [4], [5]]
    act("ghep", proposal=list(GroupProposal.objects.filter(status="proposed").values_list("pk", flat=True)))
    assert plan() == [[1, 2, 3, 4, 5]]
    act("lam-lai", small_limit="10")
    assert plan() == [[1, 2], [3], [4], [5]]


def test_a_refused_change_leads_back_to_the_plan_with_its_reason(small, signed_in):
    client = signed_in(small.chief)
    answer = client.post(reverse("groups:plan-action", args=["ghep"]), {}, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("groups:plan")
    assert [str(message) for message in answer.context["messages"]]


def test_a_deputy_chief_may_plan_but_sees_no_button_to_accept(small, signed_in, person_with_post):
    planning.propose(actor=small.chief, small_limit=10)
    deputy_chief = person_with_post("deputy_chief")[1]
    address = reverse("groups:plan-action", args=["chap-nhan"])
    assert address in signed_in(small.chief).get(reverse("groups:plan")).content.decode()
    client = signed_in(deputy_chief)
    assert address not in client.get(reverse("groups:plan")).content.decode()
    assert client.post(address).status_code == 403


@pytest.mark.parametrize("number", [1, 30])
def test_the_plan_costs_the_same_for_any_number_of_proposals(small, signed_in, assert_queries, number):
    for extra in range(number):
        NeighbourhoodFactory(number=100 + extra, name=f"Xóm {extra}")
    planning.propose(actor=small.chief, small_limit=10)
    client = signed_in(small.chief)
    with assert_queries("groups:plan"):
        client.get(reverse("groups:plan"))
