"""The list with its breaches, one group's page, checks, residents' reports."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import time_machine
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from accounts.models import Notice, Post
from groups.models import Appointment, GroupCheck, GroupReport
from groups.selectors import groups as selectors
from groups.services import appointments, checks
from groups.services import groups as services
from tests.factories import make_post, make_user
from vikhe_portal.core import figures
from vikhe_portal.core.errors import DomainError, Refused

DAY = timedelta(days=1)


def picture(shade: int = 0) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 40), (shade, 20, 90)).save(out, "PNG")
    return out.getvalue()


def keys(small, group) -> set[str]:
    return {breach.key for breach in selectors.group_line(small.chief, group).breaches}


def all_yes() -> dict[str, bool]:
    return {item["key"]: True for item in checks.checklist_today().items}


def test_a_group_just_accepted_is_in_order(small, standing):
    assert [keys(small, group) for group in standing] == [set(), set(), set(), set()]


def test_each_thing_amiss_is_a_listed_breach(small, standing):
    group = standing[0]
    leader = Appointment.objects.get(group=group, role="leader")

    Post.objects.filter(user=leader.user).update(held=DateTimeTZRange(timezone.now() - DAY, timezone.now()))
    assert keys(small, group) == {"leader_gone"}
    leader.delete()
    assert keys(small, group) == {"leaderless"}

    deputies = Appointment.objects.filter(group=group)
    Post.objects.filter(user=deputies[0].user).update(held=DateTimeTZRange(timezone.now() - DAY, timezone.now()))
    assert keys(small, group) == {"leaderless", "deputy_gone"}
    deputies[0].delete()
    assert keys(small, group) == {"leaderless", "deputies_missing"}
    deputies.delete()
    assert keys(small, group) == {"leaderless", "no_deputies"}


def test_time_alone_brings_silence_an_overdue_check_and_an_unopened_link(small, standing):
    with time_machine.travel(timezone.now() + 40 * DAY):
        assert keys(small, standing[0]) == {"silent", "check_overdue", "link_unchecked"}


def test_a_leader_from_elsewhere_and_a_missing_link_are_listed(small, standing):
    group = standing[0]
    appointments.appoint_leader(
        actor=small.chief,
        group=group,
        user=small.second if selectors.group_line(small.chief, group).leader == small.first else small.first,
        decision_no="1/QĐ",
    )
    group.link = ""
    group.save()
    assert keys(small, group) == {"leader_elsewhere", "no_link"}


def test_the_figures_open_exactly_the_rows_they_count(small, standing, signed_in, committee_member, person_with_post):
    Appointment.objects.filter(group=standing[0], role="leader").delete()
    actors = (small.chief, small.actor(small.first), committee_member, person_with_post("area_officer")[1])
    for actor in actors:
        for name in ("groups_active", "groups_in_breach"):
            figure = figures.figure(name)
            lines = signed_in(actor).get(figure.rows_url(actor, None)).context["lines"]
            assert figure.value(actor, None) == len(lines)
    assert figures.figure("groups_in_breach").value(small.chief, None) == 1


def test_the_list_narrows_by_words_leader_and_breach(small, standing, signed_in):
    client = signed_in(small.chief)

    def names(**asked) -> list[int]:
        lines = client.get(reverse("groups:group-list"), asked).context["lines"]
        return sorted(place.number for line in lines for place in line.places)

    assert names(q="to dan pho so 5") == [5]
    assert names(q="tran van nhan") == [5]
    assert names(leader=small.second.pk) == [5]
    assert names(breach="leaderless") == []


def test_who_led_the_group_on_a_day(small, standing, signed_in):
    group = next(group for group in standing if selectors.group_line(small.chief, group).leader == small.second)
    with time_machine.travel(timezone.now() + 10 * DAY):
        appointments.appoint_leader(actor=small.chief, group=group, user=small.first, decision_no="9/QĐ")
        client = signed_in(small.chief)
        then = (timezone.localdate() - 5 * DAY).isoformat()
        people = client.get(reverse("groups:group", args=[group.pk]), {"on": then}).context["then"]
        assert [one.user for one in people if one.role == "leader"] == [small.second]
        assert selectors.group_line(small.chief, group).leader == small.first


def test_editing_refuses_wrong_links_and_press_like_names_and_keeps_what_was_typed(small, standing, signed_in):
    client, group = signed_in(small.chief), standing[0]
    url = reverse("groups:group-edit", args=[group.pk])
    good = {"name": group.name, "kind": "ordinary", "link": group.link, "member_cap": "900", "rules": "1. Lịch sự."}
    for wrong, field in (
        ({"link": "https://zalo.me/s/abc"}, "link"),
        ({"link": standing[1].link}, "link"),
        ({"name": "Tin tức Vị Khê"}, "name"),
        ({"name": standing[1].name}, "name"),
        ({"kind": "gmf"}, "remote_id"),
    ):
        answer = client.post(url, {**good, **wrong})
        assert answer.status_code == 422 and field in answer.context["form"].errors
        assert next(iter(wrong.values())) in answer.content.decode()
    assert client.post(url, {**good, "link": "https://zalo.me/g/newlink99"}).status_code == 302
    group.refresh_from_db()
    assert (group.link, group.rules) == ("https://zalo.me/g/newlink99", "1. Lịch sự.")


def test_only_its_leader_and_the_management_team_edit_and_check_a_group(small, standing, person_with_post):
    line = selectors.group_lines(small.chief)[0]
    stranger = small.second if line.leader == small.first else small.first
    for actor in (small.actor(stranger), person_with_post("committee_member")[1], small.actor(line.deputies[0].user)):
        with pytest.raises(Refused):
            services.confirm_link(actor=actor, group=line.group)
        with pytest.raises(Refused):
            checks.attest(actor=actor, group=line.group, answers=all_yes(), picture=picture())
    services.confirm_link(actor=small.actor(line.leader), group=line.group)


def test_closing_a_group_frees_its_neighbourhoods_and_ends_its_people(small, standing):
    group = standing[0]
    services.archive_group(actor=small.chief, group=group, reason="gộp nhóm")
    now = timezone.now()
    assert not group.serves.filter(held__contains=now).exists()
    assert not group.appointments.filter(held__contains=now).exists()
    assert group.pk not in {line.group.pk for line in selectors.group_lines(small.chief)}
    with pytest.raises(DomainError):
        services.archive_group(actor=small.chief, group=group, reason="lần nữa")


def test_a_check_with_a_picture_stands_at_once_and_sets_the_next_due_time(small, standing):
    group = standing[0]
    leader = selectors.group_line(small.chief, group).leader
    check = checks.attest(actor=small.actor(leader), group=group, answers=all_yes(), picture=picture())
    assert (check.score, check.due_at - check.done_at) == (100, checks.DUE_WHEN_IN_ORDER)
    assert selectors.group_line(small.chief, group).check == check
    with pytest.raises(DomainError) as refusal:
        checks.attest(actor=small.actor(leader), group=group, answers=all_yes(), picture=picture())
    assert refusal.value.code == "reused"
    check = checks.attest(
        actor=small.actor(leader), group=group, answers={**all_yes(), "approval": False}, picture=picture(1)
    )
    assert (check.score, check.due_at - check.done_at) == (90, checks.DUE_WHEN_NOT)
    assert keys(small, group) == {"check_open"}


def test_a_check_without_a_picture_counts_only_when_another_person_confirms(small, standing):
    group = standing[0]
    line = selectors.group_line(small.chief, group)
    leader, deputy = small.actor(line.leader), small.actor(line.deputies[0].user)
    check = checks.attest(actor=leader, group=group, answers=all_yes())
    assert selectors.group_line(small.chief, group).check is None
    with pytest.raises(Refused):
        checks.confirm_check(actor=leader, check=check)
    checks.confirm_check(actor=deputy, check=check)
    assert selectors.group_line(small.chief, group).check == check
    with pytest.raises(DomainError):
        checks.confirm_check(actor=small.chief, check=check)


def test_the_check_page_asks_every_item_and_stores_the_answers(small, standing, signed_in):
    group = standing[0]
    client = signed_in(small.chief)
    url = reverse("groups:group-check", args=[group.pk])
    data = {f"item_{key}": "yes" for key in all_yes()}
    missing = {name: value for name, value in data.items() if name != "item_owner"}
    assert client.post(url, missing).status_code == 422
    assert client.post(url, {**data, "picture": io.BytesIO(picture(7))}).status_code == 302
    check = GroupCheck.objects.get()
    answer = client.get(reverse("groups:check-picture", args=[check.pk]))
    assert answer["Content-Type"] == "image/jpeg" and answer.content[:2] == b"\xff\xd8"


def test_proof_pictures_go_after_ninety_days_and_attestations_stay(small, standing):
    check = checks.attest(actor=small.chief, group=standing[0], answers=all_yes(), picture=picture())
    assert checks.purge_evidence(ward_id=small.chief.ward_id) == 0
    with time_machine.travel(timezone.now() + 91 * DAY):
        assert checks.purge_evidence(ward_id=small.chief.ward_id) == 1
    check.refresh_from_db()
    assert check.evidence == "" and check.proven


def test_a_residents_report_is_a_breach_with_a_clock_until_it_is_dealt_with(small, standing, signed_in):
    group = standing[0]
    report = services.report_group(group=group, kind="post", text="Có bài quảng cáo cho vay nặng lãi")
    assert b"cho vay" not in bytes(report.text)
    leader = selectors.group_line(small.chief, group).leader
    assert Notice.objects.filter(user=leader).exists()
    assert keys(small, group) == {"report_open"}
    with time_machine.travel(timezone.now() + 49 * timedelta(hours=1)):
        assert "report_late" in keys(small, group)
    client = signed_in(small.actor(leader))
    page = client.get(reverse("groups:report-handle", args=[report.pk]))
    assert "cho vay nặng lãi" in page.content.decode()
    client.post(reverse("groups:report-handle", args=[report.pk]), {"outcome": "removed", "note": "đã gỡ"})
    assert GroupReport.objects.get().outcome == "removed"
    assert keys(small, group) == set()
    with pytest.raises(DomainError):
        services.handle_report(actor=small.chief, report=report, outcome="removed", note="")


def test_deputies_and_committee_members_do_not_read_residents_reports(small, standing, signed_in, committee_member):
    line = selectors.group_lines(small.chief)[0]
    report = services.report_group(group=line.group, kind="fake", text="Tài khoản lạ mạo danh công an")
    for actor in (small.actor(line.deputies[0].user), committee_member):
        client = signed_in(actor)
        assert client.get(reverse("groups:report-handle", args=[report.pk])).status_code == 403
        page = client.get(reverse("groups:group", args=[line.group.pk]))
        assert page.status_code == 200 and page.context["reports"] == []


def test_deputies_follow_their_posts(small, standing):
    group = next(group for group in standing if group.serves.count() == 1)
    place = group.serves.get().neighbourhood
    old = Appointment.objects.get(group=group, role="security_head")
    Post.objects.filter(user=old.user).update(held=DateTimeTZRange(timezone.now() - DAY, timezone.now()))
    heir = make_user()
    make_post(heir, "group_deputy", capacity="security_head", neighbourhood=place)
    assert appointments.renew_deputies(actor=small.chief, group=group) == (1, 1)
    now = timezone.now()
    assert Appointment.objects.get(group=group, role="security_head", held__contains=now).user == heir
    assert appointments.renew_deputies(actor=small.chief, group=group) == (0, 0)


@pytest.mark.parametrize("size", ["a4", "a5"])
def test_posters_print_as_pdf_and_name_no_unpublished_number(small, standing, signed_in, size):
    Post.objects.filter(user=small.first).update(phone="0912345678")
    answer = signed_in(small.chief).get(reverse("groups:group-poster", args=[standing[0].pk, size]))
    assert answer["Content-Type"] == "application/pdf" and answer.content.startswith(b"%PDF")


@pytest.mark.parametrize("number", [1, 30])
def test_the_list_costs_the_same_for_any_number_of_groups(small, standing, signed_in, assert_queries, number):
    from tests.factories import AppointmentFactory, GroupNeighbourhoodFactory

    for _ in range(number):
        AppointmentFactory(group=GroupNeighbourhoodFactory().group)
    client = signed_in(small.chief)
    with assert_queries("groups:group-list"):
        client.get(reverse("groups:group-list"))


@pytest.mark.parametrize("number", [1, 10])
def test_a_groups_page_costs_the_same_for_any_number_of_checks_and_reports(
    small, standing, signed_in, assert_queries, number
):
    for shade in range(number):
        checks.attest(actor=small.chief, group=standing[0], answers=all_yes(), picture=picture(shade))
        services.report_group(group=standing[0], kind="post", text=f"Bài số {shade} có nội dung lạ")
    client = signed_in(small.chief)
    with assert_queries("groups:group"):
        client.get(reverse("groups:group", args=[standing[0].pk]))
