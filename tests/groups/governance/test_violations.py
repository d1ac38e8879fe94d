"""Violations: the ladder, who may skip, reply, expiry; per membership."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from groups.models import Membership, Violation, ViolationStep
from groups.selectors import groups as group_selectors
from groups.selectors import violations as selectors
from groups.services import violations as services
from tests import factories as make
from vikhe_portal.core.errors import DomainError, Refused

Rung = ViolationStep.Rung
DAY = timedelta(days=1)


@pytest.fixture
def member(ground):
    """A member of the giver's first group, covered by that membership alone."""
    household = make.HouseholdFactory(neighbourhood=ground.places[0])
    person = make.PersonFactory(household=household, full_name="Phạm Thị Hội", search_key="pham thi hoi")
    return make.MembershipFactory(group=ground.groups[0], person=person)


def recorded(ground, member, actor=None, **more) -> Violation:
    values = {"kind": "advertising", "rule": "Điều 3", "seen_at": timezone.now() - DAY, **more}
    return services.record_violation(
        actor=actor or ground.giver_actor, group=member.group, membership_id=member.pk, **values
    )


def step(actor, violation, rung):
    return services.take_step(actor=actor, violation=violation, rung=rung, reason="Đăng lại nhiều lần")


def test_the_ladder_goes_one_step_at_a_time_and_only_a_superior_skips(ground, member, person_with_post):
    violation = recorded(ground, member)
    with pytest.raises(DomainError) as refusal:
        step(ground.giver_actor, violation, Rung.WARN)
    assert refusal.value.field == "rung"
    step(ground.giver_actor, violation, Rung.REMIND)
    step(ground.giver_actor, violation, Rung.WARN)
    with pytest.raises(DomainError):
        step(ground.giver_actor, violation, Rung.REMOVE)
    skipped = step(person_with_post("chief")[1], violation, Rung.REMOVE)
    assert skipped.skipped
    assert list(violation.steps.values_list("rung", "skipped")) == [(1, False), (2, False), (4, True)]


def test_even_a_superior_needs_a_reason(ground, member, chief):
    violation = recorded(ground, member)
    with pytest.raises(DomainError) as refusal:
        services.take_step(actor=chief, violation=violation, rung=Rung.REMOVE, reason="  ")
    assert refusal.value.field == "reason"
    assert not violation.steps.exists()


def test_a_second_violation_of_the_same_membership_goes_on_where_the_first_ended(ground, member):
    first = recorded(ground, member)
    step(ground.giver_actor, first, Rung.REMIND)
    second = recorded(ground, member)
    step(ground.giver_actor, second, Rung.WARN)
    elsewhere = make.MembershipFactory(group=ground.groups[1], person=member.person)
    with pytest.raises(DomainError):
        step(ground.giver_actor, recorded(ground, elsewhere), Rung.WARN)


def test_muting_and_removing_change_the_membership_and_the_coverage(ground, member):
    from groups.services.coverage import refresh_households

    refresh_households(ward_id=member.ward_id, household_ids=[member.person.household_id])
    member.person.household.refresh_from_db()
    assert member.person.household.covered
    violation = recorded(ground, member)
    for rung in (Rung.REMIND, Rung.WARN, Rung.MUTE):
        step(ground.giver_actor, violation, rung)
    member.refresh_from_db()
    assert member.muted_until > timezone.now() + 6 * DAY and member.left_at is None
    step(ground.giver_actor, violation, Rung.REMOVE)
    member.refresh_from_db()
    member.person.household.refresh_from_db()
    assert member.left_at is not None and not member.person.household.covered
    with pytest.raises(DomainError):
        recorded(ground, member)


def test_what_was_taken_back_counts_no_longer_and_ends_the_mute(ground, member, chief):
    violation = recorded(ground, member)
    for rung in (Rung.REMIND, Rung.WARN, Rung.MUTE):
        step(ground.giver_actor, violation, rung)
    with pytest.raises(Refused):
        services.withdraw(actor=ground.giver_actor, violation=violation, reason="nhầm người")
    services.withdraw(actor=chief, violation=violation, reason="nhầm người")
    member.refresh_from_db()
    assert member.muted_until is None and selectors.highest_rung(member) == 0
    with pytest.raises(DomainError):
        step(ground.giver_actor, violation, Rung.REMIND)
    assert selectors.violations_of(ground.giver_actor, member.group) == []


def test_after_twelve_months_it_counts_no_longer_and_is_deleted(ground, member):
    violation = recorded(ground, member)
    step(ground.giver_actor, violation, Rung.REMIND)
    assert services.forget_expired(ward_id=member.ward_id) == 0
    with time_machine.travel(timezone.now() + 366 * DAY):
        assert selectors.highest_rung(member) == 0
        assert services.forget_expired(ward_id=member.ward_id) == 1
    assert not Violation.objects.exists() and not ViolationStep.objects.exists()
    assert Membership.objects.filter(pk=member.pk).exists()


def test_the_reply_is_kept_encrypted_and_read_by_those_who_deal_with_it(ground, member, signed_in):
    violation = recorded(ground, member)
    services.note_reply(actor=ground.giver_actor, violation=violation, text="Tôi chia sẻ nhầm bài")
    violation.refresh_from_db()
    assert "nhầm".encode() not in bytes(violation.reply)
    page = signed_in(ground.giver_actor).get(reverse("groups:violation", args=[violation.pk]))
    assert "Tôi chia sẻ nhầm bài" in page.content.decode()


def test_a_picture_shown_before_is_no_proof(ground, member):
    from tests.groups.governance_pages.test_group_pages import picture

    recorded(ground, member, picture=picture(31))
    with pytest.raises(DomainError) as refusal:
        recorded(ground, member, picture=picture(31))
    assert refusal.value.code == "reused"


def test_an_officer_of_another_group_neither_records_nor_sees_it(ground, member, signed_in):
    violation = recorded(ground, member)
    with pytest.raises(Refused):
        recorded(ground, member, actor=ground.taker_actor)
    with pytest.raises(Refused):
        step(ground.taker_actor, violation, Rung.REMIND)
    assert signed_in(ground.taker_actor).get(reverse("groups:violation", args=[violation.pk])).status_code == 404


def test_a_deputy_appointed_to_the_group_takes_steps_in_it_alone(ground, member, person_with_post):
    user, deputy = person_with_post("group_deputy", neighbourhood=ground.places[0], capacity="neighbourhood_head")
    make.AppointmentFactory(group=ground.groups[0], user=user, role="neighbourhood_head")
    step(deputy, recorded(ground, member, actor=deputy), Rung.REMIND)
    elsewhere = make.MembershipFactory(group=ground.groups[1], person=member.person)
    with pytest.raises(Refused):
        recorded(ground, elsewhere, actor=deputy)


def test_the_form_finds_the_member_by_name_and_asks_which_of_several(ground, member, signed_in):
    client = signed_in(ground.giver_actor)
    url = reverse("groups:group-violation", args=[member.group_id])
    typed = {"kind": "insult", "rule": "Điều 2", "seen_at": timezone.localtime().strftime("%Y-%m-%dT%H:%M")}
    assert client.post(url, {**typed, "name": "không ai"}).status_code == 422
    answer = client.post(url, {**typed, "name": "pham thi hoi"})
    assert answer.status_code == 302 and answer["Location"] == reverse(
        "groups:violation", args=[Violation.objects.get().pk]
    )
    twin = make.PersonFactory(full_name="Phạm Thị Hội", search_key="pham thi hoi")
    other = make.MembershipFactory(group=member.group, person=twin)
    answer = client.post(url, {**typed, "name": "Phạm Thị Hội"})
    assert answer.status_code == 422 and twin.household.address in answer.content.decode()
    assert client.post(url, {**typed, "name": "Phạm Thị Hội", "membership": other.pk}).status_code == 302
    assert Violation.objects.filter(membership=other).count() == 1


def test_the_management_team_sees_open_violations_and_silent_days_in_the_list(ground, member, chief, signed_in):
    recorded(ground, member)
    member.group.last_post_at = timezone.now() - 5 * DAY
    member.group.save()
    line = next(line for line in group_selectors.group_lines(chief) if line.group == member.group)
    assert (line.violations, line.silent_for) == (1, 5)
    page = signed_in(chief).get(reverse("groups:group-list")).content.decode()
    assert "im lặng 5 ngày" in page.lower()
