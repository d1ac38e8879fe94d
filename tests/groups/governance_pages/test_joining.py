"""Joining with the rules accepted: on the public page, admitted by a person, or assisted at the door."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from groups.models import GroupRules, JoinRequest, Membership, RulesAcceptance
from groups.selectors.coverage import coverage_totals
from groups.selectors.joining import acceptance_figures, current_rules
from groups.services import coverage, duplicates, joining
from groups.services import groups as group_services
from groups.services import rosters as services
from groups.services.joining import keep_version
from tests import factories as make
from tests.factories import WARD_ID
from vikhe_portal.core.errors import DomainError, Refused
from vikhe_portal.core.models import AuditEvent
from vikhe_portal.core.scope import ward_scope
from vikhe_portal.core.text import name_sort_key, search_key


@pytest.fixture
def place(ward):
    return make.NeighbourhoodFactory()


@pytest.fixture
def group(place):
    row = make.ZaloGroupFactory(rules="1. Không quảng cáo.")
    make.GroupNeighbourhoodFactory(group=row, neighbourhood=place)
    keep_version(group=row, made_by=None)
    return row


@pytest.fixture
def officer(person_with_post, place, group):
    user, actor = person_with_post("area_officer")
    make.OfficerAreaFactory(user=user, neighbourhood=place)
    make.AppointmentFactory(group=group, user=user)
    return actor


def resident(place, name="Nguyễn Văn An", **fields):
    home = make.HouseholdFactory(neighbourhood=place, head_name=name, search_key=search_key(name))
    return make.PersonFactory(
        household=home, full_name=name, search_key=search_key(name), sort_key=name_sort_key(name), **fields
    )


def typed(place, **fields):
    return {
        "full_name": "Nguyễn Văn An",
        "neighbourhood": place.pk,
        "address": "Số 3, Xóm Cầu",
        "phone": "",
        "accept": "on",
        "version": "1",
        **fields,
    }


def new_rules(actor, group, text):
    names = ("name", "kind", "link", "remote_id", "member_cap")
    kept = {name: getattr(group, name) for name in names}
    return group_services.edit_group(actor=actor, group=group, rules=text, **kept)


def send(client, group, data):
    with ward_scope(None):
        return client.post(reverse("groups:public-join", args=[group.token]), data)


def test_a_resident_reads_the_rules_accepts_them_and_only_then_sees_the_way_into_zalo(client, group, place):
    with ward_scope(None):
        start = client.get(reverse("groups:public-group", args=[group.token])).content.decode()
        page = client.get(reverse("groups:public-join", args=[group.token])).content.decode()
    assert reverse("groups:public-join", args=[group.token]) in start
    assert "Không quảng cáo" in page and "Bản số 1" in page and group.link not in page
    refused = send(client, group, {**typed(place), "accept": ""})
    assert refused.status_code == 422 and "Nguyễn Văn An" in refused.content.decode()
    assert not JoinRequest.objects.exists()
    done = send(client, group, typed(place))
    assert done.status_code == 200 and group.link in done.content.decode()
    row = JoinRequest.objects.get()
    assert (row.full_name, row.rules.version, row.status) == ("Nguyễn Văn An", 1, "waiting")


def test_the_answer_is_the_same_whether_the_roster_knows_the_name_or_not(client, group, place):
    resident(place)
    words = [send(client, group, typed(place, full_name=name)).content for name in ("Nguyễn Văn An", "Lê Lạ Lẫm")]
    assert words[0] == words[1]
    send(client, group, typed(place))
    assert JoinRequest.objects.count() == 2  # the same person once more is the same request


def test_rules_changed_while_the_page_was_open_are_shown_anew(client, group, place, officer):
    new_rules(officer, group, "1. Không quảng cáo.\n2. Không tin đồn.")
    answer = send(client, group, typed(place))
    text = answer.content.decode()
    assert answer.status_code == 422 and "Không tin đồn" in text and "vừa được thay đổi" in text
    assert 'name="version" value="2"' in text and not JoinRequest.objects.exists()
    send(client, group, typed(place, version="2"))
    assert JoinRequest.objects.get().rules.version == 2


def test_a_wrong_telephone_another_place_and_a_closed_group_are_refused(client, group, place, chief):
    assert send(client, group, typed(place, phone="abc")).status_code == 422
    assert send(client, group, typed(make.NeighbourhoodFactory())).status_code == 422
    assert send(client, group, typed(place, website="x")).status_code == 422
    group_services.archive_group(actor=chief, group=group, reason="gộp")
    assert send(client, group, typed(place)).status_code == 404
    with pytest.raises(DomainError):
        joining.ask_to_join(group=group, neighbourhood_id=place.pk, full_name="A", address="B", phone="", version=1)
    assert not JoinRequest.objects.exists()


def test_admission_makes_a_member_keeps_the_version_and_erases_what_was_written(client, group, place, officer):
    person = resident(place, phone="0912345678")
    coverage.recount_ward(ward_id=WARD_ID)
    send(client, group, typed(place, phone="0912 345 678", full_name="Văn An"))
    row = JoinRequest.objects.get()
    client.force_login(officer.user)
    page = client.get(reverse("groups:group-joining", args=[group.pk])).content.decode()
    assert f'value="{person.pk}"' in page and "0912345678" not in page
    client.post(reverse("groups:join-answer", args=[row.pk]), {"person": person.pk})
    row.refresh_from_db()
    assert (row.status, row.full_name, row.address, row.phone) == ("admitted", "", "", "")
    assert Membership.objects.get().source == "page"
    accepted = RulesAcceptance.objects.get()
    assert (accepted.rules.version, accepted.how, accepted.accepted_at) == (1, "page", row.asked_at)
    assert accepted.recorded_by_id == officer.id and coverage_totals(officer).covered == 1
    with pytest.raises(DomainError, match="Đã có người"):
        joining.admit(actor=officer, request_id=row.pk, person_id=person.pk)
    shown = client.get(reverse("groups:household", args=[person.household_id])).content.decode()
    assert "Đồng ý nội quy bản số 1" in shown
    assert not AuditEvent.objects.filter(values__icontains="Văn An").exists()


def test_who_lives_elsewhere_cannot_be_admitted_and_nobody_is_an_answer_too(client, group, place, officer):
    stranger = resident(make.NeighbourhoodFactory())
    send(client, group, typed(place))
    row = JoinRequest.objects.get()
    with pytest.raises(DomainError):
        joining.admit(actor=officer, request_id=row.pk, person_id=stranger.pk)
    client.force_login(officer.user)
    client.post(reverse("groups:join-answer", args=[row.pk]), {"nobody": "1"})
    row.refresh_from_db()
    assert (row.status, row.full_name) == ("refused", "") and not Membership.objects.exists()


def test_another_groups_requests_do_not_exist(client, group, place, person_with_post):
    send(client, group, typed(place))
    row = JoinRequest.objects.get()
    user, stranger = person_with_post("area_officer")
    make.OfficerAreaFactory(user=user, neighbourhood=place)  # sees the group, but does not lead it
    client.force_login(user)
    assert client.get(reverse("groups:group-joining", args=[group.pk])).status_code == 404
    assert client.post(reverse("groups:join-answer", args=[row.pk]), {"nobody": "1"}).status_code == 404
    with pytest.raises(Refused):
        joining.refuse_request(actor=stranger, request_id=row.pk)


def test_requests_nobody_answers_are_erased_within_thirty_days(client, group, place):
    send(client, group, typed(place))
    JoinRequest.objects.update(asked_at=make.days_ago(28))
    assert joining.forget_requests(ward_id=WARD_ID) == 0
    JoinRequest.objects.update(asked_at=make.days_ago(29.1))
    assert joining.forget_requests(ward_id=WARD_ID) == 1
    row = JoinRequest.objects.get()
    assert (row.status, row.full_name, row.address) == ("expired", "", "")


def test_a_day_has_an_end_for_one_group(group, place, monkeypatch):
    monkeypatch.setattr(joining, "REQUESTS_A_DAY", 2)
    for number in range(2):
        joining.ask_to_join(
            group=group, neighbourhood_id=place.pk, full_name=f"N {number}", address="B", phone="", version=1
        )
    with pytest.raises(DomainError, match="ngày mai"):
        joining.ask_to_join(group=group, neighbourhood_id=place.pk, full_name="N", address="B", phone="", version=1)


def test_at_the_door_the_rules_shown_are_recorded_with_the_person(client, group, place, officer):
    person = resident(place)
    shown = current_rules(group)
    client.force_login(officer.user)
    door = client.get(reverse("groups:door", args=[place.pk]), {"street": "Xóm Cầu"}).content.decode()
    assert "Không quảng cáo" in door and re.search(rf'name="rules" value="{shown.pk}"', door)
    new_rules(officer, group, "1. Quy định mới.")  # while the officer stands at the door
    url = reverse("groups:door-action", args=[place.pk, person.household_id])
    client.post(url, {"join": person.pk, "rules": shown.pk, "version": 0})
    accepted = RulesAcceptance.objects.get()
    assert (accepted.rules, accepted.how, accepted.person) == (shown, "door", person)
    assert acceptance_figures(group) == {"current": 0, "older": 1, "none": 0, "version": 2}
    client.post(
        reverse("groups:household-action", args=[person.household_id]),
        {"accepted": person.pk, "rules": GroupRules.objects.get(version=2).pk},
    )
    assert acceptance_figures(group)["current"] == 1


def test_without_the_tick_and_for_somebody_unknown_nothing_is_recorded(group, place, officer):
    person, other = resident(place), resident(place, "Trần Thị Bình")
    rules = current_rules(group)
    services.mark_joined(actor=officer, household_id=person.household_id, person_id=person.pk)
    services.mark_joined(actor=officer, household_id=other.household_id, rules_id=rules.pk)
    assert Membership.objects.count() == 2 and not RulesAcceptance.objects.exists()
    assert acceptance_figures(group)["none"] == 2


def test_rules_of_another_group_cannot_be_accepted_here(group, place, officer):
    elsewhere = make.ZaloGroupFactory(rules="x")
    rules = keep_version(group=elsewhere, made_by=None)
    person = resident(place)
    with pytest.raises(DomainError, match="tải lại trang"):
        services.mark_joined(actor=officer, household_id=person.household_id, person_id=person.pk, rules_id=rules.pk)
    assert not Membership.objects.exists()  # all or nothing


def test_the_roster_filters_by_what_was_accepted(client, group, place, officer):
    people = [resident(place, name) for name in ("Mới Đồng Ý", "Cũ Đồng Ý", "Chưa Đồng Ý")]
    for person in people[1:2]:
        services.mark_joined(
            actor=officer, household_id=person.household_id, person_id=person.pk, rules_id=current_rules(group).pk
        )
    new_rules(officer, group, "mới")
    group.refresh_from_db()
    services.mark_joined(
        actor=officer,
        household_id=people[0].household_id,
        person_id=people[0].pk,
        rules_id=current_rules(group).pk,
    )
    services.mark_joined(actor=officer, household_id=people[2].household_id, person_id=people[2].pk)
    client.force_login(officer.user)
    for value, name in (("current", "Mới Đồng Ý"), ("older", "Cũ Đồng Ý"), ("none", "Chưa Đồng Ý")):
        page = client.get("/ho-dan/", {"rules": value}).content.decode()
        assert [one in page for one in ("Mới Đồng Ý", "Cũ Đồng Ý", "Chưa Đồng Ý")].count(True) == 1 and name in page


def test_the_same_rules_saved_again_are_no_new_version(group, officer):
    new_rules(officer, group, group.rules)
    new_rules(officer, group, "khác")
    assert [row.version for row in GroupRules.objects.order_by("version")] == [1, 2]


def test_putting_two_rows_together_moves_the_acceptance_and_undo_brings_it_back(group, place, officer):
    kept, other = resident(place), resident(place)
    rules = current_rules(group)
    joining.record_acceptance(actor=officer, rules=rules, person=other, how="door", at=timezone.now())
    decision = duplicates.merge(actor=officer, kept_id=kept.pk, other_id=other.pk)
    assert RulesAcceptance.objects.get().person_id == kept.pk
    duplicates.undo(actor=officer, decision_id=decision.pk)
    assert RulesAcceptance.objects.get().person_id == other.pk


def test_the_leader_finds_who_waits_in_the_work_of_today(client, group, place, officer):
    send(client, group, typed(place))
    send(client, group, typed(place, full_name="Lê Thị Hai"))
    client.force_login(officer.user)
    assert f"2 người xin vào: {group.name}" in client.get("/").content.decode()
