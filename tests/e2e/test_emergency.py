"""An emergency drill and a real alarm, walked: prepared, approved, started, answered on a phone, confirmed, ended."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from broadcasts.models import Delivery
from tests.e2e.conftest import DESK
from tests.factories import (
    WARD_ID,
    AppointmentFactory,
    GroupNeighbourhoodFactory,
    NeighbourhoodFactory,
    ZaloGroupFactory,
)
from vikhe_portal.core.scope import ward_scope
from wards.models import WardProfile

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_an_emergency_from_prepared_words_to_the_after_action_sheet(ward, chief, area_officer, person_with_post, visit):
    deputy_chief = person_with_post("deputy_chief")[1]
    group = ZaloGroupFactory(name="Zalo ANTT Tổ dân phố số 1")
    GroupNeighbourhoodFactory(group=group, neighbourhood=NeighbourhoodFactory(number=1))
    AppointmentFactory(group=group, user=area_officer.user)
    with ward_scope(WARD_ID):
        WardProfile.objects.update_or_create(ward_id=WARD_ID, defaults={"duty_phone": "02283 855 113"})

    writer = visit(deputy_chief, size=DESK)
    writer.goto("/khan-cap/")
    writer.get_by_role("link", name="Soạn: cháy").click()
    writer.fill("#id_source_line", "Công an phường Vị Khê")
    writer.get_by_role("button", name="Lưu", exact=True).click()

    desk = visit(chief)
    desk.goto("/khan-cap/")
    desk.get_by_role("button", name="Duyệt lời báo này").click()

    for mode in ("drill", "real"):
        desk.goto("/khan-cap/")
        desk.get_by_role("link", name="Phát", exact=True).click()
        desk.fill("#id_noi", "ngõ 5 phố Cây Thị")
        desk.select_option("#id_mode", mode)
        desk.get_by_role("button", name="Phát báo động").click()
        expect(desk).to_have_url(re.compile(r"/khan-cap/\d+/$"))
        address = desk.url
        phone = visit(area_officer)
        phone.goto("/")
        phone.locator(f'a[href="{re.sub("^https?://[^/]+", "", address)}"]').first.click()
        phone.get_by_role("button", name="Tôi đã nhận").click()
        expect(phone.get_by_text("Đồng chí đã nhận lúc")).to_be_visible()
        post = phone.get_by_role("link", name=re.compile("Đăng vào"))
        expect(post).to_have_count(0 if mode == "drill" else 1)
        if mode == "real":
            post.click()
            with ward_scope(WARD_ID):
                code = Delivery.objects.get().full_code
            phone.fill("#id_code", code)
            phone.get_by_role("button", name="Đã đăng").click()
            writer.goto(address)
            writer.get_by_role("button", name="Xác nhận báo động").click()
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
        desk.goto(address)
        if mode == "real":
            expect(desk.locator("#alarm")).to_contain_text("1/1")
        worst = [v for v in Axe().run(desk).response["violations"] if v["impact"] in ("serious", "critical")]
        assert worst == []
        desk.get_by_role("button", name="Báo hết nguy hiểm").click()
        expect(desk.get_by_role("heading", name="Phiếu rút kinh nghiệm")).to_be_visible()
        with ward_scope(WARD_ID):
            assert Delivery.objects.count() == (0 if mode == "drill" else 2)  # the alarm and the all-clear

    desk.get_by_role("link", name="Viết phiếu").click()
    desk.fill("#id_went_well", "Mọi nhóm nhận trong một phút.")
    desk.get_by_role("button", name="Lưu", exact=True).click()
    expect(desk.get_by_text("Mọi nhóm nhận trong một phút.")).to_be_visible()
    assert desk.problems == [] and phone.problems == []
