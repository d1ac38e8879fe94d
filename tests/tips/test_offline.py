"""Identities opened on a machine without network: from the key made there to the name shown there."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notice, SealingKey
from accounts.services import identities
from tests.security.fuzzing import recently_signed_in
from tests.tips.factories import make_tip
from tips.models import IdentityRequest
from tips.services import identity
from tips.services.intake import Reporter
from vikhe_portal.core import crypto
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.models import AuditEvent
from wards.models import WardProfile

pytestmark = [pytest.mark.django_db, pytest.mark.security]

TOOL = Path(__file__).resolve().parent.parent.parent / "tools" / "offline_identity.py"
PASSPHRASE = "bốn từ dài không ai đoán"
# Answers what the tool asks for at a terminal; nothing of the portal is on the machine's path.
DRIVER = "import getpass, runpy, sys; getpass.getpass = lambda prompt: {words!r}; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"  # noqa: E501


def tool(folder: Path, *words: str, passphrase: str = PASSPHRASE) -> subprocess.CompletedProcess[str]:
    bare = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-c", DRIVER.format(words=passphrase), str(TOOL), *words],
        cwd=folder, env=bare, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


@pytest.fixture
def machine(tmp_path) -> Path:
    made = tool(tmp_path, "make-key", "khoa.json")
    assert made.returncode == 0, made.stderr
    return tmp_path


@pytest.fixture
def taken(machine, chief, person_with_post, signed_in):
    """The key made on the machine is entered in the portal, a tip comes in, its sealed identity is carried out."""
    WardProfile.objects.filter(ward_id=chief.ward_id).update(identity_mode=WardProfile.IdentityMode.SEALED_OFFLINE)
    key = json.loads((machine / "khoa.json").read_text())
    client = signed_in(chief)
    recently_signed_in(client)
    assert client.post(reverse("accounts:sealing-key"), {"public_key": key["public"]}).status_code == 302
    tip = make_tip(reporter=Reporter("Trần Thị Mẫu", "0912345678"))
    ask = identity.request_identity(actor=chief, tip=tip, reason="Cần hỏi thêm")
    identity.approve_identity(actor=person_with_post("deputy_chief")[1], uuid=ask.uuid, approve=True)
    address = reverse("tips:identity-take", args=[tip.uuid, ask.uuid])
    assert address in client.get(reverse("tips:detail", args=[tip.uuid])).content.decode()
    answer = client.post(address)
    assert "attachment" in answer.headers["Content-Disposition"]
    (machine / "danh-tinh.json").write_bytes(answer.content)
    return machine, tip, ask


def test_the_name_is_shown_on_the_machine_and_nowhere_before(taken):
    folder, tip, ask = taken
    for file in folder.iterdir():
        assert "Mẫu" not in file.read_text() and "0912345678" not in file.read_text()
    shown = tool(folder, "open", "khoa.json", "danh-tinh.json")
    assert shown.returncode == 0 and "Trần Thị Mẫu" in shown.stdout and "0912345678" in shown.stdout
    ask.refresh_from_db()
    assert ask.opened_at and AuditEvent.objects.filter(action="tips.identity_taken").count() == 1


def test_another_passphrase_another_key_and_changed_bytes_open_nothing(taken):
    folder, tip, _ask = taken
    assert "Sai cụm mật khẩu" in tool(folder, "open", "khoa.json", "danh-tinh.json", passphrase="x" * 20).stderr
    assert tool(folder, "make-key", "khac.json").returncode == 0
    assert "khóa khác" in tool(folder, "open", "khac.json", "danh-tinh.json").stderr
    data = json.loads((folder / "danh-tinh.json").read_text())
    for change in (
        {"ward": 1},
        {"row": "00000000-0000-4000-8000-000000000000"},
        {"box": base64.b64encode(b"x" * 99).decode()},
    ):
        (folder / "sua.json").write_text(json.dumps(data | change))
        answer = tool(folder, "open", "khoa.json", "sua.json")
        assert answer.returncode == 1 and "Mẫu" not in answer.stdout and "Traceback" not in answer.stderr


def test_a_key_is_never_overwritten_and_a_weak_passphrase_refused(machine):
    before = (machine / "khoa.json").read_bytes()
    assert "không bao giờ bị ghi đè" in tool(machine, "make-key", "khoa.json").stderr
    assert (machine / "khoa.json").read_bytes() == before
    assert (machine / "khoa.json").stat().st_mode & 0o077 == 0
    assert tool(machine, "make-key", "yeu.json", passphrase="ngắn").returncode == 1
    assert not (machine / "yeu.json").exists()


def test_the_fingerprint_is_the_portals(machine):
    public = base64.b64decode(json.loads((machine / "khoa.json").read_text())["public"])
    assert crypto.fingerprint(public) in tool(machine, "show-key", "khoa.json").stdout


def test_it_is_carried_out_only_with_an_approval_that_holds_by_the_holder_and_in_this_mode(
    taken, chief, person_with_post
):
    _folder, tip, ask = taken
    deputy = person_with_post("deputy_chief")[1]
    with pytest.raises(DomainError):
        identity.take_identity(actor=deputy, uuid=ask.uuid)  # not the holder
    with pytest.raises(DomainError):
        identity.open_identity(actor=chief, uuid=ask.uuid, passphrase=PASSPHRASE)
    IdentityRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(DomainError):
        identity.take_identity(actor=chief, uuid=ask.uuid)
    fresh = identity.request_identity(actor=chief, tip=tip, reason="Cần hỏi thêm")
    with pytest.raises(DomainError):
        identity.take_identity(actor=chief, uuid=fresh.uuid)  # nobody approved
    identity.approve_identity(actor=deputy, uuid=fresh.uuid, approve=True)
    for mode in (WardProfile.IdentityMode.SEALED_ONLINE, WardProfile.IdentityMode.NONE):
        WardProfile.objects.update(identity_mode=mode)
        with pytest.raises(DomainError):
            identity.take_identity(actor=chief, uuid=fresh.uuid)


def test_an_open_session_alone_changes_no_key_and_no_passphrase_waits_in_it(chief, person_with_post, signed_in):
    WardProfile.objects.update(identity_mode=WardProfile.IdentityMode.SEALED_ONLINE)
    client, url = signed_in(chief), reverse("accounts:sealing-key")
    typed = {"passphrase": PASSPHRASE, "again": PASSPHRASE, "understood": "on"}
    answer = client.post(url, typed)
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert PASSPHRASE not in str(dict(client.session))
    assert not SealingKey.objects.exists()


def test_replacing_a_key_is_told_to_the_holder_and_the_committee_head(chief, person_with_post):
    _user, head = person_with_post("committee_head")
    identities.make_sealing_key(actor=chief, user=chief.user, passphrase=PASSPHRASE)
    assert not Notice.objects.filter(kind="sealing_key_replaced").exists()
    identities.make_sealing_key(actor=chief, user=chief.user, passphrase="năm chữ chẳng ai ngờ tới")
    told = Notice.objects.filter(kind="sealing_key_replaced").values_list("user_id", flat=True)
    assert set(told) == {chief.id, head.id}
