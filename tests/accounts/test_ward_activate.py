"""`manage.py ward_activate`: a real ward begins."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Post, User
from tests.factories import WARD_ID
from vikhe_portal.core.scope import ward_scope
from wards.models import PublicHoliday, Ward, WardProfile

pytestmark = pytest.mark.django_db


def activate(capsys, code: int = WARD_ID, admin: str = "Người Mẫu Quản Trị") -> dict[str, str]:
    call_command("ward_activate", str(code), "--admin", admin)
    lines = capsys.readouterr().out.splitlines()
    return dict(line.split(": ", 1) for line in lines if ": " in line)


def test_a_ward_begins_with_the_strictest_choices_its_calendar_and_one_account(capsys, client):
    said = activate(capsys)
    assert Ward.objects.get(pk=WARD_ID).active and not Ward.objects.get(pk=WARD_ID).demonstration
    assert PublicHoliday.objects.filter(date="2026-09-02").exists()
    with ward_scope(WARD_ID):
        assert WardProfile.objects.get().identity_mode == WardProfile.IdentityMode.NONE
        assert list(Post.objects.values_list("kind", flat=True)) == ["ward_admin"]
    user = User.objects.get(username=said["Tên đăng nhập"])
    assert user.check_password(said["Mật khẩu dùng một lần"]) and user.must_change_password


def test_a_ward_that_has_begun_and_an_unknown_code_are_refused_and_nothing_is_left(capsys):
    activate(capsys)
    people = User.objects.count()
    with pytest.raises(CommandError, match="đã dùng cổng"):
        activate(capsys, admin="Người Khác")
    with pytest.raises(CommandError, match="mã 99999999"):
        activate(capsys, code=99_999_999)
    with pytest.raises(CommandError, match="họ tên"):
        activate(capsys, admin="  ")
    assert User.objects.count() == people
