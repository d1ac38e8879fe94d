"""What a web process has - its environment, its settings, its files, everything its database role may read - opens no
sealed identity, also where identities are opened in the portal itself."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.db import connection
from nacl.public import PrivateKey

from accounts.models import SealingKey
from accounts.services.identities import make_sealing_key
from tests.tips.conftest import PASSPHRASE
from tests.tips.factories import make_tip
from tips.models import SealedReporter
from tips.services.intake import Reporter
from tips.services.sealing import REPORTER
from vikhe_portal.core import crypto
from wards.models import WardProfile

pytestmark = [pytest.mark.django_db, pytest.mark.security]


def environment() -> Iterator[bytes]:
    """Values of the environment and of the settings."""
    for value in os.environ.values():
        yield value.encode(errors="ignore")
    for name in dir(django_settings):
        if name.isupper():
            yield str(getattr(django_settings, name)).encode(errors="ignore")
    for part in django_settings.DATABASES["default"].values():
        yield str(part).encode()


def files(folder: Path) -> Iterator[bytes]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.read_bytes()


def readable() -> Iterator[bytes]:
    """Every value of every column that the role of the web process may read in the ward's scope."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone()[0] == "app_web"
    for model in apps.get_models():
        if model._meta.label_lower in ("wards.ward", "auth.permission", "contenttypes.contenttype"):
            continue
        for row in model._default_manager.values_list():
            for value in row:
                if isinstance(value, (bytes, memoryview)):
                    yield bytes(value)
                elif isinstance(value, str) and len(value) >= 8:
                    yield value.encode()


def keys_from(value: bytes) -> Iterator[bytes]:
    """What 32 bytes somebody could make of a value: parts of it, decoded, hashed."""
    yield hashlib.sha256(value).digest()
    for start in range(max(0, min(len(value), 4096) - 31)):
        yield value[start : start + 32]
    for decode in (binascii.unhexlify, base64.b64decode):
        try:
            decoded = decode(value)
        except (ValueError, binascii.Error):
            continue
        for start in range(max(0, len(decoded) - 31)):
            yield decoded[start : start + 32]


def test_neither_environment_nor_files_nor_the_database_role_opens_an_identity(ward, chief, settings):
    WardProfile.objects.filter(ward=ward).update(identity_mode=WardProfile.IdentityMode.SEALED_ONLINE)
    make_sealing_key(actor=chief, user=chief.user, passphrase=PASSPHRASE)
    make_tip(reporter=Reporter("Trần Thị Mẫu", "0912345678"))
    box, key = SealedReporter.objects.get(), SealingKey.objects.get()
    held = [*environment(), *files(Path(settings.MEDIA_ROOT)), *readable()]
    candidates = {piece for value in held for piece in keys_from(value) if len(piece) == 32}
    public = bytes(key.public_key)
    # A private key that fits is one whose public half is the box's: tell that without opening anything.
    fitting = [piece for piece in candidates if bytes(PrivateKey(piece).public_key) == public]
    assert len(candidates) > 1000 and fitting == []
    # And no word the process knows is the passphrase.
    words = {
        "",
        settings.SECRET_KEY,
        settings.CONTENT_KEY,
        settings.REDIS_URL,
        chief.user.password,
        chief.user.username,
    }
    for word in words:
        with pytest.raises(crypto.CryptoError):
            crypto.unlock_private_key(key.locked_private_key, word)
    # The search is not blind: with the person's passphrase it opens, and the key it finds is the one looked for.
    private = crypto.unlock_private_key(key.locked_private_key, PASSPHRASE)
    assert bytes(PrivateKey(bytes(private)).public_key) == public
    assert bytes(private) in set(keys_from(b"x" * 5 + bytes(private)))
    opened = crypto.unseal(box.box, private_key=private, ward_id=box.ward_id, context=REPORTER, row=str(box.uuid))
    assert opened["name"] == "Trần Thị Mẫu"
