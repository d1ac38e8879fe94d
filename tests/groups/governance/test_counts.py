"""Members counted on Zalo: a count confirms for a while, a lower one confirms nothing, leavers lower the figure."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from groups.models import GroupCount, Membership
from groups.selectors.coverage import coverage_totals
from groups.selectors.groups import group_line
from groups.services import counts, coverage
from groups.services import rosters as services
from groups.services.checks import purge_evidence
from tests import factories as make
from tests.factories import WARD_ID
from tests.groups.governance_pages.test_group_pages import picture
from vikhe_portal.core import figures
from vikhe_portal.core.errors import DomainError, Refused


@pytest.fixture
def group(ground):
    """The first group of `ground`, two households in it as claimed."""
    for home in ground.places[0].households.all():
        person = make.PersonFactory(household=home, is_head=True)
        make.MembershipFactory(group=ground.groups[0], person=person)
    coverage.recount_ward(ward_id=WARD_ID)
    return ground.groups[0]


def breaches(actor, group):
    group.refresh_from_db()
    return {one.key for one in group_line(actor, group).breaches}


def test_a_count_that_reaches_the_roster_confirms_and_runs_out_by_itself(ground, group, signed_in):
    officer = ground.giver_actor
    assert coverage_totals(officer).confirmed == 0 and "count_stale" in breaches(officer, group)
    client = signed_in(officer)
    page = client.get(reverse("groups:group-count", args=[group.pk])).content.decode()
    assert "nhóm có 2 thành viên" in page
    answer = client.post(reverse("groups:group-count", args=[group.pk]), {"members": "3"}, follow=True)
    assert "được coi là đã đối chiếu" in answer.content.decode()
    assert coverage_totals(officer).confirmed == 2 and "count_stale" not in breaches(officer, group)
    row = GroupCount.objects.get()
    assert (row.members, row.claimed, row.counted_by_id) == (3, 2, officer.id)
    with time_machine.travel(timezone.now() + timedelta(days=91)):
        coverage.recount_ward(ward_id=WARD_ID)
        assert coverage_totals(officer).confirmed == 0 and "count_stale" in breaches(officer, group)


def test_a_lower_count_confirms_nothing_and_is_shown(ground, group, signed_in):
    officer = ground.giver_actor
    answer = signed_in(officer).post(reverse("groups:group-count", args=[group.pk]), {"members": "1"}, follow=True)
    assert "ít hơn danh sách 1 người" in answer.content.decode()
    assert coverage_totals(officer).confirmed == 0 and not Membership.objects.exclude(confirmed_at=None).exists()
    assert "count_below" in breaches(officer, group) and "count_stale" not in breaches(officer, group)


def test_a_leaver_lowers_both_figures(ground, group):
    officer = ground.giver_actor
    counts.enter_count(actor=officer, group=group, members=2)
    person = Membership.objects.first().person
    services.mark_left(actor=officer, household_id=person.household_id, person_id=person.pk)
    totals = coverage_totals(officer)
    assert (totals.covered, totals.confirmed) == (1, 1)


def test_only_leader_and_management_count_and_only_groups_that_stand(ground, group, chief):
    with pytest.raises(Refused):
        counts.enter_count(actor=ground.taker_actor, group=group, members=2)
    group.status = "archived"
    group.save()
    with pytest.raises(DomainError):
        counts.enter_count(actor=chief, group=group, members=2)
    assert not GroupCount.objects.exists()


def test_security_team_members_outside_their_group_are_a_figure_and_a_filter(ground, group, chief, signed_in):
    inside = Membership.objects.first().person
    inside.security_team = True
    inside.save()
    home = ground.places[2].households.first()
    make.PersonFactory(household=home, security_team=True)
    make.PersonFactory(household=home, security_team=True)
    figure = figures.figure("security_team_outside")
    assert figure.value(chief, None) == 1
    page = signed_in(chief).get(figure.rows_url(chief, None)).content.decode()
    assert reverse("groups:household", args=[home.pk]) in page
    assert reverse("groups:household", args=[inside.household_id]) not in page


def test_a_picture_is_shown_to_those_who_check_used_once_and_deleted_after_ninety_days(ground, group, signed_in):
    shot = picture(shade=90)
    row = counts.enter_count(actor=ground.giver_actor, group=group, members=2, picture=shot)
    address = reverse("groups:count-picture", args=[row.pk])
    assert signed_in(ground.giver_actor).get(address)["Content-Type"] == "image/jpeg"
    assert signed_in(ground.taker_actor).get(address).status_code == 404
    with pytest.raises(DomainError, match="ảnh") as refusal:
        counts.enter_count(actor=ground.giver_actor, group=group, members=2, picture=shot)
    assert refusal.value.field == "picture" and GroupCount.objects.count() == 1
    GroupCount.objects.update(counted_at=make.days_ago(91))
    assert purge_evidence(ward_id=WARD_ID) == 1
    assert signed_in(ground.giver_actor).get(address).status_code == 404
