"""Every upload passes here before anything else sees it: shown to a virus scanner where the installation has one."""

from __future__ import annotations

import socket
import struct
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

CHUNK = 64 * 1024
SECONDS = 10.0


class ScannerUnreachable(Exception):
    """A scanner is configured and gave no verdict."""


def infected(content: bytes) -> bool:
    """Whether clamd knows the content as malicious; False where no scanner is configured (CLAMAV_ADDRESS empty).

    Speaks INSTREAM of clamd(8): chunks with their length in four bytes, an empty one at the end, one line back.
    Raises ScannerUnreachable when the scanner does not answer or cannot decide: then nothing is taken.
    """
    if not settings.CLAMAV_ADDRESS:
        return False
    try:
        with _connected(settings.CLAMAV_ADDRESS) as connection:
            connection.sendall(b"zINSTREAM\0")
            for start in range(0, len(content), CHUNK):
                part = content[start : start + CHUNK]
                connection.sendall(struct.pack("!L", len(part)) + part)
            connection.sendall(struct.pack("!L", 0))
            verdict = b""
            while not verdict.endswith(b"\0") and (more := connection.recv(4096)):
                verdict += more
    except OSError as error:
        raise ScannerUnreachable from error
    if verdict.rstrip(b"\0").endswith(b" FOUND"):
        return True
    if verdict.rstrip(b"\0") == b"stream: OK":
        return False
    raise ScannerUnreachable


def _connected(address: str) -> socket.socket:
    if address.startswith("unix:"):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(SECONDS)
        connection.connect(address.removeprefix("unix:"))
        return connection
    host, _colon, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=SECONDS)


def refuse_infected(content: bytes) -> None:
    """Raise ValidationError with what to do when the content is malicious, or cannot be looked at now."""
    try:
        if infected(content):
            raise ValidationError(
                _("The virus scanner recognises this file as harmful. It was not kept; check the machine it is from."),
                code="infected",
            )
    except ScannerUnreachable:
        raise ValidationError(
            _("Files cannot be checked for viruses just now, so none is taken. Try again in a few minutes."),
            code="unchecked",
        ) from None


class UploadField(forms.FileField):
    """A form's file; the only field for one, a test holds that."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        """The file, looked at by the scanner. Raises ValidationError."""
        upload = super().clean(data, initial)
        if isinstance(upload, UploadedFile):
            refuse_infected(upload.read())
            upload.seek(0)
        return upload
