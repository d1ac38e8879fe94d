"""Residents' requests about their own data: clocks of the law, the roster's part, answers, walls."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from groups.models import DuplicateDecision, Household, ImportChange, Person
from oversight.models import DataRequest
from oversight.selectors import data_requests as reads
from oversight.services import data_requests as services
from tests.factories import (
    HouseholdFactory,
    MembershipFactory,
    NeighbourhoodFactory,
    OfficerAreaFactory,
    PersonFactory,
    make_user,
)
from tips.models import ClockPolicy
from vikhe_portal.core.errors import DomainError, Refused
from vikhe_portal.core.models import AuditEvent
from vikhe_portal.core.scope import ward_scope
from wards.models import PublicHoliday

pytestmark = [pytest.mark.django_db, pytest.mark.security]
TZ = timezone.get_default_timezone()


@pytest.fixture
def home(ward):
    name = "Trần Thị Mẫu"
    return HouseholdFactory(head_name=name, match_key="tran thi mau|so 5, xom cau", search_key="tran thi mau so 5")


@pytest.fixture
def resident(home):
    return PersonFactory(
        household=home,
        full_name="Trần Thị Mẫu",
        phone="0912345678",
        birth_year=1960,
        is_head=True,
        zalo_name="Mẫu Zalo",
    )


@pytest.fixture
def record(chief, home, resident):
    def make(kind="see", **fields):
        fields = {
            "actor": chief,
            "household": home,
            "person": resident,
            "arrived": "in_person",
            "received_at": timezone.now(),
            "identity_ref": "12/BB",
            **fields,
        }
        return services.record_request(kind=kind, **fields)

    return make


def actions():
    return set(AuditEvent.objects.values_list("action", flat=True))


@pytest.mark.parametrize(
    ("kind", "last"),
    [("see", "2026-08-31"), ("correct", "2026-08-31"), ("object", "2026-09-04"), ("delete", "2026-09-09")],
)
def test_each_kind_has_the_time_of_the_law(record, kind, last):
    PublicHoliday.objects.create(date=date(2026, 8, 22), kind="swap_work", name="Làm bù", status="confirmed")
    received = datetime(2026, 8, 20, 9, 0, tzinfo=TZ)  # the Saturday after is worked, the Sunday not
    row = record(kind, received_at=received)
    assert (row.due_at - timedelta(seconds=1)).astimezone(TZ).date().isoformat() == last
    assert (row.reply_due_at - timedelta(seconds=1)).astimezone(TZ).date().isoformat() == "2026-08-22"
    assert "356/2025" in row.policy.basis


def test_a_request_keeps_the_limit_of_its_day_and_none_runs_before_the_law(record):
    old = record("see")
    ClockPolicy.objects.filter(key="DSR_VIEW_FIX").update(effective_to=timezone.localdate() - timedelta(days=1))
    values = ClockPolicy.objects.filter(key="DSR_VIEW_FIX").values().first()
    ClockPolicy.objects.create(
        **{
            **values,
            "id": None,
            "version": 2,
            "amount": 5,
            "effective_from": timezone.localdate(),
            "effective_to": None,
        }
    )
    new = record("see")
    assert (old.policy.version, new.policy.version) == (1, 2)
    assert new.due_at < old.due_at
    for moment in (datetime(2025, 12, 31, 9, 0, tzinfo=TZ), timezone.now() + timedelta(hours=1)):
        with pytest.raises(DomainError):
            record("see", received_at=moment)


def test_what_is_due_first_and_what_is_overdue(record, chief):
    row = record("see")
    assert reads.next_due(row) == row.reply_due_at
    services.confirm(actor=chief, pk=row.pk)
    row.refresh_from_db()
    assert reads.next_due(row) == row.due_at
    assert [reads.tone(row.due_at, at) for at in (row.due_at - timedelta(days=3), row.due_at - timedelta(days=1))] == [
        "running",
        "warn",
    ]
    assert reads.tone(row.due_at, row.due_at) == "overdue"
    DataRequest.objects.filter(pk=row.pk).update(
        received_at=timezone.now() - timedelta(days=30), due_at=timezone.now() - timedelta(days=1)
    )
    assert [one.pk for one in reads.late_requests(chief)] == [row.pk]
    services.answer(actor=chief, pk=row.pk, text="Đã cung cấp bản in")
    row.refresh_from_db()
    assert row.closed_late and not reads.late_requests(chief).exists()


def test_extended_once_with_a_reason_and_not_after_the_end(record, chief):
    row = record("delete")
    services.extend(actor=chief, pk=row.pk, reason="Phải đối chiếu hồ sơ giấy")
    first = row.due_at
    row.refresh_from_db()
    assert timedelta(days=19) <= row.due_at - first <= timedelta(days=29)
    with pytest.raises(DomainError):
        services.extend(actor=chief, pk=row.pk, reason="Lần nữa")
    late = record("see")
    DataRequest.objects.filter(pk=late.pk).update(
        received_at=timezone.now() - timedelta(days=30), due_at=timezone.now() - timedelta(days=1)
    )
    with pytest.raises(DomainError):
        services.extend(actor=chief, pk=late.pk, reason="Quá hạn")


def test_correcting_changes_the_row_the_household_and_what_searches_find(record, chief, home, resident):
    row = record("correct")
    with pytest.raises(DomainError):
        services.answer(actor=chief, pk=row.pk, text="Đã sửa")
    fields = {"actor": chief, "pk": row.pk, "full_name": "Trần Thị Mận", "birth_year": 1961, "phone": "0987 654 321"}
    with pytest.raises(DomainError):
        services.correct(**{**fields, "phone": "12"})
    services.correct(**fields)
    resident.refresh_from_db()
    home.refresh_from_db()
    assert (resident.full_name, resident.birth_year, resident.phone) == ("Trần Thị Mận", 1961, "0987654321")
    assert home.head_name == "Trần Thị Mận" and home.match_key.startswith("tran thi man|")
    assert "tran thi man" in home.search_key and "mau" not in home.search_key
    event = AuditEvent.objects.get(action="groups.person_corrected")
    assert "Mận" not in str(vars(event))
    services.answer(actor=chief, pk=row.pk, text="Đã sửa")
    with pytest.raises(DomainError):
        services.refuse(actor=chief, pk=row.pk, ground="duty", text="x")


def test_deleting_leaves_no_name_or_number_anywhere_in_the_roster(record, chief, home, resident):
    stay = MembershipFactory(person=resident)
    twin = PersonFactory(household=home, full_name="Trần Thị Mẫu", phone="0912345678", status="merged")
    values = {"ward_id": chief.ward_id, "decided_by_id": chief.id, "kind": "merged", "kept": resident, "other": twin}
    DuplicateDecision.objects.create(before={"filled": {"phone": ["", "0912345678"]}}, **values)
    row = record("delete")
    services.delete(actor=chief, pk=row.pk)
    stay.refresh_from_db()
    home.refresh_from_db()
    assert stay.left_at is not None and home.head_name == "" and home.people == 0
    kept = [*Person.objects.values(), *Household.objects.values(), *DuplicateDecision.objects.values()]
    words = str(kept).lower()
    for mark in ("mẫu", "tran thi mau", "0912345678", "1960"):
        assert mark not in words
    assert not ImportChange.objects.exists()
    with pytest.raises(DomainError):
        services.delete(actor=chief, pk=row.pk)
    services.answer(actor=chief, pk=row.pk, text="Đã xóa")
    assert {"groups.person_forgotten", "data_requests.carried_out", "data_requests.answered"} <= actions()


def test_refusing_names_a_ground_and_only_the_right_kind_is_carried_out(record, chief):
    row = record("see")
    for carry_out in (
        lambda: services.delete(actor=chief, pk=row.pk),
        lambda: services.correct(actor=chief, pk=row.pk, full_name="A", birth_year=None, phone=""),
    ):
        with pytest.raises(DomainError):
            carry_out()
    services.refuse(actor=chief, pk=row.pk, ground="identity", text="Chưa chứng minh được nhân thân")
    row.refresh_from_db()
    assert (row.status, row.ground) == ("refused", "identity")
    with pytest.raises(DomainError):
        services.answer(actor=chief, pk=row.pk, text="x")


def test_an_area_officer_records_for_the_own_area_only_and_answers_nothing(record, person_with_post, home, signed_in):
    user, officer = person_with_post("area_officer")
    OfficerAreaFactory(user=user, neighbourhood=home.neighbourhood)
    row = record("see", actor=officer)
    elsewhere = HouseholdFactory(neighbourhood=NeighbourhoodFactory())
    theirs = record("see", household=elsewhere, person=PersonFactory(household=elsewhere))
    assert [one.pk for one in reads.requests(officer)] == [row.pk]
    with pytest.raises(Refused):
        services.answer(actor=officer, pk=row.pk, text="x")
    client = signed_in(officer)
    assert client.get(reverse("oversight:data-request", args=[theirs.pk])).status_code == 404
    assert client.get(reverse("oversight:data-request-record", args=[elsewhere.pk])).status_code == 404


def test_a_row_asked_about_counts_as_worked_on_and_strangers_are_refused(record, resident):
    before = resident.updated_at
    record("see")
    resident.refresh_from_db()
    assert resident.updated_at > before
    with pytest.raises(DomainError):
        record("see", person=PersonFactory())
    assert DataRequest.objects.count() == 1


def test_another_wards_request_does_not_exist(record, other_ward):
    row = record("see")
    with ward_scope(other_ward.pk):
        assert not DataRequest.objects.filter(pk=row.pk).exists()


def test_the_walk_through_the_pages(chief, home, resident, signed_in):
    client = signed_in(chief)
    where = reverse("oversight:data-request-where")
    typed = {"place": home.neighbourhood_id, "code": "KHONG-CO"}
    wrong = client.post(where, typed)
    assert wrong.status_code == 422 and "KHONG-CO" in wrong.content.decode()
    assert client.post(where, {**typed, "code": home.code.lower()})["Location"].endswith(f"/ho/{home.pk}/")
    form = {
        "person": resident.pk,
        "kind": "see",
        "arrived": "paper",
        "received_at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
        "identity_ref": "12/BB",
    }
    client.post(reverse("oversight:data-request-record", args=[home.pk]), form)
    row = DataRequest.objects.get()
    MembershipFactory(person=resident)
    page = client.get(reverse("oversight:data-request", args=[row.pk])).content.decode()
    assert "356/2025" in page and "0912345678" not in page
    sheet = client.post(reverse("oversight:data-request-sheet", args=[row.pk])).content.decode()
    assert "0912345678" in sheet and "Mẫu Zalo" in sheet and "Zalo ANTT" in sheet
    assert "data_requests.shown" in actions()
    assert f"/yeu-cau-du-lieu/{row.pk}/" in client.get("/").content.decode()
    client.post(reverse("oversight:data-request-confirm", args=[row.pk]))
    client.post(reverse("oversight:data-request-answer", args=[row.pk]), {"text": "Đã đưa bản in"})
    row.refresh_from_db()
    assert row.status == "answered" and row.confirmed_at
    done = client.get(reverse("oversight:data-requests") + "?state=all").content.decode()
    assert f"{row.number}/{row.year}" in done


def test_the_list_asks_few_questions_of_the_database(record, chief, signed_in, assert_queries, home):
    for _number in range(12):
        record("see")
    make_user()
    client = signed_in(chief)
    with assert_queries("oversight:data-requests"):
        client.get(reverse("oversight:data-requests"))
