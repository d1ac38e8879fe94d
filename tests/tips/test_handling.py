"""Officers' steps: allowed, refused by role, by ward and by rule; each tells the story and is audited."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import Notice
from tests.factories import NeighbourhoodFactory, OfficerAreaFactory
from tests.tips.factories import make_tip
from tips.models import SealedReporter, SecurityReader, TipEvent, TipMessage, TipSubject
from tips.selectors import find_tip, readable_tip
from tips.services import deciding, handling, identity, reading
from tips.services.intake import Reporter
from vikhe_portal.core import holdings
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.models import AuditEvent
from vikhe_portal.core.permissions import Refused, system_actor

pytestmark = pytest.mark.django_db


def test_assigning_tells_the_officer_and_the_story(ward, duty_officer, area_officer):
    tip = handling.assign(actor=duty_officer, tip=make_tip(), to=area_officer.user)
    assert (tip.status, tip.assignee_id) == ("assigned", area_officer.id)
    event = TipEvent.objects.get(kind="assigned")
    assert (event.actor_id, event.facts["to"]) == (duty_officer.id, area_officer.id)
    assert AuditEvent.objects.get(action="tips.assigned").actor_id == duty_officer.id
    assert Notice.objects.get().kind == "tip_assigned"


def test_an_area_officer_cannot_assign_and_the_committee_can_do_nothing(ward, area_officer, committee_member):
    tip = make_tip(assignee=area_officer.user)
    with pytest.raises(Refused):
        handling.assign(actor=area_officer, tip=tip, to=area_officer.user)
    for step in (
        lambda: handling.answer(actor=committee_member, tip=tip, text="x"),
        lambda: deciding.classify(actor=committee_member, tip=tip, track="feedback"),
        lambda: deciding.recuse(actor=committee_member, tip=tip, reason="x"),
        lambda: handling.transfer(actor=committee_member, tip=tip, to="x", reason="x"),
    ):
        with pytest.raises(Refused):
            step()


def test_another_wards_tip_does_not_exist(ward, other_ward, chief):
    theirs = make_tip(ward_id=other_ward.pk)
    assert find_tip(chief, theirs.uuid) is None
    with pytest.raises(DomainError):
        handling.answer(actor=chief, tip=theirs, text="x")


def test_an_area_officer_knows_of_their_own_area_and_what_is_assigned(ward, area_officer, person_with_post):
    place = NeighbourhoodFactory()
    OfficerAreaFactory(user=area_officer.user, neighbourhood=place)
    near, far = make_tip(neighbourhood_id=place.pk), make_tip()
    given = make_tip(assignee=area_officer.user)
    assert readable_tip(area_officer, near.uuid) and readable_tip(area_officer, given.uuid)
    assert find_tip(area_officer, far.uuid) is None
    other = person_with_post("area_officer")[1]
    assert find_tip(other, near.uuid) is None


def test_a_group_deputy_knows_number_and_state_of_their_neighbourhood_but_no_word(ward, person_with_post):
    place = NeighbourhoodFactory()
    deputy = person_with_post("group_deputy", neighbourhood=place, capacity="party_secretary")[1]
    near, far = make_tip(neighbourhood_id=place.pk), make_tip()
    assert find_tip(deputy, near.uuid) and readable_tip(deputy, near.uuid) is None
    assert find_tip(deputy, far.uuid) is None
    assert reading.open_tip(actor=deputy, uuid=near.uuid) is None


def test_every_reading_is_written_down(ward, duty_officer):
    tip = make_tip()
    opened = reading.open_tip(actor=duty_officer, uuid=tip.uuid)
    reading.open_tip(actor=duty_officer, uuid=tip.uuid)
    assert opened.words.text
    assert AuditEvent.objects.filter(action="tips.read", object_id=str(tip.pk)).count() == 2
    assert TipEvent.objects.filter(kind="read").count() == 1


def test_escalation_goes_to_the_chief_or_a_deputy_with_a_reason(ward, area_officer, duty_officer, deputy_chief):
    tip = make_tip(assignee=area_officer.user)
    with pytest.raises(DomainError):
        handling.escalate(actor=area_officer, tip=tip, to=deputy_chief.user, reason=" ")
    with pytest.raises(DomainError):
        handling.escalate(actor=area_officer, tip=tip, to=duty_officer.user, reason="x")
    tip = handling.escalate(actor=area_officer, tip=tip, to=deputy_chief.user, reason="Vượt thẩm quyền")
    assert (tip.status, tip.assignee_id) == ("escalated", deputy_chief.id)


def test_a_tip_is_never_dropped(ward, duty_officer):
    tip = make_tip()
    with pytest.raises(DomainError):
        handling.close(actor=duty_officer, tip=tip, reason="Không cần")
    with pytest.raises(DomainError):
        handling.transfer(actor=duty_officer, tip=tip, to="UBND phường", reason="x")  # not classified yet
    tip = handling.answer(actor=duty_officer, tip=tip, text="Đã xử lý.")
    tip = handling.close(actor=duty_officer, tip=tip, reason="Người báo không phản hồi")
    assert tip.status == "closed" and tip.next_due_at is None
    tip = handling.reopen(actor=duty_officer, tip=tip, reason="Có tình tiết mới")
    assert tip.status == "assigned" and tip.next_due_at is not None and tip.closed_at is None


def test_denunciation_destroys_words_and_identity_and_keeps_the_paper_reference(sealed_ward, photo, settings):
    from pathlib import Path

    tip = make_tip(reporter=Reporter("Trần Thị Mẫu", "0912345678"), uploads=[photo])
    handling.ask_reporter(actor=sealed_ward, tip=tip, text="Ở đâu?")
    with pytest.raises(DomainError) as refusal:
        deciding.classify(actor=sealed_ward, tip=tip, track="denunciation")
    assert refusal.value.field == "paper_reference"
    assert (
        SealedReporter.objects.exists() and len([p for p in Path(settings.MEDIA_ROOT).rglob("*") if p.is_file()]) == 3
    )
    tip = deciding.classify(actor=sealed_ward, tip=tip, track="denunciation", paper_reference="Sổ 12/2026")
    tip.refresh_from_db()
    assert (tip.content, tip.paper_reference, tip.route) == (None, "Sổ 12/2026", "chief")
    assert not SealedReporter.objects.exists() and not TipMessage.objects.exists() and not tip.attachments.exists()


def test_files_of_a_denunciation_are_gone_after_the_commit(
    sealed_ward, photo, settings, django_capture_on_commit_callbacks
):
    from pathlib import Path

    tip = make_tip(uploads=[photo])
    with django_capture_on_commit_callbacks(execute=True):
        deciding.classify(actor=sealed_ward, tip=tip, track="denunciation", paper_reference="Sổ 12/2026")
    assert [p for p in Path(settings.MEDIA_ROOT).rglob("*") if p.is_file()] == []


def test_national_security_leaves_the_queue_of_everyone_but_the_chief_and_named_deputies(
    ward, chief, duty_officer, deputy_chief, committee_head
):
    tip = deciding.classify(actor=duty_officer, tip=make_tip(), track="national_security")
    assert readable_tip(chief, tip.uuid)
    for other in (duty_officer, deputy_chief, committee_head):
        assert find_tip(other, tip.uuid) is None
    identity.name_security_reader(actor=chief, user_id=deputy_chief.id, decision_no="QĐ 5")
    deputy_chief.facts.clear()
    assert readable_tip(deputy_chief, tip.uuid) and SecurityReader.objects.count() == 1
    tip = deciding.forward_security(actor=chief, tip=tip, reference="BN 77")
    assert (tip.content, tip.paper_reference, tip.status) == (None, "BN 77", "transferred")


def test_stepping_back_hides_the_tip_from_who_stepped_back(ward, area_officer, duty_officer):
    tip = make_tip(assignee=area_officer.user)
    deciding.recuse(actor=area_officer, tip=tip, reason="Người nhà")
    assert find_tip(area_officer, tip.uuid) is None
    tip.refresh_from_db()
    assert (tip.assignee_id, tip.status, tip.owner_role) == (None, "escalated", "duty_officer")
    with pytest.raises(DomainError):
        handling.assign(actor=duty_officer, tip=tip, to=area_officer.user)


def test_a_duty_officer_who_stepped_back_can_neither_read_nor_handle_it(ward, duty_officer, chief):
    tip = make_tip()
    deciding.recuse(actor=duty_officer, tip=tip, reason="Người nhà")
    assert readable_tip(duty_officer, tip.uuid) is None and readable_tip(chief, tip.uuid)
    assert reading.open_tip(actor=duty_officer, uuid=tip.uuid) is None
    with pytest.raises(DomainError):
        handling.answer(actor=duty_officer, tip=tip, text="x")


def test_naming_a_colleague_sends_the_report_its_own_way_and_destroys_identity(
    sealed_ward, duty_officer, area_officer, deputy_chief
):
    chief = sealed_ward
    tip = make_tip(assignee=area_officer.user, reporter=Reporter("A B", "0912345678"))
    deciding.name_subjects(actor=duty_officer, tip=tip, users=[area_officer.user], reason="Tin phản ánh cán bộ")
    tip.refresh_from_db()
    assert (tip.route, tip.track, tip.assignee_id) == ("chief", "staff_conduct", None)
    assert not SealedReporter.objects.exists()
    assert readable_tip(chief, tip.uuid)
    for other in (duty_officer, area_officer, deputy_chief):
        assert find_tip(other, tip.uuid) is None
    event = AuditEvent.objects.get(action="tips.subjects_named")
    assert {area_officer.id, duty_officer.id, deputy_chief.id} <= set(event.hidden_from)
    assert chief.id not in event.hidden_from


def test_a_report_about_a_deputy_chief_becomes_a_record_for_the_committee_head(
    ward, chief, duty_officer, deputy_chief, committee_head, committee_member
):
    tip = make_tip()
    deciding.name_subjects(actor=duty_officer, tip=tip, users=[deputy_chief.user], reason="x")
    for other in (chief, duty_officer, deputy_chief, committee_member):
        assert find_tip(other, tip.uuid) is None
    assert find_tip(committee_head, tip.uuid) and readable_tip(committee_head, tip.uuid) is None


def test_a_handover_moves_open_tips_once_and_never_to_whom_they_concern(ward, chief, person_with_post):
    old, new = person_with_post("area_officer")[1], person_with_post("area_officer")[1]
    tip = make_tip(assignee=old.user)
    (held,) = [item for item in holdings.held_by(chief, old.id) if item.kind == "tips.open"]
    assert held.id == tip.pk and held.label == tip.code
    for _again in range(2):
        holdings.move(
            system_actor(ward.pk),
            kind="tips.open",
            holding_id=held.id,
            from_user_id=old.id,
            to_user_id=new.id,
            reason="Bàn giao",
        )
    tip.refresh_from_db()
    assert tip.assignee_id == new.id and TipEvent.objects.get(kind="handed_over").actor is None  # done by the job
    assert [item for item in holdings.held_by(chief, old.id) if item.kind == "tips.open"] == []
    TipSubject.objects.create(ward=ward, tip=tip, user=old.user, relation="recused")
    with pytest.raises(DomainError):
        holdings.move(
            chief, kind="tips.open", holding_id=tip.pk, from_user_id=new.id, to_user_id=old.id, reason="Trả lại"
        )


def test_the_chief_names_and_ends_a_reader_of_national_security_on_a_page(
    ward, chief, deputy_chief, duty_officer, signed_in
):
    tip = deciding.classify(actor=duty_officer, tip=make_tip(), track="national_security")
    client, page = signed_in(chief), reverse("tips:readers")
    assert client.post(page, {"user": deputy_chief.id, "decision_no": " "}).status_code == 422
    assert client.post(page, {"user": duty_officer.id, "decision_no": "QĐ 5"}).status_code == 422
    client.post(page, {"user": deputy_chief.id, "decision_no": "QĐ 5/QĐ-CAP"})
    assert "QĐ 5/QĐ-CAP" in client.get(page).content.decode()
    deputy_chief.facts.clear()
    assert readable_tip(deputy_chief, tip.uuid)
    end = reverse("tips:reader-end", args=[SecurityReader.objects.get().pk])
    assert client.post(end).status_code == 302
    deputy_chief.facts.clear()
    assert readable_tip(deputy_chief, tip.uuid) is None
    assert client.post(end).status_code == 404
    assert AuditEvent.objects.filter(action="tips.security_reader_ended", actor_id=chief.id).count() == 1
