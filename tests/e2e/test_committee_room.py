"""The committee's room in a real browser: a report from draft to document, an inspection on a phone."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.selectors import actor_for
from tests.e2e.conftest import DESK, PHONE
from tests.factories import GroupNeighbourhoodFactory, NeighbourhoodFactory, ZaloGroupFactory, make_post, make_user

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def somebody(ward):
    """somebody("chief") → an actor who holds that post."""

    def make(kind: str):
        user = make_user()
        make_post(user, kind)
        return actor_for(user, ward.pk)

    return make


def text_of(download) -> str:
    with zipfile.ZipFile(io.BytesIO(Path(download.path()).read_bytes())) as archive:
        return re.sub("<[^>]+>", "", archive.read("word/document.xml").decode())


def confirm(page, sheet: str) -> None:
    """Press a button that asks before it acts, and say yes."""
    page.locator(f"[data-open={sheet}]").click()
    page.locator(f"#{sheet}[open] button[value=yes]").click()


def send(page) -> None:
    """Press the button of the form."""
    page.locator("form[data-warn] .form-actions button").click()


def test_a_report_goes_from_draft_to_signed_document(ward, somebody, visit):
    page = visit(somebody("chief"), size=DESK)
    page.goto(reverse("oversight:review-draft"))
    page.locator("#id_kind").select_option("month")
    page.locator("#id_day").fill(str(timezone.localdate()))
    send(page)
    expect(page).to_have_url(re.compile(r"/bao-cao/\d+/$"))
    address = page.url
    page.locator("a[href$='/noi-dung/']").click()
    page.locator("#id_proposals").fill("- Cấp thêm điện thoại trực")
    send(page)
    expect(page).to_have_url(address)
    confirm(page, "approve-sheet")
    expect(page.locator("a[href$='/noi-dung/']")).to_have_count(0)  # nobody changes it while it waits to be signed
    head = visit(somebody("committee_head"), size=DESK)
    head.goto(address)
    confirm(head, "sign-sheet")
    expect(head.locator("main")).to_contain_text("01/BC-BCĐ")
    with head.expect_download() as taken:
        head.locator("a[download][href$='/tai-ve/']").click()
    said = text_of(taken.value)
    assert "Cấp thêm điện thoại trực" in said
    assert "DỰ THẢO" not in said
    assert page.problems == [] and head.problems == []


def test_an_inspection_is_made_with_one_thumb(ward, somebody, visit):
    GroupNeighbourhoodFactory(
        group=ZaloGroupFactory(name="Zalo ANTT Tổ dân phố số 1"), neighbourhood=NeighbourhoodFactory(number=1)
    )
    member = somebody("committee_member")
    page = visit(member, size=PHONE)
    page.goto(reverse("oversight:inspection-create"))
    page.locator("#id_title").fill("Kiểm tra đột xuất")
    page.locator("#id_inspector").select_option(str(member.id))
    page.locator("#id_groups").fill("1")
    page.locator("#id_tips").fill("0")
    send(page)
    expect(page).to_have_url(re.compile(r"/dot-kiem-tra/\d+/$"))
    inspection = page.url
    page.locator("a[href*='/phieu/']").first.click()
    for question in page.locator("form[data-warn] input[type=radio][value='1']").all():
        question.check()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    send(page)
    expect(page).to_have_url(inspection)
    expect(page.locator(".card-header .pill").first).to_have_text("100%")
    page.locator("a[href$='/ton-tai/'][href*='/phieu/']").first.click()
    page.locator("#id_text").fill("Chưa ghim nội quy nhóm")
    page.locator("#id_owner").select_option(str(member.id))
    page.locator("#id_due_on").fill(str(timezone.localdate()))
    send(page)
    expect(page.locator("main")).to_contain_text("Chưa ghim nội quy nhóm")
    page.locator("a[href$='/ket-thuc/']").click()
    page.locator("#id_text").fill("Nhóm chấp hành tốt")
    send(page)
    expect(page.locator("main")).to_contain_text("Nhóm chấp hành tốt")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.problems == []
