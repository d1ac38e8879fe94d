#!/usr/bin/env python3
"""Sealed identities on a machine without network: make the key pair, and open what the portal hands out.

Stands alone: one file, Python 3.9 or newer and PyNaCl; docs/offline-identities.md says how to bring them there.

    python offline_identity.py make-key chia-khoa.json      # prints the public half and its fingerprint
    python offline_identity.py open chia-khoa.json danh-tinh-….json
    python offline_identity.py show-key chia-khoa.json      # prints the public half and its fingerprint again
"""

from __future__ import annotations

import argparse
import base64
import getpass
import hashlib
import json
import os
import sys
import unicodedata
from pathlib import Path

from nacl import pwhash
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox
from nacl.secret import SecretBox
from nacl.utils import random

SHORTEST = 12
CONTEXT = "tips_sealedreporter.box"


class Refusal(Exception):
    """A sentence for the person at the machine."""


def lock_of(passphrase: str, salt: bytes) -> SecretBox:
    """The lock a passphrase makes: Argon2id, slow on purpose."""
    words = unicodedata.normalize("NFC", passphrase).encode()
    return SecretBox(
        pwhash.argon2id.kdf(
            SecretBox.KEY_SIZE, words, salt, opslimit=pwhash.argon2id.OPSLIMIT_MODERATE,
            memlimit=pwhash.argon2id.MEMLIMIT_MODERATE,
        )
    )  # fmt: skip


def fingerprint(public: bytes) -> str:
    """Eight groups of four signs, as the portal shows them."""
    digits = hashlib.sha256(public).hexdigest()[:32]
    return " ".join(digits[at : at + 4] for at in range(0, 32, 4))


def make_key(file: Path, passphrase: str) -> bytes:
    """Write a new private key, locked by the passphrase, and return its public half. Never overwrites a file."""
    if len(unicodedata.normalize("NFC", passphrase).strip()) < SHORTEST:
        raise Refusal(f"Cụm mật khẩu phải có ít nhất {SHORTEST} ký tự; nên là bốn, năm từ không liên quan.")
    private = PrivateKey.generate()
    public, salt = bytes(private.public_key), random(pwhash.argon2id.SALTBYTES)
    kept = {
        "version": 1,
        "public": base64.b64encode(public).decode(),
        "salt": base64.b64encode(salt).decode(),
        "locked": base64.b64encode(bytes(lock_of(passphrase, salt).encrypt(bytes(private)))).decode(),
    }
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Refusal(f"Đã có tệp {file}. Khóa cũ không bao giờ bị ghi đè; hãy chọn tên khác.") from error
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(kept, stream, indent=1)
    return public


def read_json(file: Path) -> dict[str, object]:
    """A file of ours."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Refusal(f"Không đọc được tệp {file}.") from error
    if not isinstance(found, dict) or found.get("version") != 1:
        raise Refusal(f"{file} không phải tệp của công cụ này.")
    return found


def part(data: dict[str, object], name: str) -> bytes:
    """The bytes kept under a name."""
    try:
        return base64.b64decode(str(data[name]), validate=True)
    except (KeyError, ValueError) as error:
        raise Refusal("Tệp bị hỏng hoặc thiếu dữ liệu.") from error


def open_box(key: dict[str, object], sealed: dict[str, object], passphrase: str) -> dict[str, str]:
    """The name and telephone inside a file handed out by the portal."""
    if sealed.get("fingerprint") != fingerprint(part(key, "public")):
        raise Refusal("Danh tính này niêm phong cho khóa khác. Hãy dùng đúng tệp khóa.")
    try:
        private = PrivateKey(lock_of(passphrase, part(key, "salt")).decrypt(part(key, "locked")))
    except CryptoError as error:
        raise Refusal("Sai cụm mật khẩu.") from error
    try:
        inside = json.loads(SealedBox(private).decrypt(part(sealed, "box")))
    except CryptoError as error:
        raise Refusal("Tệp niêm phong đã bị sửa hoặc không phải cho khóa này.") from error
    if inside["bound"] != f"v1|{CONTEXT}|{sealed.get('ward')}|{sealed.get('row')}":
        raise Refusal("Nội dung niêm phong không thuộc tin báo ghi trong tệp.")
    return dict(inside["payload"])


def main(words: list[str]) -> int:
    """Run one command; return 0 when it was done."""
    parser = argparse.ArgumentParser(description="Danh tính niêm phong trên máy không nối mạng")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (
        ("make-key", "tạo cặp khóa"),
        ("show-key", "in lại nửa khóa công khai"),
        ("open", "mở tệp danh tính mang từ cổng về"),
    ):
        one = commands.add_parser(name, help=text)
        one.add_argument("key", type=Path, help="tệp khóa")
        if name == "open":
            one.add_argument("sealed", type=Path, help="tệp danh tính đã niêm phong")
    chosen = parser.parse_args(words)
    try:
        if chosen.command == "make-key":
            passphrase = getpass.getpass("Cụm mật khẩu mới: ")
            if getpass.getpass("Nhập lại: ") != passphrase:
                raise Refusal("Hai lần nhập không giống nhau.")
            make_key(chosen.key, passphrase)
        key = read_json(chosen.key)
        if chosen.command == "open":
            inside = open_box(key, read_json(chosen.sealed), getpass.getpass("Cụm mật khẩu: "))
            print(f"Họ tên:     {inside.get('name') or '–'}\nĐiện thoại: {inside.get('phone') or '–'}")
            return 0
        public = part(key, "public")
        print(f"Nửa khóa công khai (nhập vào cổng): {base64.b64encode(public).decode()}")
        print(f"Dấu vân tay (so với cổng):          {fingerprint(public)}")
        return 0
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
