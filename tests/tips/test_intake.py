"""Taking in: once, whatever happens around it; guarded; nothing kept that points at the sender."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from kombu.exceptions import OperationalError

from accounts.models import Notice
from tests.factories import NeighbourhoodFactory, ZaloGroupFactory
from tests.tips.factories import WORDS, make_tip, send
from tips.models import Attachment, Clock, Route, SealedReporter, Tip, TipEvent, TipSubject
from tips.services import intake, receipts, ticking, words
from tips.services.intake import Report, Reporter
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.models import AuditEvent
from vikhe_portal.core.permissions import Refused

pytestmark = pytest.mark.django_db


def test_a_report_is_stored_with_number_clocks_story_and_audit(ward):
    group, place = ZaloGroupFactory(), NeighbourhoodFactory()
    tip = make_tip(group_id=group.pk, neighbourhood_id=place.pk, kind="crime", place="Xóm Cầu")
    assert (tip.number, tip.kind, tip.status, tip.route, tip.owner_role) == (
        1,
        "crime",
        "new",
        "ordinary",
        "duty_officer",
    )
    assert tip.code == f"TB-{tip.year}-000001"
    assert words.read(tip) == words.Words(WORDS, "Xóm Cầu")
    assert sorted(Clock.objects.values_list("policy__key", flat=True)) == ["TIP_ACK", "TIP_ASSESS"]
    assert tip.next_due_at == Clock.objects.order_by("due_at").first().due_at
    assert list(TipEvent.objects.values_list("kind", flat=True)) == ["received"]
    audit = AuditEvent.objects.get(action="tips.received")
    assert (audit.object_id, audit.actor_id, audit.address, audit.request_id) == (str(tip.pk), None, "", "")


def test_the_words_are_nowhere_in_clear_in_the_row(ward):
    make_tip(text="CANARY báo tin")
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM tips_tip t")
        row = cursor.fetchone()[0]
    assert "CANARY" not in row and b"CANARY".hex() not in row


def test_sending_the_same_form_again_gives_the_same_receipt_and_one_tip(ward):
    number = receipts.new_submission()
    first, second = send(submission=number), send(submission=number)
    assert (first.code, first.tip_uuid) == (second.code, second.tip_uuid)
    assert (first.again, second.again) == (False, True)
    assert Tip.objects.count() == 1


def test_a_receipt_code_is_sixteen_digits_and_only_its_hash_is_stored(ward):
    receipt = send()
    assert len(receipt.code) == 16 and receipt.code.isdigit()
    tip = Tip.objects.get()
    assert tip.receipt_hash == receipts.receipt_hash(receipt.code) and receipt.code not in tip.receipt_hash
    assert len({receipts.code_for(receipts.new_submission()) for _i in range(200)}) == 200


@pytest.mark.django_db(transaction=True)
def test_a_report_takes_at_most_eight_statements_with_those_of_the_scope(other_ward):
    send(ward_id=other_ward.pk)
    with CaptureQueriesContext(connection) as captured:
        send(ward_id=other_ward.pk)
    statements = [q["sql"] for q in captured if q["sql"] not in ("BEGIN", "COMMIT")]
    assert len(statements) <= 8, "\n".join(sql[:120] for sql in statements)


@pytest.mark.django_db(transaction=True)
def test_a_report_sent_while_the_broker_is_down_is_stored_and_shows_up_when_ticked(other_ward, monkeypatch):
    from celery import current_app

    from tests.factories import make_post, make_user
    from tips.tasks import tick
    from vikhe_portal.core.scope import ward_scope

    def unreachable(*args, **kwargs):
        raise OperationalError("no broker")

    monkeypatch.setattr(current_app, "send_task", unreachable)
    officer = make_user()
    make_post(officer, "duty_officer", ward_id=other_ward.pk)
    receipt = send(ward_id=other_ward.pk)
    with ward_scope(other_ward.pk):
        assert Tip.objects.get().uuid == receipt.tip_uuid
        assert Notice.objects.count() == 0
    tick()
    with ward_scope(other_ward.pk):
        assert list(Notice.objects.values_list("user_id", "kind")) == [(officer.pk, "tip_new")]
    tick()
    with ward_scope(other_ward.pk):
        assert Notice.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [("", ""), ("   \n ", ""), ("a" * 4001, ""), ("Độ mật: MẬT\nKế hoạch", "secret")],
)
def test_a_text_that_is_not_taken_is_refused_with_a_sentence_and_nothing_stored(ward, text, code):
    with pytest.raises(DomainError) as refusal:
        send(text=text)
    assert refusal.value.field == "text" and refusal.value.code == code
    assert Tip.objects.count() == 0


def test_pictures_too_many_too_large_or_of_the_wrong_type_are_refused_by_number(ward, photo):
    cases = [([photo] * 6, "5"), ([photo, b"%PDF-1.7 x"], "2"), ([b"\xff\xd8\xff" + b"0" * 10_500_000], "1")]
    for uploads, number in cases:
        with pytest.raises(DomainError) as refusal:
            send(uploads=uploads)
        assert refusal.value.field == "pictures" and number in str(refusal.value.message)
    assert Tip.objects.count() == 0


def test_without_a_key_the_original_picture_is_not_kept_and_no_identity_stored(ward, photo):
    make_tip(uploads=[photo], reporter=Reporter("Trần Thị Mẫu", "0912345678"))
    row = Attachment.objects.get()
    assert row.display and row.original == ""
    assert SealedReporter.objects.count() == 0


@pytest.mark.parametrize(
    ("about", "route", "series", "track", "has_words"),
    [
        ("matter", "ordinary", "tips", "", True),
        ("question", "ordinary", "tips_question", "question", True),
        ("police", "chief", "tips_staff", "staff_conduct", True),
        ("bribery", "chief", "tips_staff", "corruption", True),
        ("leader", "head", "tips_staff", "staff_conduct", False),
        ("head", "chief_record", "tips_staff", "staff_conduct", False),
    ],
)
def test_the_first_answer_decides_the_way(sealed_ward, about, route, series, track, has_words):
    tip = make_tip(about, reporter=Reporter("Trần Thị Mẫu", "0912345678"))
    assert (tip.route, tip.series, tip.track, tip.content is not None) == (route, series, track, has_words)
    takes_identity = about in ("matter", "question")
    assert SealedReporter.objects.filter(tip=tip).exists() is takes_identity
    assert tip.next_due_at is not None


def test_reports_about_staff_have_codes_that_tell_no_order(ward):
    codes = {make_tip("police").code for _i in range(5)}
    assert len(codes) == 5 and all(code.startswith("CB-") for code in codes)
    assert make_tip().number == 1


def test_an_officer_named_in_the_text_or_chosen_becomes_the_subject(ward, area_officer, duty_officer):
    name = area_officer.user.full_name.upper()
    by_text = make_tip("police", text=f"Anh {name} nói năng khó nghe")
    assert set(TipSubject.objects.filter(tip=by_text).values_list("user_id", flat=True)) == {area_officer.id}
    chosen = make_tip("police", text="Nói năng khó nghe", subject_id=duty_officer.id)
    assert set(TipSubject.objects.filter(tip=chosen).values_list("user_id", flat=True)) == {duty_officer.id}
    stranger = make_tip("police", text="Nói năng khó nghe", subject_id=999_999)
    assert not TipSubject.objects.filter(tip=stranger).exists()


def test_a_report_naming_the_chief_is_sent_the_right_way_before_it_is_stored(ward, chief):
    with pytest.raises(DomainError) as refusal:
        send("police", text=f"Ông {chief.user.full_name} thiên vị")
    assert refusal.value.code == "leader"
    assert Tip.objects.count() == 0


def test_numbers_run_per_ward(ward, other_ward):
    assert make_tip().number == 1
    assert make_tip(ward_id=other_ward.pk).number == 1
    assert make_tip().number == 2
    assert set(Tip.objects.values_list("ward_id", flat=True)) == {ward.pk}


def test_officer_entry_gives_number_receipt_and_audit(ward, area_officer):
    tip, code = intake.enter_tip(actor=area_officer, channel="phone", report=Report(text=WORDS, kind="crime"))
    assert (tip.channel, tip.received_by_id, tip.route) == ("phone", area_officer.id, Route.ORDINARY)
    assert receipts.receipt_hash(code) == tip.receipt_hash
    assert AuditEvent.objects.get(action="tips.entered").actor_id == area_officer.id


def test_officer_entry_is_refused_for_others_for_forms_and_for_reports_about_police(
    ward, committee_member, area_officer
):
    with pytest.raises(Refused):
        intake.enter_tip(actor=committee_member, channel="phone", report=Report(text=WORDS))
    for channel, kind, field in (("form", "crime", "channel"), ("phone", "police", "kind")):
        with pytest.raises(DomainError) as refusal:
            intake.enter_tip(actor=area_officer, channel=channel, report=Report(text=WORDS, kind=kind))
        assert refusal.value.field == field
    assert Tip.objects.count() == 0


def test_the_desk_is_told_once_and_without_words(ward, duty_officer, area_officer):
    tip = make_tip()
    assert ticking.announce_ward(ward_id=ward.pk) == 1
    assert ticking.announce_ward(ward_id=ward.pk) == 0
    notice = Notice.objects.get()
    assert (notice.user_id, notice.kind, notice.url) == (duty_officer.id, "tip_new", f"/tin-bao/{tip.uuid}/")


def test_a_report_about_staff_is_announced_to_the_chief_alone(ward, chief, duty_officer, deputy_chief):
    make_tip("police")
    ticking.announce_ward(ward_id=ward.pk)
    assert list(Notice.objects.values_list("user_id", flat=True)) == [chief.id]
