"""The reporter's side: a code opens one tip, guesses are counted, a doubled message is one, disagreeing works once."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from redis.exceptions import ConnectionError as NoRedis

from accounts.models import Notice
from tests.tips.factories import make_tip, send
from tips.models import Tip, TipMessage
from tips.services import handling, limits, receipts, reporters
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.scope import ward_scope

pytestmark = [pytest.mark.django_db, pytest.mark.security]


def test_the_code_finds_its_tip_from_outside_every_ward_however_it_is_typed(ward):
    receipt = send()
    with ward_scope(None):
        for typed in (receipt.code, receipts.grouped(receipt.code), "-".join(receipt.code)):
            assert reporters.find_by_code(typed).tip_uuid == str(receipt.tip_uuid)
        assert reporters.find_by_code("1234") is None
        assert reporters.find_by_code("9" * 16) is None


def passed(tip: Tip) -> receipts.Pass:
    return receipts.read_pass(receipts.give_pass(ward_id=tip.ward_id, tip_uuid=tip.uuid))


def test_writing_back_answers_the_question_and_tells_who_handles_it(ward, duty_officer, area_officer):
    tip = make_tip(assignee=area_officer.user)
    handling.ask_reporter(actor=area_officer, tip=tip, text="Ở ngõ nào?")
    access = passed(tip)
    reporters.write_back(access=access, text="Ngõ 5")
    reporters.write_back(access=access, text="Ngõ 5")
    tip.refresh_from_db()
    assert tip.status == "assigned"
    seen = reporters.view_receipt(access).matters[0]
    assert [(message.kind, message.body) for message in seen.messages] == [
        ("question", "Ở ngõ nào?"),
        ("reply", "Ngõ 5"),
    ]
    assert list(Notice.objects.filter(kind="tip_reply").values_list("user_id", flat=True)) == [area_officer.id]


def test_disagreeing_works_once_and_goes_to_a_superior_of_who_answered(ward, deputy_chief, duty_officer):
    tip = handling.answer(actor=duty_officer, tip=make_tip(), text="Đã xử lý.")
    reporters.disagree(access=passed(tip), text="Chưa xử lý gì.")
    tip.refresh_from_db()
    assert (tip.status, tip.assignee_id) == ("escalated", deputy_chief.id)
    tip = handling.answer(actor=deputy_chief, tip=tip, text="Đã kiểm tra lại.")
    assert reporters.view_receipt(passed(tip)).matters[0].may_disagree is False
    with pytest.raises(DomainError):
        reporters.disagree(access=passed(tip), text="Vẫn chưa.")
    assert TipMessage.objects.filter(kind="disagreement").count() == 1


def test_a_record_about_the_leadership_takes_no_messages(ward):
    tip = make_tip("leader")
    assert reporters.view_receipt(passed(tip)).matters[0].may_write is False
    with pytest.raises(DomainError):
        reporters.write_back(access=passed(tip), text="Tên tôi là …")


def test_passes_are_forged_or_outlived_in_vain(ward, monkeypatch):
    tip = make_tip()
    token = receipts.give_pass(ward_id=tip.ward_id, tip_uuid=tip.uuid)
    assert receipts.read_pass(token[:-2] + "xx") is None
    monkeypatch.setattr(receipts, "PASS_MINUTES", -1)
    assert receipts.read_pass(token) is None


def test_guessing_codes_stops_after_a_few_tries(client, ward):
    found = [client.post("/tra-cuu/", {"code": f"{number:016d}"}).status_code for number in range(25)]
    assert found == [404] * 20 + [429] * 5
    other = client.post("/tra-cuu/", {"code": "1" * 16}, REMOTE_ADDR="10.0.0.9")
    assert other.status_code == 404


def test_without_a_cache_reports_go_through_and_guesses_wait(monkeypatch):
    def down(*args, **kwargs):
        raise NoRedis("down")

    monkeypatch.setattr(cache, "add", down)
    assert limits.allowed("submit", address="10.0.0.1", scope="1") is True
    assert limits.allowed("receipt", address="10.0.0.1", scope="all") is False


def test_no_address_is_kept_in_the_cache():
    limits.allowed("submit", address="203.0.113.77", scope="1")
    client = cache._cache.get_client()
    keys = [key.decode() for key in client.keys("*")]
    assert any("tips:submit" in key for key in keys)
    assert not any("203.0.113.77" in key for key in keys)
