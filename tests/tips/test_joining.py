"""Reports of one matter: suggested without searching for persons, joined and taken out by a person, split in two."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notice
from tests.factories import NeighbourhoodFactory
from tests.tips.factories import make_tip
from tests.tips.test_clocks import live, received
from tips.models import SealedReporter, Tip, TipEvent, TipMessage, TipSubject
from tips.selectors import find_tip, readable_tip
from tips.services import deciding, handling, joining, likeness, receipts, reporters
from tips.services.intake import Reporter
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.models import AuditEvent
from vikhe_portal.core.permissions import Refused

pytestmark = pytest.mark.django_db

THEFT = "Đêm qua kẻ gian cắt khóa cổng lấy trộm chiếc xe máy dựng ngoài sân, camera quay được hai thanh niên."
AGAIN = "Hai thanh niên cắt khóa cổng, lấy trộm xe máy dựng ngoài sân lúc nửa đêm."
LIGHT = "Đèn đường đoạn đầu ngõ hỏng hai tuần nay, trẻ con đi học về tối rất nguy hiểm."


def pass_of(tip: Tip) -> receipts.Pass:
    return receipts.read_pass(receipts.give_pass(ward_id=tip.ward_id, tip_uuid=tip.uuid))


def seen(tip: Tip) -> reporters.Matter:
    return reporters.view_receipt(pass_of(tip)).matters[0]


def test_reports_of_one_matter_are_suggested_with_reasons(ward, duty_officer):
    place = NeighbourhoodFactory()
    tip = make_tip(text=THEFT, kind="crime", neighbourhood_id=place.pk)
    twin = make_tip(text=AGAIN, kind="crime", neighbourhood_id=place.pk)
    make_tip(text=LIGHT, neighbourhood_id=place.pk)
    (found,) = likeness.related_to(actor=duty_officer, tip=tip)
    assert found.tip.pk == twin.pk and len(found.reasons) >= 3
    event = AuditEvent.objects.get(action="tips.compared")
    assert event.values["rows"] == 2 and "xe máy" not in str(event.values)


def test_a_name_or_a_number_in_common_suggests_nothing(ward, duty_officer):
    tip = make_tip(text="Tối qua thấy ông Nguyễn Văn Mẫu Thử 0912345678 chửi bới khách ầm ĩ")
    make_tip(text="Nghe nói ông Nguyễn Văn Mẫu Thử 0912345678 rao bán pháo")
    assert likeness.related_to(actor=duty_officer, tip=tip) == []


def test_old_finished_walled_and_foreign_reports_are_never_compared(
    ward, other_ward, chief, duty_officer, area_officer, person_with_post
):
    tip = make_tip(text=THEFT)
    old, done = make_tip(text=AGAIN), make_tip(text=AGAIN)
    received(old, timezone.now() - timedelta(days=30))
    handling.answer(actor=chief, tip=done, text="Xong.")
    handling.close(actor=chief, tip=done, reason="x")
    about_staff = make_tip(text=AGAIN)
    deciding.name_subjects(actor=duty_officer, tip=about_staff, users=[area_officer.user], reason="x")
    make_tip(text=AGAIN, ward_id=other_ward.pk)
    assert likeness.related_to(actor=chief, tip=tip) == []
    assert likeness.related_to(actor=chief, tip=Tip.objects.get(pk=make_tip(text=AGAIN).pk))[0].tip.pk == tip.pk


def test_the_earliest_clocks_govern_and_come_back_when_taken_out(ward, duty_officer, holidays):
    early, late = make_tip(text=THEFT), make_tip(text=AGAIN)
    early = received(early, timezone.now() - timedelta(hours=30))
    late = deciding.classify(actor=duty_officer, tip=late, track="crime_report")
    own = live(late)["TIP_PRELIM_7D"].due_at
    main = joining.join(actor=duty_officer, tip=early, main=late, reason="Cùng một vụ")
    early.refresh_from_db()
    assert (early.status, early.merged_into_id, early.next_due_at, live(early)) == ("merged", late.pk, None, {})
    limit = live(main)["TIP_PROPOSE_ASSIGN"]
    assert limit.started_at == early.received_at and limit.due_at == early.received_at + timedelta(hours=12)
    assert main.next_due_at == limit.due_at and live(main)["TIP_PRELIM_7D"].due_at < own
    again = joining.take_out(actor=duty_officer, tip=early, reason="Hai vụ khác nhau")
    main.refresh_from_db()
    assert again.status == "assigned" and again.next_due_at and again.merged_into_id is None
    assert live(main)["TIP_PRELIM_7D"].due_at == own and main.counted_from is None
    for tip in (main, again):
        steps = list(TipEvent.objects.filter(tip=tip, kind__in=["joined", "taken_out"]).values_list("kind", "reason"))
        assert steps == [("joined", "Cùng một vụ"), ("taken_out", "Hai vụ khác nhau")]
        assert {e.actor_id for e in TipEvent.objects.filter(tip=tip, kind="joined")} == {duty_officer.id}


def test_what_is_classified_after_joining_counts_from_the_earliest_reception(ward, duty_officer):
    early, late = received(make_tip(), timezone.now() - timedelta(hours=10)), make_tip()
    main = joining.join(actor=duty_officer, tip=early, main=late, reason="x")
    main = deciding.classify(actor=duty_officer, tip=main, track="crime_report", urgency=2)
    assert live(main)["TIP_TRANSFER_24H"].due_at == early.received_at + timedelta(hours=24)


def test_the_more_urgent_report_makes_the_matter_urgent(ward, duty_officer):
    main = deciding.classify(actor=duty_officer, tip=make_tip(), track="crime_report")
    other = deciding.classify(actor=duty_officer, tip=make_tip(), track="crime_report", urgency=2)
    main = joining.join(actor=duty_officer, tip=other, main=main, reason="x")
    assert main.urgency == 2 and {"TIP_TRANSFER_24H", "TIP_URGENT_ALERT"} <= set(live(main))
    assert "TIP_PRELIM_7D" not in live(main)


def test_each_reporter_reads_the_answer_by_the_own_receipt_and_nothing_of_the_other(ward, duty_officer, deputy_chief):
    main, tip = make_tip(text=THEFT), make_tip(text=AGAIN)
    handling.ask_reporter(actor=duty_officer, tip=main, text="CANARY-QUESTION")
    joining.join(actor=duty_officer, tip=tip, main=main, reason="x")
    assert seen(tip).shown.status == "assigned", "the question is for the other reporter"
    reporters.write_back(access=pass_of(main), text="CANARY-REPLY")
    main.refresh_from_db()
    handling.answer(actor=duty_officer, tip=main, text="Đã bắt được kẻ gian.")
    matter = seen(tip)
    assert [message.body for message in matter.messages] == ["Đã bắt được kẻ gian."]
    assert matter.shown.status == "answered" and matter.may_rate and matter.may_disagree
    reporters.rate(access=pass_of(tip), satisfied=True)
    tip.refresh_from_db()
    main.refresh_from_db()
    assert (tip.satisfied, main.satisfied) == (True, None)
    Notice.objects.all().delete()
    reporters.write_back(access=pass_of(tip), text="Cảm ơn.")
    assert Notice.objects.get().url == reverse("tips:detail", args=[main.uuid])
    reporters.disagree(access=pass_of(tip), text="Chưa đúng.")
    main.refresh_from_db()
    assert (main.status, main.assignee_id) == ("escalated", deputy_chief.id)
    assert "CANARY" not in str([message.body for message in seen(tip).messages])
    assert "Chưa đúng." not in str([message.body for message in seen(main).messages])
    with pytest.raises(DomainError):
        reporters.disagree(access=pass_of(tip), text="Vẫn chưa.")


def test_reports_that_go_different_ways_are_not_joined(ward, chief, duty_officer, area_officer, deputy_chief):
    tip = make_tip()
    feedback = deciding.classify(actor=chief, tip=make_tip(), track="feedback")
    crime = deciding.classify(actor=chief, tip=make_tip(), track="crime_report")
    gone = handling.transfer(
        actor=chief,
        tip=deciding.classify(actor=chief, tip=make_tip(), track="crime_report"),
        to="Cơ quan CSĐT",
        reason="x",
    )
    question, walled = make_tip("question"), make_tip("police", subject_id=area_officer.id)
    for one, main in ((feedback, crime), (feedback, tip), (tip, gone), (question, tip), (tip, tip)):
        with pytest.raises(DomainError):
            joining.join(actor=chief, tip=one, main=main, reason="x")
    with pytest.raises(Refused):
        joining.join(actor=chief, tip=walled, main=tip, reason="x")
    with pytest.raises(DomainError):
        joining.join(actor=duty_officer, tip=walled, main=tip, reason="x")
    with pytest.raises(DomainError) as refusal:
        joining.join(actor=chief, tip=tip, main=crime, reason=" ")
    assert refusal.value.field == "reason"
    with pytest.raises(Refused):
        joining.join(actor=area_officer, tip=make_tip(assignee=area_officer.user), main=_near(area_officer), reason="x")
    assert not Tip.objects.filter(status="merged").exists()


def _near(officer) -> Tip:
    from tests.factories import OfficerAreaFactory

    place = NeighbourhoodFactory()
    OfficerAreaFactory(user=officer.user, neighbourhood=place)
    officer.facts.clear()
    return make_tip(neighbourhood_id=place.pk)


def test_what_was_joined_before_goes_along(ward, duty_officer):
    one, two, three = (make_tip() for _i in range(3))
    joining.join(actor=duty_officer, tip=one, main=two, reason="x")
    two.refresh_from_db()
    joining.join(actor=duty_officer, tip=two, main=three, reason="x")
    assert set(Tip.objects.filter(merged_into=three)) == {one, two}


def test_the_officer_of_the_joined_matter_reads_all_of_it(ward, duty_officer, area_officer):
    main, tip = make_tip(assignee=area_officer.user), make_tip()
    assert readable_tip(area_officer, tip.uuid) is None
    joining.join(actor=duty_officer, tip=tip, main=main, reason="x")
    assert readable_tip(area_officer, tip.uuid)


def test_the_wall_and_the_destruction_cover_what_was_joined(sealed_ward, duty_officer, area_officer):
    chief = sealed_ward
    main, tip = make_tip(reporter=Reporter("A B", "0912345678")), make_tip(reporter=Reporter("C D", "0987654321"))
    joining.join(actor=duty_officer, tip=tip, main=main, reason="x")
    main.refresh_from_db()
    deciding.name_subjects(actor=duty_officer, tip=main, users=[area_officer.user], reason="x")
    assert not SealedReporter.objects.exists()
    for row in (main, tip):
        assert find_tip(duty_officer, row.uuid) is None and find_tip(area_officer, row.uuid) is None
        assert readable_tip(chief, row.uuid)
    two, joined = make_tip(reporter=Reporter("E F", "0912345678")), make_tip(reporter=Reporter("G H", "0987654321"))
    joining.join(actor=chief, tip=joined, main=two, reason="x")
    two.refresh_from_db()
    deciding.classify(actor=chief, tip=two, track="denunciation", paper_reference="Sổ 12/2026")
    joined.refresh_from_db()
    assert (joined.content, joined.paper_reference, joined.route) == (None, "Sổ 12/2026", "chief")
    assert not SealedReporter.objects.exists() and not TipMessage.objects.exists()
    assert seen(joined).may_write is False


def test_raising_the_wall_from_a_joined_report_covers_the_one_that_goes_on(ward, duty_officer, area_officer):
    main, tip = make_tip(assignee=area_officer.user), make_tip()
    joining.join(actor=duty_officer, tip=tip, main=main, reason="x")
    tip.refresh_from_db()
    deciding.name_subjects(actor=duty_officer, tip=tip, users=[area_officer.user], reason="x")
    assert find_tip(area_officer, main.uuid) is None and find_tip(duty_officer, main.uuid) is None


def test_who_stepped_back_from_one_has_nothing_to_do_with_the_other(ward, duty_officer, chief, area_officer):
    main, tip = make_tip(), make_tip(assignee=area_officer.user)
    deciding.recuse(actor=area_officer, tip=tip, reason="Người nhà")
    handling.assign(actor=chief, tip=main, to=area_officer.user)
    with pytest.raises(DomainError):
        joining.join(actor=duty_officer, tip=tip, main=main, reason="x")
    handling.assign(actor=chief, tip=main, to=duty_officer.user, reason="x")
    joining.join(actor=duty_officer, tip=tip, main=main, reason="x")
    assert find_tip(area_officer, main.uuid) is None
    deciding.recuse(actor=duty_officer, tip=main, reason="Hàng xóm")
    assert find_tip(duty_officer, tip.uuid) is None
    assert TipSubject.objects.filter(tip=tip, user=duty_officer.user).exists()


def test_a_second_matter_is_split_off_once_and_answered_behind_the_same_receipt(ward, duty_officer):
    tip = received(make_tip(text=f"{THEFT} {LIGHT}", kind="crime"), timezone.now() - timedelta(hours=5))
    split = {
        "actor": duty_officer,
        "tip": tip,
        "text": LIGHT,
        "kind": "other",
        "reason": "Hai việc",
        "submission": "s1",
    }
    part = joining.split(**split)
    assert joining.split(**split).pk == part.pk and Tip.objects.count() == 2
    assert (part.split_from_id, part.received_at, part.status) == (tip.pk, tip.received_at, "new")
    assert live(part)["TIP_ASSESS_PART"].due_at > timezone.now() + timedelta(minutes=50)
    part = deciding.classify(actor=duty_officer, tip=part, track="feedback")
    assert live(part)["PETITION_NOTICE"].started_at == tip.received_at and "TIP_ASSESS_PART" not in live(part)
    handling.ask_reporter(actor=duty_officer, tip=part, text="Cột số mấy?")
    first, second = reporters.view_receipt(pass_of(tip)).matters
    assert first.tip.pk == tip.pk and [message.body for message in second.messages] == ["Cột số mấy?"]
    reporters.write_back(access=receipts.read_pass(second.ticket), text="Cột 14.")
    part.refresh_from_db()
    assert part.status != "asked" and TipMessage.objects.filter(tip=part).count() == 2
    assert [matter.tip.pk for matter in reporters.view_receipt(pass_of(part)).matters] == [tip.pk, part.pk]


def test_a_part_leaves_the_ordinary_way_only_after_its_first_report(ward, chief):
    tip = make_tip()
    part = joining.split(actor=chief, tip=tip, text=LIGHT, kind="other", reason="x", submission="s2")
    with pytest.raises(DomainError) as refusal:
        deciding.classify(actor=chief, tip=part, track="corruption", paper_reference="Sổ 1")
    assert tip.code in str(refusal.value.message)
    deciding.classify(actor=chief, tip=tip, track="corruption", paper_reference="Sổ 1")
    deciding.classify(actor=chief, tip=part, track="corruption", paper_reference="Sổ 1")
    assert Tip.objects.filter(content__isnull=True).count() == 2


def test_the_pages_lead_from_the_suggestion_to_the_joined_report(ward, duty_officer, signed_in):
    main, tip = make_tip(text=THEFT), make_tip(text=AGAIN)
    client = signed_in(duty_officer)
    assert (
        reverse("tips:related", args=[tip.uuid]) in client.get(reverse("tips:detail", args=[tip.uuid])).content.decode()
    )
    part = client.get(reverse("tips:related", args=[tip.uuid]), HTTP_HX_REQUEST="true").content.decode()
    assert main.code in part and "<html" not in part
    by_code = client.get(reverse("tips:related", args=[tip.uuid]), {"code": main.code.lower()})
    assert by_code.url == reverse("tips:join", args=[tip.uuid, main.uuid])
    page = client.get(by_code.url).content.decode()
    assert THEFT in page and AGAIN in page
    assert AuditEvent.objects.filter(action="tips.read").count() >= 3
    done = client.post(by_code.url, {"main": str(main.uuid), "reason": "Cùng vụ"})
    assert done.url == reverse("tips:detail", args=[main.uuid])
    assert AGAIN in client.get(done.url).content.decode()
    lead = client.get(reverse("tips:answer", args=[main.uuid])).content.decode()
    assert "1 " in lead
    assert tip.code not in client.get(reverse("tips:queue")).content.decode()
    client.post(reverse("tips:take-out", args=[tip.uuid]), {"reason": "Nhầm"})
    assert tip.code in client.get(reverse("tips:queue")).content.decode()
    done = client.post(reverse("tips:split", args=[tip.uuid]), {"text": LIGHT, "kind": "other", "reason": "x"})
    assert done.url == reverse("tips:classify", args=[Tip.objects.get(split_from=tip).uuid])
