"""Directives: parts, proof, roll-up, reminders, the question to the head, hand-over of what one holds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notice
from oversight.models import Directive, DirectiveNote, DirectivePart
from oversight.selectors import directives as reads
from oversight.services import directives as services
from tests.factories import NeighbourhoodFactory, make_post, make_user
from vikhe_portal.core import holdings
from vikhe_portal.core.errors import DomainError, Refused
from vikhe_portal.core.models import AuditEvent
from vikhe_portal.core.permissions import system_actor
from vikhe_portal.core.scope import ward_scope

pytestmark = pytest.mark.django_db


def soon(days=5):
    return timezone.localdate() + timedelta(days=days)


@pytest.fixture
def officer(person_with_post):
    return person_with_post("area_officer")[1]


@pytest.fixture
def directive(chief):
    return services.issue_directive(
        actor=chief, title="Nâng tỷ lệ hộ tham gia", text="Vận động từng hộ", owner_id=chief.id, due_on=soon(30)
    )


@pytest.fixture
def part(chief, directive, officer):
    return give(chief, directive, officer)[0]


def give(chief, directive, officer, **fields):
    fields = {"text": "Vận động hộ chưa tham gia", "due_on": soon(), **fields}
    return services.add_parts(actor=chief, directive=directive, assignee_id=officer.id, **fields)


def test_directives_are_numbered_within_the_year_and_their_owner_is_told(chief, head, officer):
    rows = [
        services.issue_directive(actor=head, title=f"Việc {i}", text="Làm", owner_id=officer.id, due_on=soon())
        for i in (1, 2)
    ]
    assert [row.number for row in rows] == [1, 2]
    assert Notice.objects.filter(user=officer.user, kind="directive").count() == 2
    assert AuditEvent.objects.filter(action="directives.issued").count() == 2


@pytest.mark.parametrize("kind", ["committee_member", "deputy_head", "area_officer", "ward_admin"])
def test_only_head_and_chief_issue(person_with_post, kind):
    actor = person_with_post(kind)[1]
    with pytest.raises(Refused):
        services.issue_directive(actor=actor, title="Việc", text="Làm", owner_id=actor.id, due_on=soon())


def test_a_stranger_a_past_date_and_a_part_later_than_its_directive_are_refused(chief, directive, officer, other_ward):
    stranger = make_user()
    make_post(stranger, "chief", ward_id=other_ward.pk)
    with pytest.raises(DomainError):
        services.issue_directive(actor=chief, title="V", text="L", owner_id=stranger.pk, due_on=soon())
    with pytest.raises(DomainError):
        services.issue_directive(actor=chief, title="V", text="L", owner_id=officer.id, due_on=soon(-1))
    with pytest.raises(DomainError):
        give(chief, directive, officer, due_on=soon(31))
    with ward_scope(other_ward.pk):
        theirs = NeighbourhoodFactory(ward_id=other_ward.pk)
    with pytest.raises(DomainError):
        give(chief, directive, officer, neighbourhood_ids=(theirs.pk,))


def test_the_roll_up_is_what_the_leaves_say(chief, directive, officer):
    places = [NeighbourhoodFactory() for _n in range(4)]
    parts = give(chief, directive, officer, neighbourhood_ids=tuple(place.pk for place in places))
    services.finish_part(actor=officer, part=parts[0], proof="29 hộ đã tham gia")
    services.drop_part(actor=chief, part=parts[1], reason="Tổ đã đạt")
    services.report_progress(actor=officer, part=parts[2], text="Nhiều hộ đi xa", obstacle=True)
    DirectivePart.objects.filter(pk=parts[3].pk).update(due_on=soon(-1))
    row = reads.directive(chief, directive.pk)
    leaves = list(row.parts.values_list("status", "blocked", "due_on"))
    live = [leaf for leaf in leaves if leaf[0] != "cancelled"]
    assert (row.parts_all, row.parts_done) == (len(live), sum(leaf[0] == "done" for leaf in live)) == (3, 1)
    assert (row.parts_blocked, row.parts_late) == (1, 1)
    assert reads.open_parts(chief).count() == 2
    assert reads.late_parts(chief).count() == 1


def test_a_part_is_done_only_with_proof_and_by_whom_it_was_given_to(chief, part, officer, person_with_post):
    other = person_with_post("area_officer")[1]
    with pytest.raises(Refused):
        services.finish_part(actor=other, part=part, proof="xong")
    with pytest.raises(DomainError):
        services.finish_part(actor=officer, part=part, proof="  ")
    done = services.finish_part(actor=officer, part=part, proof="Biên bản ngày 20/11")
    assert (done.status, done.done_by_id) == ("done", officer.id)
    with pytest.raises(DomainError):
        services.finish_part(actor=officer, part=part, proof="lần nữa")


def test_what_is_not_really_done_goes_back_with_a_reason(chief, part, officer):
    services.finish_part(actor=officer, part=part, proof="xong")
    with pytest.raises(DomainError):
        services.return_part(actor=chief, part=part, reason="")
    with pytest.raises(Refused):
        services.return_part(actor=officer, part=part, reason="tự trả")
    back = services.return_part(actor=chief, part=part, reason="Thiếu biên bản")
    assert (back.status, back.done_at) == ("open", None)


def test_an_obstacle_tells_the_owner_and_the_next_report_lifts_it(chief, part, officer):
    blocked = services.report_progress(actor=officer, part=part, text="Không có mạng", obstacle=True)
    assert blocked.blocked
    assert Notice.objects.filter(user=chief.user, kind="directive").exists()
    freed = services.report_progress(actor=officer, part=part, text="Đã có mạng")
    assert not freed.blocked
    assert list(DirectiveNote.objects.order_by("id").values_list("kind", flat=True)) == ["obstacle", "removed"]


def test_the_history_is_only_appended(part, officer):
    services.report_progress(actor=officer, part=part, text="Đang làm")
    for change in (lambda: DirectiveNote.objects.update(text="khác"), lambda: DirectiveNote.objects.all().delete()):
        with pytest.raises(Exception, match="never changed|permission denied"), transaction.atomic():
            change()


def test_a_disagreement_has_one_place_one_decision_one_history(chief, head, committee_member, directive):
    matter = services.raise_to_head(actor=committee_member, directive=directive, text="Xin lùi hạn")
    with pytest.raises(DomainError):
        services.raise_to_head(actor=chief, directive=directive, text="Không đồng ý")
    assert Notice.objects.filter(user=head.user).exists()
    for actor in (chief, committee_member):
        with pytest.raises(Refused):
            services.decide_raised(actor=actor, matter=matter, decision="Đồng ý")
    decided = services.decide_raised(actor=head, matter=matter, decision="Giữ nguyên hạn")
    assert (decided.decision, decided.decided_by_id) == ("Giữ nguyên hạn", head.id)
    with pytest.raises(DomainError):
        services.decide_raised(actor=head, matter=matter, decision="Đổi ý")
    assert services.raise_to_head(actor=chief, directive=directive, text="Việc khác").pk != matter.pk


def test_an_officer_may_not_go_to_the_head_past_the_owner(directive, part, officer):
    with pytest.raises(Refused):
        services.raise_to_head(actor=officer, directive=directive, text="Xin ý kiến")


def test_a_directive_closes_when_its_parts_are_done_and_nothing_waits_for_the_head(
    chief, head, committee_member, directive, officer
):
    with pytest.raises(DomainError):
        services.close_directive(actor=chief, directive=directive)
    part = give(chief, directive, officer)[0]
    with pytest.raises(DomainError):
        services.close_directive(actor=chief, directive=directive)
    services.finish_part(actor=officer, part=part, proof="xong")
    matter = services.raise_to_head(actor=committee_member, directive=directive, text="Hỏi")
    with pytest.raises(DomainError):
        services.close_directive(actor=chief, directive=directive)
    services.decide_raised(actor=head, matter=matter, decision="Được")
    assert services.close_directive(actor=chief, directive=directive).status == "closed"
    with pytest.raises(DomainError):
        services.report_progress(actor=officer, part=part, text="thêm")


def test_a_withdrawn_directive_leaves_everyones_lists(chief, directive, part, officer):
    assert reads.open_parts(officer).count() == 1
    services.withdraw_directive(actor=chief, directive=directive, reason="Trùng chỉ đạo khác")
    assert reads.open_parts(officer).count() == 0


def test_reminders_come_once_a_day_before_and_after_the_date(chief, directive, officer):
    near, far = give(chief, directive, officer, due_on=soon(2)), give(chief, directive, officer, due_on=soon(20))
    portal = system_actor(chief.ward_id)
    before = Notice.objects.filter(user=officer.user).count()
    assert [services.remind_parts(actor=portal, today=timezone.localdate()) for _tick in range(2)] == [1, 0]
    assert Notice.objects.filter(user=officer.user).count() == before + 1
    assert DirectiveNote.objects.get(kind="reminder").part_id == near[0].pk != far[0].pk
    assert services.remind_parts(actor=portal, today=soon(1)) == 1


def test_people_see_their_own_part_and_not_the_others(chief, directive, part, officer, person_with_post, signed_in):
    colleague = person_with_post("area_officer")[1]
    give(chief, directive, colleague, text="Phần của người khác")
    give_other = services.issue_directive(actor=chief, title="Kín", text="x", owner_id=chief.id, due_on=soon())
    client = signed_in(officer)
    page = client.get(reverse("oversight:directive", args=[directive.pk])).content.decode()
    assert part.text in page
    assert "Phần của người khác" not in page
    assert client.get(reverse("oversight:directive", args=[give_other.pk])).status_code == 404
    others_part = DirectivePart.objects.get(text="Phần của người khác")
    assert client.get(reverse("oversight:part-done", args=[others_part.pk])).status_code == 404


def test_what_a_person_holds_is_listed_moved_and_then_no_longer_theirs(
    chief, directive, part, officer, person_with_post
):
    successor = person_with_post("area_officer")[1]
    (held,) = [one for one in holdings.held_by(chief, officer.id) if one.kind == "directives.part"]
    holdings.move(
        chief,
        kind=held.kind,
        holding_id=held.id,
        from_user_id=officer.id,
        to_user_id=successor.id,
        reason="Luân chuyển",
    )
    assert [one for one in holdings.held_by(chief, officer.id) if one.kind.startswith("directives")] == []
    assert DirectivePart.objects.get().assignee_id == successor.id
    kinds = {one.kind for one in holdings.held_by(chief, chief.id)}
    assert "directives.owner" in kinds
    assert Directive.objects.get(pk=directive.pk).owner_id == chief.id


def test_the_walk_through_the_pages(chief, head, officer, signed_in):
    client = signed_in(chief)
    page = client.post(
        reverse("oversight:directive-create"),
        {"title": "Rà soát", "text": "Rà soát nhóm", "owner": chief.id, "due_on": soon(9).isoformat()},
    )
    row = Directive.objects.get()
    assert page["Location"] == reverse("oversight:directive", args=[row.pk])
    refused = client.post(
        reverse("oversight:part-create", args=[row.pk]),
        {"text": "Phần một", "assignee": officer.id, "due_on": soon(30).isoformat()},
    )
    assert refused.status_code == 422
    assert "Phần một" in refused.content.decode()
    client.post(
        reverse("oversight:part-create", args=[row.pk]),
        {"text": "Phần một", "assignee": officer.id, "due_on": soon(3).isoformat()},
    )
    part = DirectivePart.objects.get()
    signed_in(officer).post(reverse("oversight:part-done", args=[part.pk]), {"text": "Có biên bản"})
    client = signed_in(head)
    client.post(reverse("oversight:directive-close", args=[row.pk]))
    row.refresh_from_db()
    assert row.status == "closed"
