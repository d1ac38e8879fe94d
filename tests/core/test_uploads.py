"""Uploads are shown to the virus scanner first: a stand-in that speaks clamd's INSTREAM, also broken ways."""

from __future__ import annotations

import re
import socket
import struct
import threading
from pathlib import Path

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests import factories as make
from tips.models import Tip
from tips.services import receipts
from vikhe_portal.core import uploads

ROOT = Path(__file__).resolve().parents[2]
# The harmless file every scanner knows, in two pieces so that this file is not taken for it.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
pytestmark = [pytest.mark.security]


class Scanner(threading.Thread):
    """clamd as clamd(8) describes it: reads chunks to the empty one, answers one line; or misbehaves as told."""

    def __init__(self, answer: bytes | None = None) -> None:
        super().__init__(daemon=True)
        self.answer, self.seen = answer, []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.server.getsockname()[1]}"

    def run(self) -> None:
        while True:
            try:
                connection, _peer = self.server.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                assert stream.read(10) == b"zINSTREAM\0"
                content = b""
                while length := struct.unpack("!L", stream.read(4))[0]:
                    content += stream.read(length)
                self.seen.append(content)
                found = b"stream: Eicar-Signature FOUND\0" if EICAR in content else b"stream: OK\0"
                connection.sendall(found if self.answer is None else self.answer)


@pytest.fixture
def scanner(settings):
    def start(answer: bytes | None = None) -> Scanner:
        one = Scanner(answer)
        one.start()
        settings.CLAMAV_ADDRESS = one.address
        started.append(one)
        return one

    started: list[Scanner] = []
    yield start
    for one in started:
        one.server.close()


class FileForm(forms.Form):
    file = uploads.UploadField()


def form_of(content: bytes) -> FileForm:
    return FileForm({}, {"file": SimpleUploadedFile("a.csv", content)})


def test_a_clean_file_goes_on_whole_and_a_known_virus_is_refused_in_words(scanner):
    one = scanner()
    large = b"a" * (uploads.CHUNK * 2 + 17)
    form = form_of(large)
    assert form.is_valid() and form.cleaned_data["file"].read() == large and one.seen == [large]
    form = form_of(b"before" + EICAR)
    assert not form.is_valid() and form.errors.as_data()["file"][0].code == "infected"


@pytest.mark.parametrize("answer", [b"INSTREAM size limit exceeded. ERROR\0", b"", b"OK", b"stream: OKAY\0"])
def test_without_a_verdict_nothing_is_taken(scanner, answer):
    scanner(answer)
    form = form_of(b"x")
    assert not form.is_valid() and form.errors.as_data()["file"][0].code == "unchecked"


def test_a_scanner_that_is_down_takes_nothing_and_none_configured_takes_all(settings):
    settings.CLAMAV_ADDRESS = "unix:/nowhere/clamd.ctl"
    assert form_of(b"x").errors.as_data()["file"][0].code == "unchecked"
    settings.CLAMAV_ADDRESS = ""
    assert form_of(EICAR).is_valid()


@pytest.mark.django_db
def test_a_resident_keeps_the_typed_words_when_a_picture_is_refused(scanner, client, ward, monkeypatch):
    scanner()
    group = make.ZaloGroupFactory()
    make.GroupNeighbourhoodFactory(group=group)
    url = reverse("tips:public-form", args=[group.token])
    page = client.post(url, {"about": "matter"}).content.decode()
    token = re.search(r'name="token" value="([^"]+)"', page)[1]
    monkeypatch.setattr(receipts, "FASTEST_SECONDS", 0)
    sent = {"about": "matter", "token": token, "text": "Đèn đường hỏng"}
    sent["pictures"] = SimpleUploadedFile("a.jpg", EICAR)
    answer = client.post(url, sent)
    assert answer.status_code == 422 and "Đèn đường hỏng" in answer.content.decode()
    assert "quét vi-rút" in answer.content.decode() and not Tip.objects.filter(ward_id=ward.pk).exists()


def test_no_form_takes_a_file_past_the_scanner():
    past = re.compile(r"forms\.(FileField|ImageField)\(")
    apps = ("accounts", "broadcasts", "gateways", "groups", "oversight", "tips", "wards", "vikhe_portal")
    sources = [path for app in apps for path in (ROOT / app).rglob("*.py")]
    assert len(sources) > 100
    assert [str(path) for path in sources if past.search(path.read_text(encoding="utf-8"))] == []
