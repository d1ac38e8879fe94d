"""From door to door on a phone whose signal comes and goes."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from groups.models import Household
from tests.e2e.test_daily_work import group, household  # noqa: F401  (fixture)
from tests.factories import WARD_ID
from vikhe_portal.core.models import AuditEvent
from vikhe_portal.core.scope import ward_scope

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def two_houses(place):
    """Two houses of one street, in order."""
    homes = [household(place, "Nguyễn Văn An"), household(place, "Trần Thị Bình")]
    with ward_scope(WARD_ID):
        for number, home in enumerate(homes, 1):
            Household.objects.filter(pk=home.pk).update(street="Xóm Cầu", address=f"Số {number}", house_order=number)
    return homes


def marks(home) -> tuple[str, int, int]:
    """Reason, version and lines in the audit trail of a household."""
    with ward_scope(WARD_ID):
        row = Household.objects.get(pk=home.pk)
        lines = AuditEvent.objects.filter(object_type="groups.household", object_id=str(home.pk)).count()
    return row.gap, row.version, lines


def test_a_mark_without_signal_is_kept_sent_once_and_erased(group, chief, visit):  # noqa: F811
    first, _second = two_houses(group.place)
    page = visit(chief)
    page.goto(reverse("groups:door", args=[group.place.pk]) + "?street=Xóm Cầu")
    waiting = page.locator("[data-door-queue]")
    page.context.set_offline(True)
    page.locator("button[name=gap][value=no_zalo]").click()
    expect(waiting).to_have_text("Chờ gửi: 1")
    page.locator("button[name=gap][value=away]").click()  # changed one's mind: still one
    expect(page.locator("button[aria-busy]")).to_have_count(0)
    expect(waiting).to_have_text("Chờ gửi: 1")
    kept = page.evaluate("localStorage.getItem('door-marks')")
    assert "Nguyễn" not in kept and "Số 1" not in kept and "Xóm" not in kept
    assert marks(first) == ("", 0, 0)
    page.context.set_offline(False)
    expect(page.get_by_role("heading", level=1)).to_have_text("Số 2")
    expect(waiting).to_be_hidden()
    assert page.evaluate("localStorage.getItem('door-marks')") is None
    assert marks(first) == ("away", 1, 1)


def test_a_lost_answer_does_not_make_a_second_mark(group, chief, visit):  # noqa: F811
    first, _second = two_houses(group.place)
    page = visit(chief)
    page.goto(reverse("groups:door", args=[group.place.pk]) + "?street=Xóm Cầu")

    def swallow(route):
        route.fetch()  # the portal has it …
        route.abort()  # … the phone never hears of it

    address = f"**{reverse('groups:door-action', args=[group.place.pk, first.pk])}"
    page.route(address, swallow)
    page.locator("button[name=gap][value=no_zalo]").click()
    expect(page.locator("[data-door-queue]")).to_have_text("Chờ gửi: 1")
    assert marks(first) == ("no_zalo", 1, 1)
    page.unroute(address)
    page.goto(reverse("groups:walks"))  # any page sends what waits
    expect(page.locator("[data-door-queue]")).to_be_hidden()
    assert page.evaluate("localStorage.getItem('door-marks')") is None
    assert marks(first) == ("no_zalo", 1, 1)
