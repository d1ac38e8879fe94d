"""Sealing what points at a person: name, telephone, original pictures. Whoever writes it here cannot open it."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass

from django.db import transaction
from nacl.public import PrivateKey
from nacl.secret import SecretBox

from accounts.models import SealingKey
from tips.models import Attachment, SealedOriginal, SealedReporter, Tip
from vikhe_portal.core import crypto, files
from vikhe_portal.core.pictures import Picture

REPORTER, ORIGINAL = "tips_sealedreporter.box", "tips_sealedoriginal.box"


@dataclass(frozen=True)
class Reporter:
    """Who reported, as they gave it."""

    name: str = ""
    phone: str = ""

    def __bool__(self) -> bool:
        return bool(self.name or self.phone)


def seal_reporter(tip: Tip, reporter: Reporter, keys: list[SealingKey]) -> None:
    """Seal the reporter to each key. With no key nothing is kept."""
    rows = []
    for key in keys:
        row = SealedReporter(ward_id=tip.ward_id, tip=tip, key=key)
        row.box = crypto.seal(
            {"name": reporter.name, "phone": reporter.phone},
            public_key=bytes(key.public_key),
            ward_id=tip.ward_id,
            context=REPORTER,
            row=str(row.uuid),
        )
        rows.append(row)
    SealedReporter.objects.bulk_create(rows)


def keep_pictures(tip: Tip, pictures: list[tuple[Picture, bytes]], keys: list[SealingKey]) -> None:
    """Store the pixel copies under the ward's key, and the originals so that only holders of `keys` can open them.

    An original that nobody could open is not stored at all.
    """
    for position, (picture, original) in enumerate(pictures):
        row = Attachment(
            ward_id=tip.ward_id,
            tip=tip,
            position=position,
            display=files.store(picture.display, ward_id=tip.ward_id),
            thumbnail=files.store(picture.thumbnail, ward_id=tip.ward_id),
            width=picture.width,
            height=picture.height,
        )
        lock = secrets.token_bytes(SecretBox.KEY_SIZE)
        if keys:
            row.original = files.store(bytes(SecretBox(lock).encrypt(original)), ward_id=tip.ward_id)
        row.save(force_insert=True)
        boxes = []
        for key in keys:
            box = SealedOriginal(ward_id=tip.ward_id, attachment=row, key=key)
            box.box = crypto.seal(
                {"key": base64.b64encode(lock).decode(), "sha256": picture.sha256},
                public_key=bytes(key.public_key),
                ward_id=tip.ward_id,
                context=ORIGINAL,
                row=str(box.uuid),
            )
            boxes.append(box)
        SealedOriginal.objects.bulk_create(boxes)


def open_original(box: SealedOriginal, private_key: PrivateKey) -> bytes:
    """The original picture, for a holder who has unlocked their key. Raises CryptoError for another key."""
    attachment = box.attachment
    inside = crypto.unseal(
        bytes(box.box),
        private_key=private_key,
        ward_id=box.ward_id,
        context=ORIGINAL,
        row=str(box.uuid),
    )
    sealed = files.read(attachment.original, ward_id=box.ward_id)
    return SecretBox(base64.b64decode(inside["key"])).decrypt(sealed)


def destroy_identity(tip: Tip) -> bool:
    """Destroy what points at the reporter: sealed identity, keys of the originals, and the originals' files.

    The rows go with this transaction, which already makes the files unreadable for ever; the files follow on commit.
    Copies in backups expire with them. Returns whether there was anything.
    """
    gone = SealedReporter.objects.filter(ward_id=tip.ward_id, tip=tip).delete()[0]
    kept = list(Attachment.objects.filter(ward_id=tip.ward_id, tip=tip).exclude(original=""))
    gone += SealedOriginal.objects.filter(ward_id=tip.ward_id, attachment__in=kept).delete()[0]
    _delete_later(tip.ward_id, [row.original for row in kept])
    for row in kept:
        row.original = ""
    Attachment.objects.bulk_update(kept, ["original"])
    return bool(gone)


def destroy_words(tip: Tip) -> None:
    """Destroy the words, the messages and every picture as well: the matter goes on on paper. Caller saves the tip."""
    destroy_identity(tip)
    destroy_pictures(tip)
    tip.messages.filter(ward_id=tip.ward_id).delete()
    tip.content = None


def destroy_pictures(tip: Tip) -> None:
    """Destroy every picture of a tip: copies, originals and the keys to them."""
    pictures = list(Attachment.objects.filter(ward_id=tip.ward_id, tip=tip))
    _delete_later(
        tip.ward_id, [name for row in pictures for name in (row.display, row.thumbnail, row.original) if name]
    )
    SealedOriginal.objects.filter(ward_id=tip.ward_id, attachment__in=pictures).delete()
    Attachment.objects.filter(ward_id=tip.ward_id, tip=tip).delete()


def _delete_later(ward_id: int, names: list[str]) -> None:
    for name in names:
        if name:
            transaction.on_commit(lambda name=name: files.delete(name, ward_id=ward_id))  # type: ignore[misc]
