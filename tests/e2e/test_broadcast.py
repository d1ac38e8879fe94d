"""A broadcast from the composer to the campaign page, as four people see it in a browser."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from broadcasts.models import Delivery
from broadcasts.services import planning, scheduling
from tests.broadcasts.factories import approved, gone_out, make_group
from tests.e2e.conftest import DESK
from tests.factories import (
    WARD_ID,
    AppointmentFactory,
    GroupNeighbourhoodFactory,
    NeighbourhoodFactory,
    ZaloGroupFactory,
)
from vikhe_portal.core.scope import ward_scope

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_a_broadcast_from_the_composer_to_the_campaign_page(ward, chief, area_officer, visit):
    group = ZaloGroupFactory(name="Zalo ANTT Tổ dân phố số 1")
    GroupNeighbourhoodFactory(group=group, neighbourhood=NeighbourhoodFactory(number=1))
    AppointmentFactory(group=group, user=area_officer.user)

    writer = visit(area_officer, size=DESK)
    writer.goto("/ban-tin/soan/")
    writer.select_option("#id_category", label="Cảnh báo lừa đảo")
    writer.fill("#id_title", "Cảnh báo lừa đảo")
    writer.fill("#id_body", "Công an không làm việc qua điện thoại.")
    writer.fill("#id_source_line", "Công an phường Vị Khê")
    writer.get_by_label("Zalo ANTT Tổ dân phố số 1").check()
    expect(writer.locator("#preview")).to_contain_text("Nguồn: Công an phường Vị Khê")
    writer.get_by_role("button", name="Lưu", exact=True).click()
    writer.get_by_role("button", name="Trình duyệt").click()
    address = writer.url

    desk = visit(chief, size=DESK)
    desk.goto(address)
    desk.get_by_role("button", name="Duyệt", exact=True).click()
    desk.get_by_role("link", name="Phát bản tin").click()
    desk.get_by_role("button", name="Phát bản tin").click()
    expect(desk.locator("#campaign")).to_be_visible()
    with ward_scope(WARD_ID):
        planning.plan_ward(ward_id=WARD_ID)  # the planner's tick
        code = Delivery.objects.get().full_code

    phone = visit(area_officer)
    phone.goto("/the-dang/")
    phone.locator('a[href^="/the-dang/"]', has_text="Zalo ANTT").first.click()
    phone.fill("#id_code", code)
    phone.get_by_role("button", name="Đã đăng").click()

    expect(desk.locator("#campaign")).to_contain_text("1/1")  # the page moves by itself
    assert writer.problems == [] and desk.problems == [] and phone.problems == []


def card_in_a_browser(visit, area_officer, chief, person_with_post, script):
    """The page of a card of a group with a link, in a browser in which `script` ran first."""
    group = make_group(area_officer, name="Zalo ANTT Tổ dân phố số 1", link="https://zalo.me/g/abcdef123")
    with ward_scope(WARD_ID):
        gone_out(chief, person_with_post("deputy_chief")[1], [group], body="Dòng một.\n\nDòng hai.")
        row = Delivery.objects.get()
    phone = visit(area_officer)
    phone.context.grant_permissions(["clipboard-read", "clipboard-write"])
    phone.context.route("https://zalo.me/**", lambda route: route.fulfill(body="nhóm"))
    phone.add_init_script(script)
    phone.goto(f"/the-dang/{row.pk}/")
    return phone, f"Cảnh báo lừa đảo\n\nDòng một.\n\nDòng hai.\n\nNguồn: Công an phường Vị Khê\nMã bản tin: {row.code}"


def test_one_tap_copies_the_text_and_opens_the_group(ward, chief, person_with_post, area_officer, visit):
    phone, text = card_in_a_browser(visit, area_officer, chief, person_with_post, "delete Navigator.prototype.share")
    expect(phone.locator("[data-share-system]")).to_be_hidden()
    with phone.context.expect_page() as opened:
        phone.get_by_role("button", name="Chép và mở nhóm").click()
    assert opened.value.url == "https://zalo.me/g/abcdef123"
    assert phone.evaluate("navigator.clipboard.readText()") == text


def test_one_tap_shares_where_the_phone_can(ward, chief, person_with_post, area_officer, visit):
    stub = "navigator.share = async (what) => { window.shared = what; if (window.broken) throw new TypeError('no'); }"
    phone, text = card_in_a_browser(visit, area_officer, chief, person_with_post, stub)
    button = phone.locator("[data-share-system]")
    button.click()
    assert phone.evaluate("window.shared") == {"text": text}
    phone.evaluate("window.broken = true")  # a sheet that fails is no dead end: the text is on the clipboard
    button.click()
    phone.wait_for_function("document.querySelector('.toast-line')")
    assert phone.evaluate("navigator.clipboard.readText()") == text


def test_a_planned_broadcast_is_dragged_to_another_day_or_moved_by_its_link(ward, chief, person_with_post, visit):
    with ward_scope(WARD_ID):
        deputy = person_with_post("deputy_chief")[1]
        row = approved(chief, deputy, [make_group(chief)], title="Phòng cháy mùa hanh khô")
        monday = timezone.localdate() + timedelta(days=7 - timezone.localdate().weekday())
        at = timezone.make_aware(datetime.combine(monday, time(9, 15)))
        scheduling.schedule(actor=chief, broadcast=row, at=at)

    desk = visit(chief, size=DESK)
    desk.goto(f"/ban-tin/lich/?ngay={monday}&xem=tuan")
    wednesday, friday = (monday + timedelta(days=n) for n in (2, 4))
    desk.locator("[data-move]", has_text="Phòng cháy").drag_to(desk.locator(f'[data-day="{wednesday}"]'))
    expect(desk.get_by_text("Bản tin sẽ phát lúc 09:15")).to_be_visible()  # the page after the move has come
    desk.goto(f"/ban-tin/lich/?ngay={monday}&xem=tuan")
    expect(desk.locator(f'[data-day="{wednesday}"]')).to_contain_text("09:15 Phòng cháy")

    desk.get_by_role("link", name="Dời “Phòng cháy mùa hanh khô”").focus()
    desk.keyboard.press("Enter")
    desk.fill("#id_at", f"{friday}T10:30")
    desk.get_by_role("button", name="Dời").click()
    expect(desk.get_by_text("Bản tin sẽ phát lúc 10:30")).to_be_visible()
    desk.goto(f"/ban-tin/lich/?ngay={monday}&xem=tuan")
    expect(desk.locator(f'[data-day="{friday}"]')).to_contain_text("10:30 Phòng cháy")
    assert desk.problems == []
