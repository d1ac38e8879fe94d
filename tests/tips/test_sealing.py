"""Sealed means sealed: what a web process holds opens nothing; two persons and a passphrase do."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from nacl.public import PrivateKey
from PIL import Image

from accounts.models import SealingKey
from tests.tips.conftest import PASSPHRASE
from tests.tips.factories import make_tip
from tips.models import Attachment, SealedOriginal, SealedReporter
from tips.services import identity, reading
from tips.services.intake import Reporter
from tips.services.sealing import ORIGINAL, REPORTER, open_original
from vikhe_portal.core import crypto, files
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.models import AuditEvent

pytestmark = [pytest.mark.django_db, pytest.mark.security]
WHO = Reporter("CANARY Trần Thị Mẫu", "0912345678")


@pytest.fixture
def sealed_tip(sealed_ward, photo):
    return make_tip(reporter=WHO, uploads=[photo])


def test_nothing_a_web_process_holds_opens_the_identity(sealed_tip, settings):
    box = SealedReporter.objects.get()
    for key in (PrivateKey(bytes.fromhex(settings.CONTENT_KEY)), PrivateKey.generate()):
        with pytest.raises(crypto.CryptoError):
            crypto.unseal(box.box, private_key=key, ward_id=box.ward_id, context=REPORTER, row=str(box.uuid))
    with pytest.raises(crypto.CryptoError):
        crypto.decrypt(bytes(box.box), ward_id=box.ward_id, context=REPORTER, row=str(box.uuid))
    locked = SealingKey.objects.get().locked_private_key
    for guess in ("", settings.SECRET_KEY, settings.CONTENT_KEY):
        with pytest.raises(crypto.CryptoError):
            crypto.unlock_private_key(locked, guess)


def test_the_original_picture_opens_with_the_holders_key_only(sealed_tip, photo):
    row = Attachment.objects.get()
    stored = files.read(row.original, ward_id=row.ward_id)
    assert b"CANARY-EXIF" not in stored and photo not in stored
    box = SealedOriginal.objects.get()
    with pytest.raises(crypto.CryptoError):
        open_original(box, PrivateKey.generate())
    private = crypto.unlock_private_key(SealingKey.objects.get().locked_private_key, PASSPHRASE)
    assert open_original(box, private) == photo
    with pytest.raises(crypto.CryptoError):
        crypto.unseal(box.box, private_key=private, ward_id=box.ward_id, context=ORIGINAL, row="another")


def test_the_copy_people_see_tells_nothing_about_the_phone(sealed_tip, sealed_ward):
    data = reading.read_picture(actor=sealed_ward, uuid=sealed_tip.uuid, position=0)
    assert b"CANARY" not in data and not Image.open(io.BytesIO(data)).getexif()
    assert AuditEvent.objects.filter(action="tips.picture_read").count() == 1


def test_no_file_on_disk_holds_the_picture_in_clear(sealed_tip, settings):
    for path in Path(settings.MEDIA_ROOT).rglob("*"):
        if path.is_file():
            assert b"\xff\xd8\xff" not in path.read_bytes()[:64] and b"CANARY" not in path.read_bytes()


def test_opening_takes_a_reason_a_second_person_and_the_passphrase(sealed_tip, sealed_ward, deputy_chief):
    chief = sealed_ward
    with pytest.raises(DomainError):
        identity.request_identity(actor=chief, tip=sealed_tip, reason=" ")
    request = identity.request_identity(actor=chief, tip=sealed_tip, reason="Cần mời người báo tin")
    with pytest.raises(DomainError):
        identity.open_identity(actor=chief, uuid=request.uuid, passphrase=PASSPHRASE)
    with pytest.raises(DomainError):
        identity.approve_identity(actor=chief, uuid=request.uuid, approve=True)
    identity.approve_identity(actor=deputy_chief, uuid=request.uuid, approve=True)
    with pytest.raises(DomainError) as refusal:
        identity.open_identity(actor=chief, uuid=request.uuid, passphrase="sai mật khẩu rồi")
    assert refusal.value.field == "passphrase"
    assert AuditEvent.objects.filter(action="tips.identity_wrong_passphrase").count() == 1
    with pytest.raises(DomainError):
        identity.open_identity(actor=deputy_chief, uuid=request.uuid, passphrase=PASSPHRASE)
    assert identity.open_identity(actor=chief, uuid=request.uuid, passphrase=PASSPHRASE) == WHO
    assert AuditEvent.objects.filter(action="tips.identity_opened").count() == 1


def test_an_approval_ends(sealed_tip, sealed_ward, deputy_chief, monkeypatch):
    monkeypatch.setattr(identity, "OPEN_HOURS", 0)
    request = identity.request_identity(actor=sealed_ward, tip=sealed_tip, reason="x")
    identity.approve_identity(actor=deputy_chief, uuid=request.uuid, approve=True)
    with pytest.raises(DomainError):
        identity.open_identity(actor=sealed_ward, uuid=request.uuid, passphrase=PASSPHRASE)
