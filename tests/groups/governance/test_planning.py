"""The planner: one group a neighbourhood, small ones joined, the chief changes and accepts in one step."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import Post
from groups.models import Appointment, GroupNeighbourhood, GroupProposal, ZaloGroup
from groups.selectors import planning as selectors
from groups.services import planning
from tests import factories as make
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.models import AuditEvent
from wards.models import WardProfile


def place(households: int, officer=None, **fields):
    row = make.NeighbourhoodFactory(**fields)
    for _ in range(households):
        make.HouseholdFactory(neighbourhood=row)
    if officer is not None:
        make.OfficerAreaFactory(user=officer, neighbourhood=row)
    return row


def names_in(proposal) -> set[str]:
    return {item.neighbourhood.name for item in proposal.neighbourhoods.select_related("neighbourhood")}


@pytest.fixture
def officer(person_with_post):
    return person_with_post("area_officer")[0]


def test_small_neighbourhoods_of_one_officer_share_a_group_and_large_ones_do_not(chief, officer, person_with_post):
    other = person_with_post("area_officer")[0]
    small = [place(2, officer), place(1, officer)]
    large, elsewhere = place(5, officer), place(1, other)

    assert planning.propose(actor=chief, small_limit=3) == 3

    found = sorted((names_in(row) for row in GroupProposal.objects.all()), key=len)
    assert {row.name for row in small} in found
    assert {large.name} in found and {elsewhere.name} in found


def test_small_ones_are_never_joined_above_the_cap(chief, officer):
    WardProfile.objects.filter(ward_id=chief.ward_id).update(member_cap=3)
    for _ in range(3):
        place(2, officer)
    assert planning.propose(actor=chief, small_limit=10) == 3


def test_proposing_again_keeps_what_the_chief_changed_and_adds_only_the_new(chief, officer):
    place(5, officer)
    planning.propose(actor=chief)
    row = GroupProposal.objects.get()
    planning.rename_proposal(actor=chief, proposal_id=row.pk, name="Zalo ANTT Xóm Cầu")
    place(150, officer)

    assert planning.propose(actor=chief) == 1
    row.refresh_from_db()
    assert (row.name, row.status) == ("Zalo ANTT Xóm Cầu", "proposed")

    planning.propose(actor=chief, start_over=True)
    row.refresh_from_db()
    assert row.status == "discarded"


def test_the_chief_moves_a_neighbourhood_and_an_emptied_proposal_goes(chief, officer):
    first, second = place(4, officer), place(4, officer)
    planning.propose(actor=chief, small_limit=1)
    target = GroupProposal.objects.get(neighbourhoods__neighbourhood=first)
    emptied = GroupProposal.objects.get(neighbourhoods__neighbourhood=second)

    planning.move_neighbourhoods(actor=chief, neighbourhood_ids=[second.pk], proposal_id=target.pk)

    emptied.refresh_from_db()
    assert names_in(target) == {first.name, second.name}
    assert emptied.status == "discarded"
    assert planning.split_proposal(actor=chief, proposal_id=target.pk) == 2
    assert GroupProposal.objects.filter(status="proposed").count() == 2


def test_accepting_makes_groups_with_leader_deputies_and_claimed_members_at_once(chief, officer, person_with_post):
    row = place(2, officer)
    deputy = person_with_post("group_deputy", capacity="security_head", neighbourhood=row)[0]
    home = make.HouseholdFactory(neighbourhood=row)
    person = make.PersonFactory(household=home, claims_joined=True)
    planning.propose(actor=chief)

    (group,) = planning.accept(actor=chief)

    leader = Appointment.objects.get(group=group, role="leader")
    assert (group.status, leader.user) == (ZaloGroup.Status.ACTIVE, officer)
    assert Appointment.objects.get(group=group, role="security_head").user == deputy
    assert list(person.memberships.values_list("group", "left_at")) == [(group.pk, None)]
    assert AuditEvent.objects.filter(action="groups.accepted", object_id=str(group.pk)).exists()
    assert selectors.unplanned(chief) == []


def test_acceptance_is_all_or_nothing(chief, officer):
    place(5, officer)
    second = place(150, officer)
    planning.propose(actor=chief)
    make.GroupNeighbourhoodFactory(neighbourhood=second)

    with pytest.raises(DomainError):
        planning.accept(actor=chief)
    assert not ZaloGroup.objects.filter(accepted_at__isnull=False, appointments__role="leader").exists()


@pytest.mark.parametrize("name", ["", "Báo tổ 3", "Tin tức ANTT", "Đài phát thanh xóm"])
def test_names_like_a_press_body_are_refused(chief, officer, name):
    place(5, officer)
    planning.propose(actor=chief)
    row = GroupProposal.objects.get()
    with pytest.raises(DomainError) as refusal:
        planning.rename_proposal(actor=chief, proposal_id=row.pk, name=name)
    assert refusal.value.field == "name"


def test_a_neighbourhood_without_an_officer_is_warned_of_and_starts_leaderless(chief):
    place(5)
    planning.propose(actor=chief)
    (one,) = selectors.proposals(chief)
    assert one.leader is None and one.warnings
    (group,) = planning.accept(actor=chief)
    assert not Appointment.objects.filter(group=group, role="leader").exists()


def test_only_the_chief_accepts_and_only_management_plans(chief, person_with_post, officer):
    place(5, officer)
    deputy_chief = person_with_post(Post.Kind.DEPUTY_CHIEF)[1]
    area = person_with_post("area_officer")[1]
    planning.propose(actor=deputy_chief)
    with pytest.raises(PermissionDenied):
        planning.accept(actor=deputy_chief)
    with pytest.raises(PermissionDenied):
        planning.propose(actor=area)
    assert GroupNeighbourhood.objects.count() == 0


def test_proposals_of_another_ward_do_not_exist(chief, officer, other_ward, person_with_post):
    place(5, officer)
    planning.propose(actor=chief)
    row = GroupProposal.objects.get()
    stranger = make.make_user()
    make.make_post(stranger, "chief", ward_id=other_ward.pk)
    from accounts.selectors import actor_for
    from vikhe_portal.core.scope import ward_scope

    actor = actor_for(stranger, other_ward.pk)
    with ward_scope(other_ward.pk), pytest.raises(DomainError):
        planning.rename_proposal(actor=actor, proposal_id=row.pk, name="Zalo ANTT lạ")
