"""How personal data is treated: the notice, the register, breaches with their clocks, the level, what time takes."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from accounts.models import Notice
from groups.services import checks, member_lists, rosters, violations
from groups.services.imports import sweeping
from oversight.models import (
    BreachDuty,
    DataBreach,
    DataRequest,
    LevelDay,
    LevelLimit,
    ProcessingActivity,
    RetentionRule,
)
from oversight.selectors import privacy as reads
from oversight.services import data_requests
from oversight.services import privacy as services
from tests.factories import WARD_ID, HouseholdFactory, PersonFactory
from tests.tips.factories import make_tip
from tips.models import Attachment, ClockPolicy, Tip, TipEvent
from tips.services.sealing import keep_pictures
from vikhe_portal.core.errors import DomainError, Refused
from vikhe_portal.core.models import AuditEvent
from vikhe_portal.core.pictures import prepare
from wards.models import WardProfile

pytestmark = [pytest.mark.django_db, pytest.mark.security]
TZ = timezone.get_default_timezone()


# --- the notice and the register -------------------------------------------------------------------------------------


def test_anyone_reads_what_the_ward_keeps_why_how_long_and_how_to_ask(ward, client):
    WardProfile.objects.filter(ward_id=WARD_ID).update(office_address="Số 1 đường Hoa", duty_phone="02283999999")
    page = client.get(reverse("oversight:privacy-notice", args=[WARD_ID]))
    text = page.content.decode()
    assert page.status_code == 200
    for said in ("Danh sách hộ gia đình", "2 năm", "trong 10 ngày", "trong 20 ngày", "356/2025", "Số 1 đường Hoa",
                 "02283999999", "khiếu nại"):  # fmt: skip
        assert said in text, said
    assert "Nhật ký truy cập" not in text, "staff's entries are no part of the residents' notice"


def test_the_notice_speaks_of_identities_only_where_the_ward_takes_them(ward, client):
    url = reverse("oversight:privacy-notice", args=[WARD_ID])
    assert "Danh tính người báo tin" not in client.get(url).content.decode()
    WardProfile.objects.filter(ward_id=WARD_ID).update(identity_mode=WardProfile.IdentityMode.SEALED_ONLINE)
    assert "Danh tính người báo tin" in client.get(url).content.decode()


def test_a_ward_that_does_not_use_the_portal_has_no_notice(ward, client):
    assert client.get(reverse("oversight:privacy-notice", args=[1])).status_code == 404


def test_the_form_for_residents_leads_to_the_notice(ward, client):
    form = client.get(reverse("tips:ward-form", args=[WARD_ID])).content.decode()
    assert reverse("oversight:privacy-notice", args=[WARD_ID]) in form


def test_the_register_is_read_and_taken_out_and_that_is_recorded(chief, signed_in):
    client = signed_in(chief)
    page = client.get(reverse("oversight:privacy-register")).content.decode()
    assert "Nhật ký truy cập" in page and "chưa xác nhận" in page.lower()
    answer = client.post(reverse("oversight:privacy-register-file"))
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.values)
    assert len(rows) == 1 + ProcessingActivity.objects.filter(only_identities=False).count()
    assert any("90 ngày" in str(row[8]) for row in rows)
    assert AuditEvent.objects.filter(action="privacy.register_exported", actor_id=chief.id).exists()


def test_what_the_register_says_about_time_is_what_the_code_does():
    said = {rule.key: (rule.amount, rule.unit) for rule in RetentionRule.objects.all()}
    days = {
        "LEAVER": rosters.LEAVERS_KEPT,
        "WISH": rosters.WISH_LASTS,
        "VIOLATION": violations.COUNTS_FOR,
        "EVIDENCE": checks.EVIDENCE_KEPT,
        # A day or an hour earlier than said: a job may have been down.
        "STRANGER": member_lists.LINES_LIVE + timedelta(days=1),
        "UPLOAD": sweeping.UPLOAD_LIVES + timedelta(hours=1),
    }
    spans = {"days": timedelta(days=1), "hours": timedelta(hours=1), "months": timedelta(days=365) / 12}
    for key, kept in days.items():
        amount, unit = said[key]
        assert amount * spans[unit] == kept, key
    assert set(said) - set(days) == {"TIP_CLOSED", "TIP_TRANSFERRED", "TIP_PICTURES", "DATA_REQUEST"}


def test_the_yearly_check_is_due_until_recorded_and_again_after_a_year(chief, signed_in, person_with_post):
    assert reads.next_check(chief) is None
    client, url = signed_in(chief), reverse("oversight:privacy-check")
    future = timezone.localdate() + timedelta(days=1)
    filled = {"checked_on": future.isoformat(), "file_ref": "Tủ 2", "result": "Đã rà"}
    refused = client.post(url, filled)
    assert refused.status_code == 422 and "Tủ 2" in refused.content.decode()
    assert client.post(url, filled | {"checked_on": timezone.localdate().isoformat()}).status_code == 302
    assert reads.next_check(chief) == timezone.localdate() + timedelta(days=365)
    with pytest.raises(Refused):
        services.record_check(
            actor=person_with_post("ward_admin")[1], checked_on=timezone.localdate(), file_ref="x", result="x"
        )


# --- breaches --------------------------------------------------------------------------------------------------------


@pytest.fixture
def breach(chief):
    def make(**fields):
        known = {
            "actor": chief,
            "discovered_at": timezone.now(),
            "nature": "disclosed",
            "sensitive": True,
            "harmful": True,
            "serious": False,
            "people": None,
            "account": "Gửi nhầm danh sách cho người ngoài",
        }
        return services.record_breach(**{**known, **fields})

    return make


def test_the_report_is_due_72_hours_after_discovery_through_nights_and_weekends(breach):
    friday = datetime(2026, 11, 20, 17, 30, tzinfo=TZ)
    row = breach(discovered_at=friday)
    duty = BreachDuty.objects.get(breach=row)
    assert (duty.policy.key, duty.due_at) == ("PDP_BREACH", friday + timedelta(hours=72))


def test_a_serious_incident_adds_a_first_report_in_24_hours(breach):
    moment = timezone.now() - timedelta(hours=1)
    row = breach(discovered_at=moment, serious=True)
    due = {duty.policy.key: duty.due_at - moment for duty in BreachDuty.objects.filter(breach=row)}
    assert due == {
        "PDP_BREACH": timedelta(hours=72),
        "CYBER_INCIDENT_FIRST": timedelta(hours=24),
        "CYBER_INCIDENT_REPORT": timedelta(hours=72),
    }


def test_new_law_is_a_new_row_and_a_running_report_keeps_its_own(breach):
    old = breach()
    values = ClockPolicy.objects.filter(key="PDP_BREACH").values().get()
    ClockPolicy.objects.filter(key="PDP_BREACH").update(effective_to=timezone.localdate() - timedelta(days=1))
    ClockPolicy.objects.create(
        **{**values, "id": None, "version": 2, "amount": 24, "effective_from": timezone.localdate()}
    )
    spans = [BreachDuty.objects.get(breach=row).due_at - row.discovered_at for row in (old, breach())]
    assert spans == [timedelta(hours=72), timedelta(hours=24)]


def test_what_turns_out_to_be_graver_starts_its_reports_and_none_is_taken_back(breach, chief):
    row = breach(harmful=False)
    assert not BreachDuty.objects.filter(breach=row).exists()
    known = {"people": 12, "consequences": "", "measures": "Thu hồi", "minutes_ref": "", "people_told_on": None}
    services.keep_account(actor=chief, pk=row.pk, serious=True, harmful=True, **known)
    assert BreachDuty.objects.filter(breach=row).count() == 3
    services.keep_account(actor=chief, pk=row.pk, serious=False, harmful=False, **known)
    row.refresh_from_db()
    assert (BreachDuty.objects.filter(breach=row).count(), row.serious, row.harmful) == (3, True, True)


def test_it_closes_only_with_every_report_the_measures_and_the_minutes(breach, chief, signed_in):
    row = breach()
    client, page = signed_in(chief), reverse("oversight:breach", args=[row.pk])
    close = reverse("oversight:breach-close", args=[row.pk])
    duty = BreachDuty.objects.get(breach=row)
    client.post(close)
    row.refresh_from_db()
    assert row.is_open
    sent = reverse("oversight:breach-sent", args=[duty.pk])
    assert client.post(sent, {"document": " "}).status_code == 422
    assert client.post(sent, {"document": "12/BC-CAP"}).status_code == 302
    client.post(close)
    row.refresh_from_db()
    assert row.is_open, "measures and minutes are missing"
    kept = {"people": "3", "measures": "Thu hồi tệp", "minutes_ref": "5/BB", "harmful": "on"}
    assert client.post(reverse("oversight:breach-account", args=[row.pk]), kept).status_code == 302
    assert close in client.get(page).content.decode()
    client.post(close)
    row.refresh_from_db()
    assert (row.status, row.closed_by_id) == ("closed", chief.id)
    with pytest.raises(DomainError):
        services.report_sent(actor=chief, pk=duty.pk, document="13/BC")
    told = {"privacy.breach_recorded", "privacy.breach_reported", "privacy.breach_kept", "privacy.breach_closed"}
    assert told <= set(AuditEvent.objects.values_list("action", flat=True))


def test_the_administrator_records_and_the_chief_is_told_but_only_management_closes(chief, person_with_post, signed_in):
    _user, admin = person_with_post("ward_admin")
    client = signed_in(admin)
    filled = {
        "discovered_at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
        "nature": "device",
        "account": "Mất điện thoại công vụ",
        "harmful": "on",
    }
    answer = client.post(reverse("oversight:breach-record"), filled)
    row = DataBreach.objects.get()
    assert answer["Location"] == reverse("oversight:breach", args=[row.pk])
    assert Notice.objects.filter(user_id=chief.id, kind="data_breach").count() == 1
    assert client.post(reverse("oversight:breach-close", args=[row.pk])).status_code == 403
    future = filled | {"discovered_at": (timezone.localtime() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")}
    refused = client.post(reverse("oversight:breach-record"), future)
    assert refused.status_code == 422 and "Mất điện thoại" in refused.content.decode()


def test_what_is_due_stands_on_the_page_of_today(breach, chief, signed_in):
    row = breach(discovered_at=timezone.now() - timedelta(hours=80))
    page = signed_in(chief).get(reverse("oversight:home")).content.decode()
    assert reverse("oversight:breach", args=[row.pk]) in page


@pytest.mark.parametrize("rows", [1, 12])
def test_the_list_costs_the_same_for_any_number(breach, chief, signed_in, rows, assert_queries):
    for _number in range(rows):
        breach()
    client = signed_in(chief)
    client.get(reverse("accounts:notices"))
    with assert_queries("oversight:breaches"):
        client.get(reverse("oversight:breaches"))


# --- the level -------------------------------------------------------------------------------------------------------


def test_people_are_counted_and_the_warning_comes_by_the_numbers_of_the_law(chief, signed_in):
    PersonFactory(household=HouseholdFactory(), full_name="Trần Thị Mẫu")
    make_tip()
    before = {line["limit"].kind: line for line in reads.level(WARD_ID)}
    assert (before["basic"]["limit"].amount, before["sensitive"]["limit"].amount) == (100_000, 10_000)
    assert before["sensitive"]["here"] == 1 and before["basic"]["here"] >= 2
    assert reads.level_warnings(chief) == []
    LevelLimit.objects.filter(kind="sensitive").update(amount=1)
    assert [line["tone"] for line in reads.level_warnings(chief)] == ["bad"]
    assert reverse("oversight:privacy-register") in signed_in(chief).get(reverse("oversight:home")).content.decode()


def test_the_whole_installation_counts_not_each_ward_alone(ward, other_ward, chief):
    services.count_people()
    LevelDay.objects.update(basic=85_000)
    line = next(line for line in reads.level(WARD_ID) if line["limit"].kind == "basic")
    assert (line["held"], line["tone"], line["day"].wards) == (85_000, "warn", 2)


def test_no_count_tells_of_a_report_about_staff(ward, chief):
    before = reads.counts(WARD_ID)
    make_tip("police", text="Nói năng khó nghe")
    make_tip("leader", text="Nói năng khó nghe")
    assert reads.counts(WARD_ID) == before


# --- what time takes -------------------------------------------------------------------------------------------------


def photo_bytes() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 30, 30)).save(target, "JPEG")
    return target.getvalue()


def closed_tip(days: int, *, transferred: bool = False, **fields):
    tip = make_tip(**fields)
    then = timezone.now() - timedelta(days=days)
    Tip.objects.filter(pk=tip.pk).update(
        status="closed", closed_at=then, next_due_at=None, transferred_at=then if transferred else None
    )
    tip.refresh_from_db()
    return tip


def test_words_of_closed_reports_go_after_their_time_and_the_case_stays(ward):
    old, new, moved = closed_tip(740), closed_tip(700), closed_tip(740, transferred=True)
    kind = old.kind
    done = services.apply_retention(ward_id=WARD_ID)
    assert (done["TIP_CLOSED"], done["TIP_TRANSFERRED"]) == (1, 0)
    for tip in (old, new, moved):
        tip.refresh_from_db()
    assert old.content is None and new.content is not None and moved.content is not None
    assert (old.kind, old.status) == (kind, "closed") and old.number > 0
    assert TipEvent.objects.filter(tip=old, kind="erased").count() == 1
    assert services.apply_retention(ward_id=WARD_ID)["TIP_CLOSED"] == 0, "nothing is done twice"


def test_an_open_report_keeps_its_words_however_old(ward):
    tip = make_tip()
    Tip.objects.filter(pk=tip.pk).update(received_at=timezone.now() - timedelta(days=4000))
    services.apply_retention(ward_id=WARD_ID)
    tip.refresh_from_db()
    assert tip.content is not None


def test_pictures_go_ninety_days_after_the_hand_over_with_files_and_keys(
    ward, settings, django_capture_on_commit_callbacks
):
    photo = photo_bytes()
    tips = [closed_tip(days, transferred=transferred) for days, transferred in ((95, True), (80, True), (95, False))]
    for tip in tips:
        keep_pictures(tip, [(prepare(photo), photo)], [])
    files = len([path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()])
    with django_capture_on_commit_callbacks(execute=True):
        assert services.apply_retention(ward_id=WARD_ID)["TIP_PICTURES"] == 1
    assert set(Attachment.objects.values_list("tip_id", flat=True)) == {tips[1].pk, tips[2].pk}
    assert len([path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]) == files - 2


def test_the_times_are_rows_a_longer_one_keeps_what_a_shorter_one_takes(ward):
    tip = closed_tip(740)
    RetentionRule.objects.filter(key="TIP_CLOSED").update(amount=5)
    services.apply_retention(ward_id=WARD_ID)
    tip.refresh_from_db()
    assert tip.content is not None
    RetentionRule.objects.filter(key="TIP_CLOSED").update(amount=3, unit="months")
    services.apply_retention(ward_id=WARD_ID)
    tip.refresh_from_db()
    assert tip.content is None


def test_closed_data_requests_forget_who_asked_after_five_years(chief, signed_in):
    home = HouseholdFactory()
    person = PersonFactory(household=home, full_name="Trần Thị Mẫu")
    row = data_requests.record_request(
        actor=chief, household=home, person=person, kind="see", arrived="in_person", received_at=timezone.now(),
        identity_ref="12/BB",
    )  # fmt: skip
    data_requests.answer(actor=chief, pk=row.pk, text="Đã cho xem")
    for years, kept in ((4, True), (6, False)):
        DataRequest.objects.update(
            received_at=timezone.now() - timedelta(days=366 * 7), closed_at=timezone.now() - timedelta(days=365 * years)
        )
        services.apply_retention(ward_id=WARD_ID)
        row.refresh_from_db()
        assert (row.person is not None, row.answer == "Đã cho xem", row.identity_ref == "12/BB") == (kept,) * 3
    client = signed_in(chief)
    page = client.get(reverse("oversight:data-request", args=[row.pk]))
    assert page.status_code == 200 and "Trần Thị Mẫu" not in page.content.decode()
    assert client.get(reverse("oversight:data-requests") + "?state=all").status_code == 200
    assert client.post(reverse("oversight:data-request-sheet", args=[row.pk])).status_code == 404


def test_the_daily_task_does_it(ward):
    from oversight import tasks

    tip = closed_tip(740)
    tasks.ward_day(ward_id=WARD_ID)
    tip.refresh_from_db()
    assert tip.content is None


def test_a_household_leads_to_a_request_about_data(chief, signed_in):
    home = HouseholdFactory()
    page = signed_in(chief).get(reverse("groups:household", args=[home.pk])).content.decode()
    assert reverse("oversight:data-request-record", args=[home.pk]) in page
