"""Encryption at rest: content under the ward's key, identities sealed to people's keys.

Content and attachments of tips are XChaCha20-Poly1305 under a key derived per ward; the associated data binds every
ciphertext to its table, column, ward and row, so that moved bytes read as nothing. Identities are libsodium sealed
boxes: whoever writes one cannot open it. See docs/adr/0004-secrets-of-tips.md.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import unicodedata
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from nacl import pwhash
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt, crypto_aead_xchacha20poly1305_ietf_encrypt
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import SecretBox

VERSION = b"\x01"
NONCE_BYTES = 24
__all__ = ["CryptoError"]


def _derive(purpose: str, ward_id: int) -> bytes:
    if not settings.CONTENT_KEY:
        raise ImproperlyConfigured("CONTENT_KEY is not set: tips cannot be stored")
    master = bytes.fromhex(settings.CONTENT_KEY)
    return hashlib.blake2b(f"{purpose}|{ward_id}".encode(), key=master, digest_size=32).digest()


def _bound(context: str, ward_id: int, row: str) -> bytes:
    return f"v1|{context}|{ward_id}|{row}".encode()


def encrypt(data: bytes, *, ward_id: int, context: str, row: str) -> bytes:
    """Encrypt `data` under the ward's key, bound to `context` ("table.column") and `row` (an immutable id)."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    box = crypto_aead_xchacha20poly1305_ietf_encrypt(
        data, _bound(context, ward_id, row), nonce, _derive("content", ward_id)
    )
    return VERSION + nonce + box


def decrypt(envelope: bytes, *, ward_id: int, context: str, row: str) -> bytes:
    """Open what `encrypt` made for the same ward, context and row; raises CryptoError for anything else."""
    envelope = bytes(envelope)
    if envelope[:1] != VERSION:
        raise CryptoError("unknown envelope")
    nonce, box = envelope[1 : 1 + NONCE_BYTES], envelope[1 + NONCE_BYTES :]
    return crypto_aead_xchacha20poly1305_ietf_decrypt(
        box, _bound(context, ward_id, row), nonce, _derive("content", ward_id)
    )


def keyed_hash(value: str, *, purpose: str, ward_id: int = 0) -> str:
    """HMAC-SHA256 of `value` in hex under a key of the installation: to find a receipt without storing it."""
    return hmac.new(_derive(purpose, ward_id), value.encode(), hashlib.sha256).hexdigest()


def new_key_pair(passphrase: str) -> tuple[bytes, bytes]:
    """Make a person's key pair: (public key, private key locked by the passphrase with Argon2id)."""
    private = PrivateKey.generate()
    salt = secrets.token_bytes(pwhash.argon2id.SALTBYTES)
    lock = _lock(passphrase, salt)
    return bytes(private.public_key), salt + lock.encrypt(bytes(private))


def check_public_key(public_key: bytes) -> None:
    """Raise CryptoError unless something can be sealed to these bytes."""
    try:
        SealedBox(PublicKey(public_key)).encrypt(b"trial")
    except (TypeError, RuntimeError) as error:
        raise CryptoError("not a public key") from error


def fingerprint(public_key: bytes) -> str:
    """Eight groups of four signs, to compare by eye whether two places hold the same public key."""
    digits = hashlib.sha256(bytes(public_key)).hexdigest()[:32]
    return " ".join(digits[at : at + 4] for at in range(0, 32, 4))


def _lock(passphrase: str, salt: bytes) -> SecretBox:
    key = pwhash.argon2id.kdf(
        SecretBox.KEY_SIZE,
        unicodedata.normalize("NFC", passphrase).encode(),  # keyboards differ in how they write a mark
        salt,
        opslimit=pwhash.argon2id.OPSLIMIT_INTERACTIVE,
        memlimit=pwhash.argon2id.MEMLIMIT_INTERACTIVE,
    )
    return SecretBox(key)


def unlock_private_key(locked: bytes, passphrase: str) -> PrivateKey:
    """Unlock a private key; raises CryptoError for a wrong passphrase."""
    locked = bytes(locked)
    salt, box = locked[: pwhash.argon2id.SALTBYTES], locked[pwhash.argon2id.SALTBYTES :]
    return PrivateKey(_lock(passphrase, salt).decrypt(box))


def seal(payload: dict[str, Any], *, public_key: bytes, ward_id: int, context: str, row: str) -> bytes:
    """Seal a payload to one person's public key. Only that person's private key opens it; the sealer cannot.

    The binding travels inside, because a sealed box has no associated data.
    """
    inside = json.dumps({"bound": _bound(context, ward_id, row).decode(), "payload": payload}, ensure_ascii=False)
    padded = inside.encode()
    padded += b" " * (-len(padded) % 256)  # equal lengths tell nothing about a name
    return SealedBox(PublicKey(bytes(public_key))).encrypt(padded)


def unseal(box: bytes, *, private_key: PrivateKey, ward_id: int, context: str, row: str) -> dict[str, Any]:
    """Open a sealed payload; raises CryptoError for another key, ward, context or row."""
    inside = json.loads(SealedBox(private_key).decrypt(bytes(box)))
    if inside["bound"] != _bound(context, ward_id, row).decode():
        raise CryptoError("sealed for another row")
    return inside["payload"]
