"""Inspections: the draw, the sheets, findings, second visit; of a tip number, kind and state only."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from oversight.models import Finding, Inspection, InspectionItem
from oversight.selectors import inspections as reads
from oversight.services import inspections as services
from tests.factories import ZaloGroupFactory
from tests.tips.factories import WORDS, make_tip
from vikhe_portal.core import holdings
from vikhe_portal.core.errors import DomainError, Refused
from vikhe_portal.core.models import AuditEvent

pytestmark = pytest.mark.django_db


def soon(days=5):
    return timezone.localdate() + timedelta(days=days)


@pytest.fixture
def officer(person_with_post):
    return person_with_post("area_officer")[1]


def plan(actor, **fields):
    fields = {"title": "Kiểm tra quý IV", "planned_on": soon(0), "groups": 2, "tips": 1, **fields}
    return services.plan_inspection(actor=actor, inspector_id=fields.pop("inspector_id", actor.id), **fields)


@pytest.fixture
def inspection(committee_member):
    ZaloGroupFactory.create_batch(3)
    make_tip()
    return plan(committee_member)


def group_item(inspection):
    return (
        InspectionItem.objects.filter(inspection=inspection, group__isnull=False).select_related("inspection").first()
    )


def answers(item, no=()):
    return {key: key not in no for key in reads.questions_of(item)}


def finding(actor, inspection, owner):
    return services.note_finding(
        actor=actor, item=group_item(inspection), text="Thiếu phó nhóm", owner_id=owner.id, due_on=soon()
    )


def test_the_same_seed_draws_the_same_sample_and_another_seed_another():
    rows = list(range(100, 200))
    assert services.sample(rows, 5, 7) == services.sample(rows, 5, 7)
    assert services.sample(rows, 5, 7) != services.sample(rows, 5, 8)
    assert services.sample(rows, 500, 7) == rows


def test_every_group_has_its_chance():
    rows = list(range(10))
    drawn = [group for seed in range(2000) for group in services.sample(rows, 2, seed)]
    counts = [drawn.count(group) for group in rows]
    assert min(counts) > 320
    assert max(counts) < 480


def test_the_sample_stands_in_the_trail_and_can_be_drawn_again_from_its_seed(inspection):
    event = AuditEvent.objects.get(action="inspections.planned")
    groups = services.sample(reads.groups_to_draw(inspection.ward_id), 2, int(event.values["seed"]))
    assert event.values["groups"] == groups
    assert InspectionItem.objects.filter(inspection=inspection).count() == 3


def test_a_tip_about_staff_is_never_drawn(committee_member, chief):
    make_tip("police")
    with pytest.raises(DomainError):
        plan(chief, groups=0, tips=5)


@pytest.mark.parametrize("kind", ["area_officer", "duty_officer", "ward_admin", "outlet_keeper"])
def test_who_may_not_plan(person_with_post, kind):
    with pytest.raises(Refused):
        plan(person_with_post(kind)[1])


@pytest.mark.parametrize("size", [(0, 0), (31, 0), (-1, 2)])
def test_an_empty_or_too_large_sample_is_refused(committee_member, size):
    ZaloGroupFactory()
    with pytest.raises(DomainError):
        plan(committee_member, groups=size[0], tips=size[1])


def test_no_word_of_a_tip_reaches_the_inspectors_page(inspection, committee_member, signed_in):
    page = signed_in(committee_member).get(reverse("oversight:inspection", args=[inspection.pk])).content.decode()
    tip = InspectionItem.objects.get(tip__isnull=False).tip
    assert tip.code in page
    assert WORDS not in page
    assert WORDS[:20] not in page


def test_the_score_is_the_share_of_yes_and_no_question_may_stay_open(inspection, committee_member):
    item = group_item(inspection)
    with pytest.raises(DomainError):
        services.fill_sheet(actor=committee_member, item=item, answers={"leader": True})
    filled = services.fill_sheet(actor=committee_member, item=item, answers=answers(item, no=("deputies", "rules")))
    assert filled.score == 60


def test_only_the_inspector_named_fills_in(inspection, person_with_post, chief):
    item = group_item(inspection)
    with pytest.raises(Refused):
        services.fill_sheet(actor=person_with_post("committee_member")[1], item=item, answers=answers(item))
    assert services.fill_sheet(actor=chief, item=item, answers=answers(item)).score == 100


def test_an_inspection_ends_when_every_sheet_is_filled_in(inspection, committee_member):
    with pytest.raises(DomainError):
        services.finish_inspection(actor=committee_member, inspection=inspection, summary="Tốt")
    for item in InspectionItem.objects.filter(inspection=inspection).select_related("inspection"):
        services.fill_sheet(actor=committee_member, item=item, answers=answers(item))
    done = services.finish_inspection(actor=committee_member, inspection=inspection, summary="Tốt")
    assert done.status == Inspection.Status.DONE
    item = group_item(inspection)
    with pytest.raises(DomainError):
        services.fill_sheet(actor=committee_member, item=item, answers=answers(item))


def test_a_finding_goes_from_its_owner_to_the_second_visit(inspection, committee_member, officer, chief):
    row = finding(committee_member, inspection, officer)
    with pytest.raises(Refused):
        services.mend_finding(actor=chief, finding=row, note="xong")
    with pytest.raises(DomainError):
        services.mend_finding(actor=officer, finding=row, note="")
    with pytest.raises(DomainError):
        services.revisit_finding(actor=committee_member, finding=row, mended=True, note="chưa ai làm")
    row = services.mend_finding(actor=officer, finding=row, note="Đã mời phó nhóm")
    row = services.revisit_finding(actor=committee_member, finding=row, mended=False, note="Vẫn thiếu")
    assert row.status == Finding.Status.OPEN
    services.mend_finding(actor=officer, finding=row, note="Đã đủ")
    with pytest.raises(Refused):
        services.revisit_finding(actor=officer, finding=row, mended=True, note="tự xác nhận")
    row = services.revisit_finding(actor=committee_member, finding=row, mended=True, note="Đủ ba phó nhóm")
    assert row.status == Finding.Status.CLOSED
    assert reads.open_findings(chief).count() == 0


def test_an_officer_sees_the_items_with_their_findings_only(inspection, committee_member, officer, signed_in):
    client = signed_in(officer)
    address = reverse("oversight:inspection", args=[inspection.pk])
    assert client.get(address).status_code == 404
    finding(committee_member, inspection, officer)
    page = client.get(address)
    assert page.status_code == 200
    assert len(page.context["items"]) == 1


def test_findings_and_inspections_move_with_a_handover(inspection, committee_member, officer, person_with_post, chief):
    row = finding(committee_member, inspection, officer)
    successor = person_with_post("area_officer")[1]
    for held in holdings.held_by(chief, officer.id):
        holdings.move(
            chief,
            kind=held.kind,
            holding_id=held.id,
            from_user_id=officer.id,
            to_user_id=successor.id,
            reason="Luân chuyển",
        )
    row.refresh_from_db()
    assert row.owner_id == successor.id
    assert holdings.held_by(chief, officer.id) == []
    assert "inspections.inspection" in {one.kind for one in holdings.held_by(chief, committee_member.id)}


def test_the_walk_through_the_pages(committee_member, officer, signed_in):
    ZaloGroupFactory()
    client = signed_in(committee_member)
    client.post(
        reverse("oversight:inspection-create"),
        {"title": "Đợt 1", "planned_on": soon(0).isoformat(), "inspector": committee_member.id, "groups": 1, "tips": 0},
    )
    item = InspectionItem.objects.get()
    sheet = reverse("oversight:sheet", args=[item.pk])
    left_open = client.post(sheet, {"leader": "1", "note": "ghi chú giữ lại"})
    assert left_open.status_code == 422
    assert "ghi chú giữ lại" in left_open.content.decode()
    client.post(sheet, dict.fromkeys(reads.GROUP_QUESTIONS, "1") | {"rules": "0"})
    client.post(
        reverse("oversight:finding-create", args=[item.pk]),
        {"text": "Chưa ghim nội quy", "owner": officer.id, "due_on": soon().isoformat()},
    )
    row = Finding.objects.get()
    signed_in(officer).post(reverse("oversight:mend", args=[row.pk]), {"text": "Đã ghim"})
    client = signed_in(committee_member)
    client.post(reverse("oversight:revisit", args=[row.pk]), {"mended": "1", "text": "Đã thấy"})
    client.post(reverse("oversight:inspection-finish", args=[item.inspection_id]), {"text": "Đạt"})
    row.refresh_from_db()
    assert (row.status, Inspection.objects.get().status) == ("closed", "done")
