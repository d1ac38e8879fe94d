"""What people do every day, in a real browser: sign in, find a household, mark it, report, read the menu at night."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import expect

from groups.services.coverage import recount_ward
from tests.e2e.conftest import DESK, PHONE
from tests.factories import (
    WARD_ID,
    GroupNeighbourhoodFactory,
    HouseholdFactory,
    NeighbourhoodFactory,
    PersonFactory,
    ZaloGroupFactory,
    make_post,
    make_user,
)
from vikhe_portal.core.scope import ward_scope
from vikhe_portal.core.text import name_sort_key, search_key

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def group(ward):
    """A group serving one neighbourhood."""
    place = NeighbourhoodFactory(number=1)
    group = ZaloGroupFactory(name="Zalo ANTT Tổ dân phố số 1")
    GroupNeighbourhoodFactory(group=group, neighbourhood=place)
    group.place = place
    return group


def household(place, name: str):
    home = HouseholdFactory(
        neighbourhood=place, head_name=name, search_key=search_key(name), sort_key=name_sort_key(name)
    )
    PersonFactory(household=home, full_name=name, search_key=search_key(name), is_head=True)
    with ward_scope(WARD_ID):
        recount_ward(ward_id=WARD_ID)
    return home


def test_signing_in_by_hand_leads_to_the_work_of_the_day(ward, visit):
    user = make_user(username="trucban")
    user.set_password("Bon-tu-khong-lien-quan")
    user.save()
    make_post(user, "duty_officer")
    page = visit()
    page.goto("/")
    page.fill("#id_login", "trucban")
    page.fill("#id_password", "sai hoan toan")
    page.get_by_role("button", name="Đăng nhập", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("không đúng")
    page.fill("#id_password", "Bon-tu-khong-lien-quan")
    page.get_by_role("button", name="Đăng nhập", exact=True).click()
    expect(page).to_have_url(re.compile(r"/$"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_typing_without_marks_narrows_the_roster_and_the_address_keeps_it(group, chief, visit):
    household(group.place, "Nguyễn Văn An")
    household(group.place, "Trần Thị Bình")
    page = visit(chief)
    page.goto(reverse("groups:households"))
    names = page.locator("#results .row-link")
    expect(names).to_have_count(2)
    page.locator("input[type=search]").press_sequentially("nguyen van an")
    expect(names).to_have_count(1)
    expect(names.first).to_have_text("Nguyễn Văn An")
    expect(page).to_have_url(re.compile("q=nguyen"))
    page.reload()
    expect(names).to_have_count(1)
    assert page.problems == []


def test_one_tap_marks_a_household_and_moves_the_figure(group, chief, visit):
    household(group.place, "Nguyễn Văn An")
    page = visit(chief)
    page.goto(reverse("groups:households"))
    expect(page.locator("#coverage strong").first).to_contain_text("0/1")
    row = page.locator("#results li").first
    row.locator("summary").click()
    row.locator("button[name=join]").first.click()
    expect(page.locator("#coverage strong").first).to_contain_text("1/1")
    other = visit(chief, size=DESK)
    other.goto(reverse("groups:households"))
    expect(other.locator("#coverage strong").first).to_contain_text("1/1")


def test_a_resident_without_scripts_reports_and_gets_a_code(group, visit, settings):
    page = visit(size={"width": 360, "height": 640}, scripts=False)
    page.goto(reverse("groups:public-group", args=[group.token]))
    page.locator('a[href*="/bao-tin/"]').first.click()
    expect(page.locator('a[href="tel:113"]')).to_be_visible()
    page.locator("button[name=about]").first.click()
    page.fill("#id_text", "Đèn đường hỏng đã hai tuần, buổi tối rất nguy hiểm")
    page.wait_for_timeout(3_500)  # the form refuses what no hand could have typed
    page.locator("form[data-keep] button.btn-primary").click()
    expect(page.locator(".big-code").first).to_be_visible()
    digits = re.sub(r"\D", "", page.locator(".big-code").first.inner_text())
    assert len(digits) == 16
    assert digits not in page.url


def test_the_theme_is_chosen_once_and_kept(chief, visit):
    page = visit(chief, size=DESK, dark=True)
    page.goto("/")
    html = page.locator("html")
    expect(html).to_have_attribute("data-bs-theme", "dark")
    page.locator("details.details-menu > summary").click()
    page.locator("[data-theme-switch]").click()
    expect(html).to_have_attribute("data-bs-theme", "light")
    page.reload()
    expect(html).to_have_attribute("data-bs-theme", "light")


def test_the_usual_order_is_no_filter_and_what_one_sees_is_what_is_read_out(group, chief, visit):
    page = visit(chief, size=DESK)
    page.goto("/ho-dan/")
    chips = page.locator("[data-chips] .chip")
    expect(chips).to_have_count(0)
    page.locator("select[name=order]").select_option(index=1)
    expect(chips).to_have_count(1)
    chips.first.click()
    expect(chips).to_have_count(0)
    expect(page.locator("select[name=order]")).to_have_value("street")
    rule = {"runOnly": ["label-content-name-mismatch"], "rules": {"label-content-name-mismatch": {"enabled": True}}}
    assert Axe().run(page, options=rule).response["violations"] == []


PAGES = ["/", "/tong-quan/", "/ho-dan/", "/nhom/", "/nhom/ke-hoach/", "/phan-cong/", "/ban-giao/", "/tin-bao/",
         "/ban-tin/", "/ban-tin/soan/", "/the-dang/", "/bao-cao/", "/chi-dao/", "/dot-kiem-tra/", "/tai-khoan/can-bo/",
         "/tai-khoan/quyen-han/", "/tai-khoan/thong-bao/", "/nhap-danh-sach/", "/kenh-zalo/"]  # fmt: skip


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_pages_of_the_chief_have_no_serious_barrier_and_fit_the_phone(group, chief, visit, dark):
    household(group.place, "Nguyễn Văn An")
    page = visit(chief, size=PHONE, dark=dark)
    found = []
    for address in PAGES:
        answer = page.goto(address)
        assert answer.status == 200, address
        for violation in Axe().run(page).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                found.append(f"{address}: {violation['id']} {violation['nodes'][0]['html'][:120]}")
        if page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
            found.append(f"{address}: wider than the phone")
    assert found == []
    assert page.problems == []


def test_pages_for_residents_have_no_serious_barrier(group, visit):
    page = visit()
    found = []
    for address in (
        reverse("groups:public-group", args=[group.token]),
        reverse("tips:public-form", args=[group.token]),
        reverse("groups:public-check"),
        "/tra-cuu/",
        "/tai-khoan/dang-nhap/",
    ):
        assert page.goto(address).status == 200, address
        for violation in Axe().run(page).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                found.append(f"{address}: {violation['id']} {violation['nodes'][0]['html'][:120]}")
    assert found == []
    assert page.problems == []
