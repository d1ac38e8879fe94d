"""Imports in the browser, on the command line, undone, and under a worker that is killed."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse
from openpyxl import load_workbook

from groups.models import Coverage, Household, ImportChange, Membership, Person, RosterImport, RosterSource
from groups.services import rosters as marks
from groups.services.imports import lifecycle, reading, saving, sweeping, undo
from tests import factories as make
from tests.database import role_url
from tests.groups.rosters_app.test_imports import HEAD, ROWS, bring_in, upload
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.scope import ward_scope
from wards.models import Neighbourhood
from wards.services import activate_ward

ROOT = Path(__file__).resolve().parents[3]


def test_a_file_goes_in_by_the_browser(chief, signed_in):
    client = signed_in(chief)
    file = SimpleUploadedFile("ds.csv", (HEAD + ROWS).encode())
    answer = client.post(reverse("groups:imports"), {"file": file})
    row = RosterImport.objects.get()
    page = reverse("groups:import", args=[row.pk])
    assert answer.url == page
    assert 'hx-trigger="every 1s"' in client.get(page).content.decode()
    reading.read_import(ward_id=chief.ward_id, import_id=row.pk)
    preview = client.get(page).content.decode()
    assert "5 dòng đã đọc = 4 mới + 0 thay đổi + 0 không đổi + 0 sai + 1 dòng không phải dữ liệu" in preview
    assert client.post(page, {"legal_basis": ""}).status_code == 422
    client.post(page, {"legal_basis": "Danh sách của tổ trưởng"})
    saving.save_import(ward_id=chief.ward_id, import_id=row.pk)
    saved = client.get(page, headers={"HX-Request": "true"}).content.decode()
    assert "every 1s" not in saved and "<html" not in saved and Person.objects.count() == 3


def test_an_empty_upload_is_answered_with_a_sentence(chief, signed_in):
    answer = signed_in(chief).post(reverse("groups:imports"), {"file": SimpleUploadedFile("ds.csv", b"")})
    assert answer.status_code == 422 and "Tệp trống" in answer.content.decode()


def test_a_wrong_row_is_named_on_the_page_and_in_the_sheet_with_the_error_column(chief, signed_in):
    row = upload(chief, HEAD + ROWS.replace("0912345679", "09123"))
    client = signed_in(chief)
    page = client.get(reverse("groups:import", args=[row.pk])).content.decode()
    assert "“09123” thiếu hoặc thừa chữ số; không lưu số điện thoại." in page
    sheet = client.get(reverse("groups:import-problems", args=[row.pk]))
    table = list(load_workbook(io.BytesIO(sheet.content)).active.iter_rows(values_only=True))
    assert table[0][3] == "Họ và tên" and table[2][3] == "Trần Thị Bình"
    assert table[2][-1] == "G: “09123” thiếu hoặc thừa chữ số; không lưu số điện thoại."
    assert table[1][-1] is None and len(table) == 5


def test_columns_can_be_chosen_and_are_remembered(chief, signed_in):
    text = HEAD.replace("Quan hệ với chủ hộ", "Cột lạ") + ROWS
    row = upload(chief, text)
    client = signed_in(chief)
    url = reverse("groups:import-columns", args=[row.pk])
    assert "Kiểm tra các cột" in client.get(reverse("groups:import", args=[row.pk])).content.decode()
    chosen = {f"c{index}": name for index, name in row.mapping["sheets"]["ds"]["columns"].items()}
    assert client.post(url, {k: v for k, v in chosen.items() if v != "full_name"}).status_code == 422
    client.post(url, chosen | {"c5": "relation"})
    reading.read_import(ward_id=chief.ward_id, import_id=row.pk)
    row.refresh_from_db()
    lifecycle.confirm_import(actor=chief, row=row, legal_basis="x")
    saving.save_import(ward_id=chief.ward_id, import_id=row.pk)
    assert RosterSource.objects.get().mapping["columns"]["5"] == "relation"
    again = upload(chief, text)
    assert again.mapping["sheets"]["ds"]["columns"]["5"] == "relation"


def test_another_wards_chief_and_an_officer_do_not_reach_it(chief, other_ward, person_with_post, signed_in):
    row = upload(chief)
    _user, stranger = person_with_post("chief", ward_id=other_ward.pk)
    _user, officer = person_with_post("area_officer")
    for name in ("groups:import", "groups:import-problems", "groups:import-columns"):
        assert signed_in(stranger).get(reverse(name, args=[row.pk])).status_code == 404
        assert signed_in(officer).get(reverse(name, args=[row.pk])).status_code == 403
    url = reverse("groups:import-action", args=[row.pk, "huy"])
    assert signed_in(stranger).post(url).status_code == 404


# Undo ----------------------------------------------------------------------------------------------------------------


def rows_now() -> list:
    fields = [field.attname for field in Person._meta.concrete_fields]
    homes = [field.attname for field in Household._meta.concrete_fields if field.attname != "version"]
    return [list(Person.objects.order_by("id").values(*fields)), list(Household.objects.order_by("id").values(*homes))]


def test_the_last_import_can_be_undone_and_leaves_what_was_there_before(chief):
    bring_in(chief)
    group = make.ZaloGroupFactory()
    make.GroupNeighbourhoodFactory(group=group, neighbourhood=Neighbourhood.objects.get(key="to dan pho so 1"))
    before = rows_now()
    changed = ROWS.replace("0912345679,,", "0912345600,x,").replace("1970,Chủ hộ", "1971,Chồng")
    changed = changed.replace("1972,Vợ", "1972,Chủ hộ")
    more = "Tổ dân phố số 2,H3,Số 1 Xóm Chùa,Phạm Văn Mới,1980,Chủ hộ,,,\n"
    row = bring_in(chief, HEAD + changed + more)
    assert rows_now() != before and Membership.objects.exists()

    undo.undo_import(actor=chief, row=row)

    assert rows_now() == before
    assert not Membership.objects.exists() and not ImportChange.objects.filter(roster_import=row).exists()
    assert sorted(Coverage.objects.values_list("households", "covered")) == [(1, 0), (1, 0)]


def test_an_import_somebody_has_built_on_cannot_be_undone(chief):
    first = bring_in(chief)
    marks.record_visit(actor=chief, household_id=Household.objects.get(code="H1").pk)
    with pytest.raises(DomainError):
        undo.undo_import(actor=chief, row=first)
    assert Person.objects.count() == 3


def test_a_person_changed_since_keeps_the_import_from_being_undone(chief):
    row = bring_in(chief)
    person = Person.objects.get(full_name="Trần Thị Bình")
    person.phone = "0987000000"
    person.save()
    with pytest.raises(DomainError):
        undo.undo_import(actor=chief, row=row)


def test_only_the_last_import_can_be_undone(chief):
    first = bring_in(chief)
    bring_in(chief, HEAD + ROWS + "Tổ dân phố số 2,H3,Số 1 Xóm Chùa,Phạm Văn Mới,1980,Chủ hộ,,,\n")
    with pytest.raises(DomainError):
        undo.undo_import(actor=chief, row=first)


# Command line --------------------------------------------------------------------------------------------------------


def test_the_command_line_previews_and_imports_with_the_same_account(chief, tmp_path, capsys):
    file = tmp_path / "ds.csv"
    file.write_text(HEAD + ROWS + "Tổ dân phố số 2,H3,Số 1 Xóm Chùa,,1980,Chủ hộ,,,\n")
    arguments = [str(file), "--ward", str(chief.ward_id), "--json"]
    call_command("roster_preview", *arguments)
    shown = json.loads(capsys.readouterr().out)
    assert (shown["rows_read"], shown["created"], shown["refused"], shown["ignored"]) == (6, 4, 1, 1)
    assert shown["refused_rows"] == [{"sheet": "ds", "row": 6, "column": "D", "reason": "Thiếu họ tên."}]
    assert not Household.objects.exists()
    call_command("roster_import", *arguments, "--as", chief.user.username)
    saved = json.loads(capsys.readouterr().out)
    assert saved["status"] == "saved" and saved["created"] == 4 and Person.objects.count() == 3
    call_command("roster_preview", *arguments)
    again = json.loads(capsys.readouterr().out)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 4)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4 x", b"PK\x03\x04 broken"])
def test_the_command_line_answers_a_bad_file_in_one_sentence(chief, tmp_path, content):
    file = tmp_path / "ds.xlsx"
    file.write_bytes(content)
    for command, more in (("roster_preview", []), ("roster_import", ["--as", chief.user.username])):
        with pytest.raises(CommandError) as refusal:
            call_command(command, str(file), "--ward", str(chief.ward_id), *more)
        assert "\n" not in str(refusal.value)


def test_the_command_line_refuses_strangers_and_missing_files(chief, committee_member, tmp_path):
    file = tmp_path / "ds.csv"
    file.write_text(HEAD + ROWS)
    for path, user in ((file, "nobody"), (file, committee_member.user.username), (tmp_path / "x", "nobody")):
        with pytest.raises(CommandError):
            call_command("roster_import", str(path), "--ward", str(chief.ward_id), "--as", user)


# A worker that dies --------------------------------------------------------------------------------------------------

WORKER = """
import os, sys, time, django
django.setup()
from groups.services import coverage
from groups.services.imports import saving
def wait(**kwargs):
    open(sys.argv[3], "w").close()   # people and households are written, not committed
    time.sleep(60)
coverage.recount_ward = wait
saving.save_import(ward_id=int(sys.argv[1]), import_id=int(sys.argv[2]))
"""


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_halfway_leaves_nothing_half_saved(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "var" / "media"
    activate_ward(ward_id=make.WARD_ID, demonstration=True)
    user = make.make_user()
    make.make_post(user, "chief")
    from accounts.selectors import actor_for

    actor = actor_for(user, make.WARD_ID)
    with ward_scope(make.WARD_ID):
        row = lifecycle.start_import(actor=actor, content=(HEAD + ROWS).encode(), filename="ds.csv")
    reading.read_import(ward_id=make.WARD_ID, import_id=row.pk)
    with ward_scope(make.WARD_ID):
        row.refresh_from_db()
        lifecycle.confirm_import(actor=actor, row=row, legal_basis="x")
    reached = tmp_path / "reached"
    name = connection.settings_dict["NAME"]
    environment = os.environ | {
        "DATABASE_URL": role_url("DATABASE_URL", name),
        "PORTAL_DATA_DIR": str(tmp_path / "var"),
        "DJANGO_SETTINGS_MODULE": "vikhe_portal.settings.dev",
        "CONTENT_KEY": settings.CONTENT_KEY,
    }
    command = [sys.executable, "-c", WORKER, str(make.WARD_ID), str(row.pk), str(reached)]
    worker = subprocess.Popen(command, env=environment, cwd=ROOT)
    deadline = time.monotonic() + 60
    while not reached.exists() and worker.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    assert reached.exists()
    time.sleep(1.5)  # one sign of life
    with ward_scope(make.WARD_ID):
        seen = RosterImport.objects.get(pk=row.pk)
        assert (seen.status, seen.progress > 40) == ("saving", True)  # the progress is visible, the people are not
        assert not Person.objects.exists()
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()

    with ward_scope(make.WARD_ID):
        from datetime import timedelta

        from django.utils import timezone

        sweeping.sweep_imports(ward_id=make.WARD_ID, now=timezone.now() + timedelta(seconds=30))
        row.refresh_from_db()
        assert row.status == "failed"
        assert not Person.objects.exists() and not Household.objects.exists() and not Neighbourhood.objects.exists()
        lifecycle.retry_import(actor=actor, row=row)
    assert saving.save_import(ward_id=make.WARD_ID, import_id=row.pk) == "saved"
    with ward_scope(make.WARD_ID):
        assert Person.objects.count() == 3
