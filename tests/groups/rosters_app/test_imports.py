"""Imports: upload → preview as a difference → confirmed → saved in one transaction, every row accounted for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import Post
from groups.models import Coverage, Household, ImportChange, Membership, OfficerArea, Person, RosterImport, RosterSource
from groups.services.imports import lifecycle, reading, saving, sweeping
from groups.services.imports.plan import load
from tests import factories as make
from vikhe_portal.core import files
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.models import AuditEvent
from wards.models import Neighbourhood

HEAD = "Tổ dân phố,Mã hộ,Địa chỉ,Họ và tên,Năm sinh,Quan hệ với chủ hộ,Số điện thoại,Tham gia nhóm,Ghi chú\n"
ROWS = (
    "Tổ dân phố số 1,H1,Số 4 Xóm Cầu,Nguyễn Văn An,1970,Chủ hộ,0912345678,x,\n"
    "Tổ dân phố số 1,H1,Số 4 Xóm Cầu,Trần Thị Bình,1972,Vợ,0912345679,,\n"
    "Tổ dân phố số 1,H1,Số 4 Xóm Cầu,Nguyễn Văn Con,2019,Con,,,\n"
    "Tổ dân phố số 2,H2,Số 9 Xóm Chùa,Lê Thị Hoa,1950,Chủ hộ,,,không có zalo\n"
)
OFFICERS = (
    "Tổ dân phố,Cảnh sát khu vực,SĐT CSKV,Bí thư chi bộ,SĐT,Tổ trưởng tổ dân phố,SĐT,Tổ trưởng tổ ANTT,SĐT\n"
    "Tổ dân phố số 1,Trung tá Đinh Văn Cường,0912000001,Lý Văn Mạnh,0912000002,Lý Văn Mạnh,"
    "0912000002,Bùi Thị Na,0912000003\n"
    "Tổ dân phố số 2,Trung tá Đinh Văn Cường,0912000001,Hồ Văn Phú,0912000004,Vũ Thị Sen,"
    "0912000005,Tạ Văn Tú,0912000006\n"
)


def upload(actor, text: str = HEAD + ROWS, **fields) -> RosterImport:
    row = lifecycle.start_import(actor=actor, content=text.encode(), filename="ds.csv", **fields)
    reading.read_import(ward_id=actor.ward_id, import_id=row.pk)
    row.refresh_from_db()
    return row


def bring_in(actor, text: str = HEAD + ROWS, **fields) -> RosterImport:
    row = upload(actor, text, **fields)
    lifecycle.confirm_import(actor=actor, row=row, legal_basis="Danh sách của Ủy ban nhân dân phường")
    saving.save_import(ward_id=actor.ward_id, import_id=row.pk)
    row.refresh_from_db()
    return row


def accounted(counts: dict) -> int:
    return (
        counts["people_new"] + counts["people_changed"] + counts["people_unchanged"] + counts["children"]
        + counts["refused"] + counts["ignored"]
    )  # fmt: skip


def test_preview_counts_every_row_and_saves_nothing(chief):
    row = upload(chief)

    assert row.status == "preview"
    assert row.counts["rows_read"] == accounted(row.counts) == 5
    assert (row.counts["people_new"], row.counts["children_new"], row.counts["households_new"]) == (3, 1, 2)
    assert row.counts["neighbourhoods_new"] == 2
    assert not Household.objects.exists() and not Neighbourhood.objects.exists()


def test_saving_brings_in_people_households_children_and_reasons(chief):
    row = bring_in(chief)

    assert row.status == "saved" and row.progress == 100 and not row.plan
    home = Household.objects.get(code="H1")
    assert (home.head_name, home.children, home.people, home.house_order) == ("Nguyễn Văn An", 1, 3, 4)
    assert "nguyen van an" in home.search_key and "tran thi binh" in home.search_key and "con" not in home.search_key
    assert Household.objects.get(code="H2").gap == "no_zalo"
    an = Person.objects.get(full_name="Nguyễn Văn An")
    assert an.is_head and an.claims_joined and an.uses_zalo and an.phone == "0912345678"
    assert sorted(Coverage.objects.values_list("households", "people")) == [(1, 1), (1, 3)]
    assert AuditEvent.objects.get(action="groups.import_saved").values["people_new"] == 3
    source = RosterSource.objects.get()
    assert source.legal_basis == "Danh sách của Ủy ban nhân dân phường" and source.mapping["header_row"] == 1


def test_the_same_file_again_changes_nothing(chief):
    bring_in(chief)
    before = list(Person.objects.order_by("id").values())

    row = bring_in(chief)

    counts = row.counts
    assert (counts["people_new"], counts["people_changed"], counts["people_unchanged"]) == (0, 0, 3)
    assert (counts["households_unchanged"], counts["households_changed"], counts["children_new"]) == (2, 0, 0)
    assert list(Person.objects.order_by("id").values()) == before
    assert not ImportChange.objects.filter(roster_import=row).exists()


def test_the_difference_names_field_old_and_new(chief):
    bring_in(chief)
    changed = ROWS.replace("0912345679", "0987654321").replace("1972", "1973")

    row = upload(chief, HEAD + changed)

    assert row.counts["people_changed"] == 1
    sheet_row = load(row.preview, ward_id=chief.ward_id)["changes"][0]
    assert sheet_row[1:3] == [3, "Trần Thị Bình"]
    assert sheet_row[3] == [["birth_year", "1972", "1973"], ["phone", "0912345679", "0987654321"]]


def test_silence_of_a_file_takes_nothing_away(chief):
    bring_in(chief)

    bring_in(chief, HEAD + ROWS.replace("0912345678,x", ",").replace("không có zalo", ""))

    an = Person.objects.get(full_name="Nguyễn Văn An")
    assert an.phone == "0912345678" and an.claims_joined
    assert Household.objects.get(code="H2").gap == "no_zalo"


def test_a_new_head_takes_the_place_of_the_old_one(chief):
    bring_in(chief)

    bring_in(chief, HEAD + ROWS.replace("Chủ hộ,0912345678", "Chồng,0912345678").replace("1972,Vợ", "1972,Chủ hộ"))

    home = Household.objects.get(code="H1")
    assert list(home.members.filter(is_head=True).values_list("full_name", flat=True)) == ["Trần Thị Bình"]
    assert home.head_name == "Trần Thị Bình"


def test_a_head_the_file_does_not_name_steps_down_for_the_new_one(chief):
    bring_in(chief)

    bring_in(chief, HEAD + "Tổ dân phố số 1,H1,Số 4 Xóm Cầu,Trần Thị Bình,1972,Chủ hộ,0912345679,,\n")

    heads = Person.objects.filter(household__code="H1", is_head=True)
    assert list(heads.values_list("full_name", flat=True)) == ["Trần Thị Bình"]
    assert Person.objects.filter(full_name="Nguyễn Văn An").exists()


def test_a_sheet_without_codes_finds_its_households_by_head_and_address(chief):
    sheet = (
        "STT,Họ tên chủ hộ và thành viên,Năm sinh,Địa chỉ,Số ĐT\n"
        "1,Nguyễn Văn An,1970,Số 4 Xóm Cầu,0912345678\n,Trần Thị Bình,1972,,\n"
    )
    bring_in(chief)

    row = bring_in(chief, sheet, neighbourhood="Tổ dân phố số 1")
    again = bring_in(chief, sheet + "2,Hoàng Văn Mới,1980,Số 6 Xóm Cầu,\n", neighbourhood="Tổ dân phố số 1")

    assert row.counts["people_unchanged"] == 2 and row.counts["households_new"] == 0
    assert again.counts["people_new"] == 1 and again.counts["households_new"] == 1
    assert Household.objects.count() == 3


def test_one_wrong_telephone_is_named_and_the_rest_comes_in(chief):
    row = upload(chief, HEAD + ROWS.replace("0912345679", "09123"))

    problems = load(row.preview, ward_id=chief.ward_id)["problems"]
    assert [(p[1], p[2], p[3], p[4]) for p in problems] == [(3, "G", "warning", "phone_length")]
    assert row.counts["people_new"] == 3


def test_a_row_is_refused_only_with_a_reason(chief):
    row = upload(chief, HEAD + ROWS + "Tổ dân phố số 2,H3,Số 1 Xóm Chùa,,1980,Chủ hộ,,,\n")

    assert row.counts["refused"] == 1 and row.counts["rows_read"] == accounted(row.counts) == 6
    problems = load(row.preview, ward_id=chief.ward_id)["problems"]
    assert [(p[1], p[3], p[4]) for p in problems] == [(6, "refused", "name_missing")]


@pytest.mark.parametrize(
    ("content", "part"),
    [(b"%PDF-1.4 something", "PDF"), (b"a,b\n1,2\n", "30"), (b"\x00\x01\x02" * 50, "")],
)
def test_what_is_no_roster_is_refused_with_a_sentence(chief, content, part):
    row = lifecycle.start_import(actor=chief, content=content, filename="ds.xlsx")
    assert reading.read_import(ward_id=chief.ward_id, import_id=row.pk) == "refused"
    row.refresh_from_db()
    assert row.message and part in row.message and not row.plan


def test_an_empty_file_is_refused_at_the_door(chief):
    with pytest.raises(DomainError):
        lifecycle.start_import(actor=chief, content=b"", filename="ds.xlsx")
    assert not RosterImport.objects.exists()


def test_joined_people_become_members_of_the_group_that_stands(chief):
    bring_in(chief)
    place = Neighbourhood.objects.get(key="to dan pho so 1")
    group = make.ZaloGroupFactory()
    make.GroupNeighbourhoodFactory(group=group, neighbourhood=place)

    row = bring_in(chief, HEAD + ROWS.replace("0912345679,,", "0912345679,x,"))

    assert row.counts["memberships_new"] == 2
    assert Membership.objects.filter(group=group, source="import").count() == 2
    assert Household.objects.get(code="H1").covered_by == 2
    assert Coverage.objects.get(neighbourhood=place).covered == 1


def test_an_import_never_brings_back_somebody_who_left_the_group(chief):
    bring_in(chief)
    group = make.ZaloGroupFactory()
    make.GroupNeighbourhoodFactory(group=group, neighbourhood=Neighbourhood.objects.get(key="to dan pho so 1"))
    bring_in(chief)
    Membership.objects.update(left_at=timezone.now())

    row = bring_in(chief)

    assert row.counts["memberships_new"] == 0


def test_a_preview_overtaken_by_another_import_is_shown_again(chief):
    row = upload(chief)
    bring_in(chief)
    lifecycle.confirm_import(actor=chief, row=row, legal_basis="x")

    assert saving.save_import(ward_id=chief.ward_id, import_id=row.pk) == "preview"

    row.refresh_from_db()
    assert row.message and row.counts["people_new"] == 0 and row.claim is None


def test_an_error_halfway_leaves_nothing_and_can_be_tried_again(chief, monkeypatch):
    row = upload(chief)
    lifecycle.confirm_import(actor=chief, row=row, legal_basis="x")
    with monkeypatch.context() as patch:
        patch.setattr(saving, "_SEARCH_KEYS", "SELECT 1/0")
        assert saving.save_import(ward_id=chief.ward_id, import_id=row.pk) == "failed"

    assert not Person.objects.exists() and not Household.objects.exists() and not Neighbourhood.objects.exists()
    row.refresh_from_db()
    lifecycle.retry_import(actor=chief, row=row)
    assert saving.save_import(ward_id=chief.ward_id, import_id=row.pk) == "saved"
    assert Person.objects.count() == 3


def test_cancelling_before_and_during_saving_saves_nothing(chief, monkeypatch):
    waiting = upload(chief)
    lifecycle.cancel_import(actor=chief, row=waiting)
    with pytest.raises(DomainError):
        lifecycle.confirm_import(actor=chief, row=waiting, legal_basis="x")
    running = upload(chief)
    lifecycle.confirm_import(actor=chief, row=running, legal_basis="x")
    counts = saving.staging.counts

    def asked_meanwhile(ward_id):
        lifecycle.cancel_import(actor=chief, row=running)
        return counts(ward_id)

    monkeypatch.setattr(saving.staging, "counts", asked_meanwhile)
    assert saving.save_import(ward_id=chief.ward_id, import_id=running.pk) == "cancelled"
    assert not Person.objects.exists()


def test_a_dead_worker_is_noticed_and_the_import_can_be_tried_again(chief):
    row = upload(chief)
    lifecycle.confirm_import(actor=chief, row=row, legal_basis="x")
    saving.claim(ward_id=chief.ward_id, import_id=row.pk, status="saving")
    sweeping.sweep_imports(ward_id=chief.ward_id)
    row.refresh_from_db()
    assert row.status == "saving"

    sweeping.sweep_imports(ward_id=chief.ward_id, now=timezone.now() + timedelta(seconds=30))

    row.refresh_from_db()
    assert row.status == "failed" and row.message
    lifecycle.retry_import(actor=chief, row=row)
    assert saving.save_import(ward_id=chief.ward_id, import_id=row.pk) == "saved"


def test_a_worker_that_was_given_up_cannot_save(chief, monkeypatch):
    row = upload(chief)
    lifecycle.confirm_import(actor=chief, row=row, legal_basis="x")

    def given_up(*args):
        raise AssertionError("must not be reached")

    monkeypatch.setattr(saving, "_finish", given_up)
    counts = saving.staging.counts

    def swept_meanwhile(ward_id):
        RosterImport.objects.filter(pk=row.pk).update(claim=None, status="failed")
        return counts(ward_id)

    monkeypatch.setattr(saving.staging, "counts", swept_meanwhile)
    saving.save_import(ward_id=chief.ward_id, import_id=row.pk)
    assert not Person.objects.exists()


def test_the_last_word_is_asked_on_the_locked_row(chief, monkeypatch):
    row = upload(chief)
    lifecycle.confirm_import(actor=chief, row=row, legal_basis="x")
    reached = saving.SignOfLife.reached

    def given_up_after_the_last_step(alive, percent):
        reached(alive, percent)
        if percent == 97:
            RosterImport.objects.filter(pk=row.pk).update(claim=None)

    monkeypatch.setattr(saving.SignOfLife, "reached", given_up_after_the_last_step)
    assert saving.save_import(ward_id=chief.ward_id, import_id=row.pk) != "saved"
    assert not Person.objects.exists()


def test_an_import_nobody_took_is_woken(chief, run_jobs, monkeypatch):
    row = lifecycle.start_import(actor=chief, content=(HEAD + ROWS).encode(), filename="ds.csv")
    woken = []
    monkeypatch.setattr("vikhe_portal.core.jobs._send", lambda name, ids: woken.append((name, ids["import_id"])))

    with run_jobs():
        sweeping.sweep_imports(ward_id=chief.ward_id, now=timezone.now() + timedelta(minutes=2))

    assert woken == [("groups.read_import", row.pk)]


def test_uploads_are_destroyed_within_a_day(chief, run_jobs):
    row = upload(chief)
    names = [row.stored, row.plan, row.preview]
    with run_jobs():
        sweeping.sweep_imports(ward_id=chief.ward_id, now=timezone.now() + timedelta(hours=22))
    assert files.read(names[0], ward_id=chief.ward_id) == (HEAD + ROWS).encode()

    with run_jobs():
        sweeping.sweep_imports(ward_id=chief.ward_id, now=timezone.now() + timedelta(hours=23, minutes=59))

    row.refresh_from_db()
    assert row.status == "cancelled" and row.destroyed_at and not row.stored
    for name in names:
        with pytest.raises(FileNotFoundError):
            files.read(name, ward_id=chief.ward_id)


def test_confirming_needs_source_and_legal_basis(chief):
    row = upload(chief)
    with pytest.raises(DomainError) as refusal:
        lifecycle.confirm_import(actor=chief, row=row, legal_basis="  ")
    assert refusal.value.field == "legal_basis"


@pytest.mark.parametrize("kind", ["area_officer", "deputy_chief", "committee_head", "duty_officer"])
def test_only_chief_and_ward_administrator_import(person_with_post, kind):
    _user, actor = person_with_post(kind)
    with pytest.raises(PermissionDenied):
        lifecycle.start_import(actor=actor, content=b"x", filename="x.csv")
    _user, admin = person_with_post("ward_admin")
    assert lifecycle.start_import(actor=admin, content=b"x", filename="x.csv").status == "reading"


def test_another_wards_import_does_not_exist(chief, other_ward, person_with_post):
    row = upload(chief)
    _user, stranger = person_with_post("chief", ward_id=other_ward.pk)
    for action in (lifecycle.cancel_import, lifecycle.retry_import):
        with pytest.raises(RosterImport.DoesNotExist):
            action(actor=stranger, row=row)


def test_officers_deputies_and_areas_come_in_once(chief):
    row = bring_in(chief, OFFICERS)

    assert row.kind == "officers" and row.status == "saved"
    assert OfficerArea.objects.count() == 2 and len(set(OfficerArea.objects.values_list("user", flat=True))) == 1
    assert Post.objects.filter(kind="area_officer").get().phone == "0912000001"
    deputies = Post.objects.filter(kind="group_deputy")
    assert deputies.count() == 6 and deputies.values("user").distinct().count() == 5
    assert not OfficerArea.objects.first().user.has_usable_password()

    again = bring_in(chief, OFFICERS)

    assert again.counts["people_unchanged"] == 2 and again.counts["accounts_new"] == 0
    assert Post.objects.filter(kind="group_deputy").count() == 6


def test_an_area_that_somebody_holds_is_left_to_the_handover(chief):
    bring_in(chief, OFFICERS)

    row = bring_in(
        chief, OFFICERS.replace("Trung tá Đinh Văn Cường", "Đại úy Mai Văn Khác").replace("Hồ Văn Phú", "Hồ Văn Quý")
    )

    assert set(OfficerArea.objects.values_list("user__full_name", flat=True)) == {"Đinh Văn Cường"}
    codes = [problem[4] for problem in load(row.preview, ward_id=chief.ward_id)["problems"]]
    assert codes == ["area_held", "area_held", "deputy_held"]
