"""The calendar of working days on its pages: corrected by chief and administrator, a file shown before it is saved."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from vikhe_portal.core.errors import DomainError, Refused
from vikhe_portal.core.models import AuditEvent
from wards import selectors, services
from wards.models import PublicHoliday

pytestmark = pytest.mark.django_db

CALENDAR, DAY, IMPORT = (reverse(f"wards:{name}") for name in ("calendar", "calendar-day", "calendar-import"))
TET = {
    "date": "2028-01-26",
    "kind": "off",
    "name": "Tết Nguyên đán Mậu Thân",
    "decision": "TB 1/TB-BNV",
    "status": "provisional",
}
FILE = (
    "ngày;loại;tên ngày nghỉ;văn bản;trạng thái\n"
    "26/01/2028;nghỉ;Tết Nguyên đán;TB 1/TB-BNV;chính thức\n"
    "22/01/2028;làm bù;Làm bù;TB 1/TB-BNV;dự kiến\n"
)


def upload(text: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("lich.csv", text.encode("utf-8-sig"), "text/csv")


def test_a_day_is_entered_confirmed_moved_and_removed_and_each_step_is_in_the_trail(chief, signed_in):
    browser = signed_in(chief)
    assert browser.post(DAY, TET).url == f"{CALENDAR}?nam=2028"
    page = browser.get(CALENDAR, {"nam": "2028"})
    assert page.context["provisional"] == 1 and "Tết Nguyên đán Mậu Thân" in page.text
    assert selectors.holidays()[date(2028, 1, 26)] == "off"
    browser.post(f"{DAY}?ngay=2028-01-26", TET | {"status": "confirmed", "date": "2028-01-27"})
    assert list(selectors.holidays_of_year(2028).values_list("date", "status")) == [(date(2028, 1, 27), "confirmed")]
    browser.post(reverse("wards:calendar-remove"), {"day": "2028-01-27"})
    assert not selectors.holidays_of_year(2028).exists()
    events = AuditEvent.objects.filter(action__startswith="wards.holiday").order_by("pk")
    assert [event.action.partition("_")[2] for event in events] == ["added", "changed", "removed"]
    assert events[1].values["before"] == "2028-01-26"
    assert {event.ward_id for event in events} == {chief.ward_id}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "swap_work"}, "kind"),  # a Wednesday
        ({"kind": "swap_off", "date": "2028-01-29"}, "kind"),  # a Saturday
        ({"date": "31/02/2028"}, "date"),
        ({"decision": ""}, "decision"),
        ({"date": "2026-01-01"}, "date"),  # listed already
    ],
)
def test_a_wrong_day_is_refused_at_its_field_with_what_was_typed(chief, signed_in, wrong, field):
    services.load_holidays()
    held = PublicHoliday.objects.count()
    page = signed_in(chief).post(DAY, TET | wrong)
    assert page.status_code == 422 and page.context["form"].errors[field]
    assert TET["name"] in page.text and PublicHoliday.objects.count() == held


def test_a_file_is_shown_first_and_saved_when_confirmed(chief, signed_in):
    browser = signed_in(chief)
    PublicHoliday.objects.create(date=date(2028, 1, 26), kind="off", name="Tết", status="provisional")
    page = browser.post(IMPORT, {"file": upload(FILE)})
    assert page.status_code == 200 and [bool(line["before"]) for line in page.context["rows"]] == [True, False]
    assert selectors.holidays_of_year(2028).count() == 1
    browser.post(IMPORT, {"text": page.context["form"]["text"].value()})
    assert list(selectors.holidays_of_year(2028).values_list("kind", "status")) == [
        ("swap_work", "provisional"),
        ("off", "confirmed"),
    ]
    assert AuditEvent.objects.get(action="wards.holidays_imported").values["days"] == 2


@pytest.mark.parametrize("text", [FILE + "x;y;;;\n", "", "a;b\n1;2\n", FILE.splitlines()[0]])
def test_nothing_of_a_file_with_a_mistake_is_saved(chief, signed_in, text):
    browser = signed_in(chief)
    assert browser.post(IMPORT, {"file": upload(text)}).status_code == 422
    assert browser.post(IMPORT, {"text": text}).status_code == 422
    assert not selectors.holidays_of_year(2028).exists()


@pytest.mark.parametrize("day", ["2031-05-05", "x", "0000-00-00"])
def test_a_day_that_is_not_listed_does_not_exist(chief, signed_in, day):
    browser = signed_in(chief)
    assert browser.post(reverse("wards:calendar-remove"), {"day": day}).status_code == 404
    assert browser.get(DAY, {"ngay": day}).status_code == 404
    for year in ("x", "99999999999999999999", "0", "²"):
        assert browser.get(CALENDAR, {"nam": year}).status_code == 200


def test_nobody_else_writes(area_officer, chief):
    values = {"kind": "off", "name": "x", "decision": "y", "status": "confirmed"}
    with pytest.raises(Refused):
        services.save_holiday(actor=area_officer, day=date(2028, 1, 26), **values)
    with pytest.raises(Refused):
        services.remove_holiday(actor=area_officer, day=date(2026, 1, 1))
    with pytest.raises(Refused):
        services.import_holidays(actor=area_officer, rows=[])
    services.save_holiday(actor=chief, day=date(2028, 1, 26), **values)
    with pytest.raises(DomainError):
        services.save_holiday(actor=chief, day=date(2028, 1, 26), **values)
