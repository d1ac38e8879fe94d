"""A broadcast from the composer to the campaign page, as four people see it in a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from broadcasts.models import Delivery
from broadcasts.services import planning
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
