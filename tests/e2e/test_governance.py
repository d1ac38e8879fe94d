"""Governing groups in a browser: the security check, violations, the public check, fakes, reorganisation."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from groups.models import GroupCheck, Household, Violation
from groups.services.coverage import recount_ward
from tests.e2e.conftest import DESK, PHONE
from tests.factories import (
    WARD_ID,
    GroupNeighbourhoodFactory,
    HouseholdFactory,
    MembershipFactory,
    NeighbourhoodFactory,
    PersonFactory,
    ZaloGroupFactory,
)
from vikhe_portal.core.scope import ward_scope
from wards.selectors import neighbourhoods

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def group(ward):
    """A group of one neighbourhood with households on two streets and one member."""
    place, other = NeighbourhoodFactory(number=1), NeighbourhoodFactory(number=2)
    group = ZaloGroupFactory(name="Zalo ANTT Tổ dân phố số 1", link="https://zalo.me/g/vikhe0001")
    held = DateTimeTZRange(timezone.now() - timedelta(days=9), None)
    GroupNeighbourhoodFactory(group=group, neighbourhood=place, held=held)
    homes = [HouseholdFactory(neighbourhood=place, street=street) for street in ("Xóm Cầu", "Xóm Chùa")]
    HouseholdFactory(neighbourhood=other)
    person = PersonFactory(household=homes[0], full_name="Phạm Thị Hội", search_key="pham thi hoi")
    MembershipFactory(group=group, person=person)
    with ward_scope(WARD_ID):
        recount_ward(ward_id=WARD_ID)
    group.place = place
    return group


def fits(page) -> None:
    """Nothing sticks out at the side, and no serious barrier stands in the page."""
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []


def test_the_security_check_is_gone_through_with_a_picture(group, chief, visit):
    page = visit(chief, size={"width": 360, "height": 780})
    page.goto(reverse("groups:group-check", args=[group.pk]))
    fits(page)
    for choice in page.locator("input[type=radio][value=yes]").all():
        choice.check()
    picture = io.BytesIO()
    Image.new("RGB", (300, 500), (20, 90, 60)).save(picture, "PNG")
    page.set_input_files(
        "input[type=file]", {"name": "cai-dat.png", "mimeType": "image/png", "buffer": picture.getvalue()}
    )
    page.get_by_role("button", name="Xác nhận").click()
    expect(page.locator("#checks")).to_contain_text("100%")
    fits(page)
    with ward_scope(WARD_ID):
        assert GroupCheck.objects.get().score == 100


def test_a_violation_is_recorded_by_name_and_answered_with_the_step_that_is_due(group, chief, visit):
    page = visit(chief, size=PHONE)
    page.goto(reverse("groups:group", args=[group.pk]))
    page.locator("#violations").get_by_role("link", name="Ghi nhận").click()
    page.get_by_label("Thành viên").fill("pham thi hoi")
    page.get_by_label("Nội quy bị vi phạm").fill("Điều 3")
    fits(page)
    page.get_by_role("button", name="Ghi nhận").click()
    expect(page.get_by_label("nhắc nhở", exact=True)).to_be_checked()
    page.get_by_label("Lý do áp dụng bước này").fill("Đăng quảng cáo ba lần")
    fits(page)
    page.get_by_role("button", name="Ghi bước xử lý").click()
    expect(page.get_by_role("main")).to_contain_text("Đăng quảng cáo ba lần")
    expect(page.get_by_label("cảnh cáo", exact=True)).to_be_checked()
    assert "hoi" not in page.url
    with ward_scope(WARD_ID):
        assert Violation.objects.get().steps.count() == 1


def test_a_resident_checks_a_link_and_learns_only_yes_or_no(group, visit):
    page = visit(scripts=False)
    page.goto(reverse("groups:public-check"))
    box = page.get_by_label(re.compile("Đường dẫn|đường dẫn"))
    for typed, words in (("https://zalo.me/g/vikhe0001", "chính thức"), ("https://zalo.me/g/giamao123", "Không")):
        box.fill(typed)
        page.locator("form button").last.click()
        expect(page.get_by_role("main")).to_contain_text(re.compile(words, re.IGNORECASE))
        assert "zalo.me" not in page.url and group.name not in page.content()


def test_a_fake_is_entered_confirmed_and_warned_of(group, chief, visit):
    page = visit(chief, size=DESK)
    page.goto(reverse("groups:fake-enter"))
    page.get_by_label("Đường dẫn, tên hoặc số điện thoại").fill("Nhóm ANTT Vị Khê giả")
    fits(page)
    page.get_by_role("button", name="Ghi vào sổ").click()
    page.get_by_label("giả mạo", exact=True).check()
    fits(page)
    page.get_by_role("button", name="Ghi nhận").click()
    page.get_by_role("button", name="Soạn cảnh báo").click()
    expect(page.locator("textarea[name=body]")).to_have_value(re.compile("Nhóm ANTT Vị Khê giả"))
    page.goto(reverse("groups:fakes"))
    fits(page)


def test_two_neighbourhoods_are_merged_after_the_preview(group, chief, visit):
    page = visit(chief, size={"width": 360, "height": 780})
    page.goto(reverse("groups:places"))
    fits(page)
    page.get_by_role("link", name="Sáp nhập").click()
    for box in page.locator("input[name=neighbourhoods]").all():
        box.check()
    page.get_by_label("Giữ cán bộ, nhóm và phó nhóm của").select_option(str(group.place.pk))
    page.get_by_label("Tên tổ dân phố mới").fill("Tổ dân phố số 12")
    page.get_by_label("Số quyết định").fill("12/QĐ-UBND")
    page.get_by_role("button", name="Xem trước kết quả").click()
    expect(page.locator("#preview")).to_contain_text("3 hộ")
    fits(page)
    with ward_scope(WARD_ID):
        assert neighbourhoods(WARD_ID).count() == 2
    page.get_by_role("button", name="Thực hiện").click()
    expect(page.get_by_role("main")).to_contain_text("Tổ dân phố số 12")
    fits(page)
    with ward_scope(WARD_ID):
        (place,) = neighbourhoods(WARD_ID)
        assert Household.objects.filter(neighbourhood=place).count() == 3
