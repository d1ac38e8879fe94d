"""A report with a mark of its own in every field, file name and picture tag is used by every post, errors are provoked;
afterwards the database, the broker, the log, files, mail and exports hold none of the marks."""

from __future__ import annotations

import base64
import io
import logging
import re
import tempfile
import unicodedata
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from PIL import Image
from redis import Redis

from accounts.services.identities import make_sealing_key
from tests import database
from tests.factories import WARD_ID, make_post, make_user
from tests.tips.factories import WORDS
from tips.models import Tip
from tips.services import identity, receipts, ticking
from vikhe_portal.core.logs import IdsOnlyFilter
from wards import services as ward_services
from wards.models import WardProfile

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.security]

MARKS = {
    name: f"Chim{number}yến-{name}-ẩn"
    for number, name in enumerate(
        ("text", "place", "name", "file", "tag", "reply", "question", "answer", "entry", "entryplace", "entryname",
         "error", "refused", "disagreed"),
        start=4711,
    )
} | {"phone": "0987654123", "entryphone": "0976543218"}  # fmt: skip
# A picture that lies around in clear is a leak of its own, whatever tags it still has. Its first bytes, also as hex.
PICTURES = {
    "JPEG": rb"\xff\xd8\xff[\xe0-\xef]..(?:JFIF|Exif)",
    "PNG": rb"\x89PNG\r\n\x1a\n",
    "WebP": rb"RIFF....WEBP",
    "JPEG as hex": rb"(?i)ffd8ffe[0-9a-f]{5}(?:4a464946|45786966)",
    "JPEG as base64": rb"/9j/4[A-Za-z0-9+/]{3}(?:SkZJR|RXhpZ)",
}
WITH_ROOM = "Nhà bên cạnh mất xe lúc nửa đêm, {}."
PASSPHRASE = "bốn từ dài không ai đoán"
LOOKED_AT = ("tips:queue", "tips:register", "oversight:home", "oversight:dashboard", "oversight:reviews",
             "oversight:province", "accounts:trail", "accounts:trail-anchor", "accounts:notices")  # fmt: skip
POSTS = ("chief", "deputy_chief", "duty_officer", "area_officer", "committee_head", "deputy_head", "committee_member",
         "outlet_keeper", "ward_admin", "province_viewer")  # fmt: skip


def disguises(mark: str) -> dict[str, bytes]:
    """A mark as it could lie around: plain, decomposed, in capitals, as hex, base64, in an address, UTF-16, JSON."""
    plain = mark.encode()
    found = {
        "plain": plain,
        "decomposed": unicodedata.normalize("NFD", mark).encode(),
        "capitals": mark.upper().encode(),
        "hex": plain.hex().encode(),
        "address": quote(mark).encode(),
        "utf-16": mark.encode("utf-16-le"),
        "json": mark.encode("unicode_escape"),
    }
    for shift in range(3):
        coded = base64.b64encode(b"x" * shift + plain).rstrip(b"=")
        found[f"base64+{shift}"] = coded[4 if shift else 0 : -2]
    return found


def found_in(content: bytes) -> list[str]:
    """Marks that stand in these bytes, and pictures anybody could look at; archives are looked into."""
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            content += b"".join(parts.read(name) for name in parts.namelist())
    found = [f"picture ({how})" for how, start in PICTURES.items() if re.search(start, content, re.DOTALL)]
    return found + marks_in(content)


def marks_in(content: bytes) -> list[str]:
    """Marks that stand in these bytes."""
    return [
        f"{name} ({how})" for name, mark in MARKS.items() for how, form in disguises(mark).items() if form in content
    ]


def photo() -> SimpleUploadedFile:
    """A picture of one colour with the mark in each kind of tag, as a telephone would leave them."""
    target, exif = io.BytesIO(), Image.Exif()
    # Bytes, not text: Pillow would write a question mark for every letter that is not ASCII.
    exif[0x010E] = exif[0x9286] = MARKS["tag"].encode()
    exif.get_ifd(0x8825)[0x001D] = MARKS["tag"].encode()
    Image.new("RGB", (64, 48), (200, 30, 30)).save(
        target, "JPEG", exif=exif, comment=MARKS["tag"].encode(), xmp=MARKS["tag"].encode()
    )
    return SimpleUploadedFile(f"{MARKS['file']}.jpg", target.getvalue() + MARKS["tag"].encode(), "image/jpeg")


@pytest.fixture
def logged():
    """What a real installation would write to its log."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(IdsOnlyFilter())
    handler.setFormatter(logging.Formatter("{asctime} {levelname} {name} {message}", style="{"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def people(transactional_db, settings, tmp_path, monkeypatch) -> dict[str, object]:
    """The ward takes identities; one person for every post."""
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "uploads"
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10  # every file goes through the folder of temporary files
    settings.FILE_UPLOAD_TEMP_DIR.mkdir()
    (tmp_path / "machine").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "machine"))  # what /tmp is on a real machine
    monkeypatch.setattr(receipts, "FASTEST_SECONDS", -1)
    ward_services.activate_ward(ward_id=WARD_ID)
    made = {kind: make_user() for kind in POSTS}
    for kind, user in made.items():
        make_post(user, kind)
    from accounts.selectors import actor_for
    from vikhe_portal.core.scope import ward_scope

    with ward_scope(WARD_ID):
        WardProfile.objects.filter(ward_id=WARD_ID).update(identity_mode=WardProfile.IdentityMode.SEALED_ONLINE)
        chief = actor_for(made["chief"], WARD_ID)
        make_sealing_key(actor=chief, user=made["chief"], passphrase=PASSPHRASE)
    return made


def signed_in(user: object) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def public_walk(resident: Client) -> tuple[str, str]:
    """Send the report, be refused first, come back with the code; returns the code and the report's page name."""
    url = reverse("tips:ward-form", args=[WARD_ID])
    page = resident.post(url, {"about": "matter"}).content.decode()
    token = re.search(r'name="token" value="([^"]+)"', page).group(1)
    filled = {
        "about": "matter", "token": token, "text": WITH_ROOM.format(MARKS["text"]), "place": MARKS["place"],
        "reporter_name": MARKS["name"], "reporter_phone": MARKS["phone"], "kind": "crime",
    }  # fmt: skip
    refused = resident.post(url, filled | {"text": MARKS["refused"], "occurred_on": "no day", "pictures": [photo()]})
    assert refused.status_code == 422
    thanks = resident.post(url, filled | {"pictures": [photo()]})
    assert thanks.status_code == 200
    return "".join(re.search(r"(\d{4} \d{4})<br>(\d{4} \d{4})", thanks.content.decode()).groups()).replace(" ", ""), url


def test_no_mark_of_a_report_is_left_anywhere_it_was_not_declared(people, logged, settings, tmp_path, monkeypatch):
    broker = Redis.from_url(django_settings.REDIS_URL)
    broker.flushdb()
    code, url = public_walk(Client())
    from vikhe_portal.core.scope import ward_scope

    with ward_scope(WARD_ID):
        tip = Tip.objects.get()
    duty, chief = signed_in(people["duty_officer"]), signed_in(people["chief"])
    # The marks are there to be found: who may read them reads them.
    page = duty.get(reverse("tips:detail", args=[tip.uuid])).content
    assert MARKS["text"].encode() in page
    shown = duty.get(reverse("tips:picture", args=[tip.uuid, 0])).content
    assert (marks_in(shown), [found.split()[0] for found in found_in(shown)]) == ([], ["picture"])
    # The work of the day on it, questions and answers both ways.
    step = {"track": "feedback", "urgency": "0", "kind": "other"}
    assert duty.post(reverse("tips:classify", args=[tip.uuid]), step).status_code == 302
    asked = duty.post(reverse("tips:ask", args=[tip.uuid]), {"text": WITH_ROOM.format(MARKS["question"])})
    assert asked.status_code == 302
    resident = Client()
    seen = resident.post(reverse("tips:receipt"), {"code": code}).content.decode()
    assert MARKS["question"] in seen
    ticket = re.search(r'name="ticket" value="([^"]+)"', seen).group(1)
    resident.post(reverse("tips:receipt"), {"ticket": ticket, "act": "reply", "text": WITH_ROOM.format(MARKS["reply"])})
    duty.post(reverse("tips:answer", args=[tip.uuid]), {"text": WITH_ROOM.format(MARKS["answer"])})
    resident.post(reverse("tips:receipt"), {"ticket": ticket, "act": "disagree", "text": MARKS["disagreed"]})
    entry = {
        "channel": "phone", "kind": "crime", "text": WITH_ROOM.format(MARKS["entry"]), "place": MARKS["entryplace"],
        "reporter_name": MARKS["entryname"], "reporter_phone": MARKS["entryphone"],
    }  # fmt: skip
    entered = duty.post(reverse("tips:entry"), entry)
    assert entered.status_code in (200, 302), entered.content.decode()
    # The sealed identity is opened: its page shows it, nothing keeps it.
    from accounts.selectors import actor_for

    with ward_scope(WARD_ID):
        ask = identity.request_identity(actor=actor_for(people["chief"], WARD_ID), tip=tip, reason="Cần hỏi thêm")
        identity.approve_identity(actor=actor_for(people["deputy_chief"], WARD_ID), uuid=ask.uuid, approve=True)
    opened = chief.post(reverse("tips:identity-open", args=[tip.uuid, ask.uuid]), {"passphrase": PASSPHRASE})
    assert MARKS["name"] in opened.content.decode()
    # Errors: a page that breaks with the words in hand, a body that is too large, a job that fails.
    stranger = Client(raise_request_exception=False)
    with monkeypatch.context() as broken:
        broken.setattr("tips.services.intake.submit_public_tip", lambda **words: 1 / 0 if words["report"] else None)
        token = receipts.form_token(about="matter", place=f"w:{WARD_ID}")
        for field in ("text", "place", "reporter_name"):
            stranger.post(url, {"about": "matter", "token": token, "text": WORDS, field: MARKS["error"] * 3})
    assert stranger.post(url, {"about": "matter", "text": MARKS["error"] * 400_000}).status_code in (400, 413)
    assert stranger.get("/tra-cuu/", {"code": MARKS["error"]}).status_code == 200
    ticking.tick_ward(ward_id=WARD_ID)
    # Every post looks at everything, takes every file out.
    exports: list[bytes] = []
    for kind in POSTS:
        client = signed_in(people[kind])
        for name in LOOKED_AT:
            client.get(reverse(name), {"q": tip.code})
        client.get(reverse("tips:detail", args=[tip.uuid]))
        for answer in (
            client.get(reverse("tips:register-file", args=[tip.year])),
            client.post(reverse("accounts:trail-export"), {"purpose": "Kiểm tra định kỳ cuối năm"}),
            client.get(reverse("oversight:chart-file", args=["tips_by_month"])),
        ):
            if "attachment" in answer.headers.get("Content-Disposition", ""):
                exports.append(answer.content)
    left = {
        "database": found_in(whole_database()),
        "broker": found_in(whole_broker(broker)),
        "log": found_in(logged.getvalue().encode()),
        "files": found_in(whole_folder(Path(settings.MEDIA_ROOT))),
        "temporary files": found_in(whole_folder(tmp_path)),
        "exports": [mark for content in exports for mark in found_in(content)],
        "mail": found_in(repr([message.__dict__ for message in mail.outbox]).encode()),
    }
    assert {place: marks for place, marks in left.items() if marks} == {}
    assert len(exports) >= 5 and "ZeroDivisionError" in logged.getvalue()
    assert list((tmp_path / "uploads").iterdir()) == []


def whole_folder(folder: Path) -> bytes:
    """Names and contents of everything below a folder."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return b"".join(str(path).encode() + path.read_bytes() for path in files)


def whole_broker(broker: Redis) -> bytes:
    """Every key with its value, as the server would write it to disk, and unpacked where it can be."""
    parts = []
    for key in broker.scan_iter():
        kind = broker.type(key)
        value = {b"list": lambda k: broker.lrange(k, 0, -1), b"hash": broker.hgetall, b"set": broker.smembers,
                 b"zset": lambda k: broker.zrange(k, 0, -1)}.get(kind, broker.get)(key)  # fmt: skip
        text = key + repr(value).encode()
        for coded in re.findall(rb'"body": "([A-Za-z0-9+/=]+)"', text):
            text += base64.b64decode(coded)
        parts.append(text)
    return b"\n".join(parts)


def whole_database() -> bytes:
    """Every row of every table as a dump would hold it, read past the walls. A backup is this in a file."""
    with database.owner_connection(connection.settings_dict["NAME"]) as owner:
        tables = [row[0] for row in owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        walled = [row[0] for row in owner.execute("SELECT relname FROM pg_class WHERE relforcerowsecurity")]
        rows: list[str] = []
        try:
            for table in walled:
                owner.execute(f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY')
            for table in tables:
                rows += [row[0] for row in owner.execute(f'SELECT t::text FROM "{table}" t')]
        finally:
            for table in walled:
                owner.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
    assert any(row.startswith("(") for row in rows) and len(tables) > 50
    return "\n".join(rows).encode()


def test_the_search_finds_a_picture_whatever_it_lies_in():
    raw = photo().read()
    assert len(marks_in(raw)) >= 1
    bare = io.BytesIO()
    Image.open(io.BytesIO(raw)).convert("RGB").save(bare, "JPEG")
    for picture in (raw, bare.getvalue()):
        for lying in (picture, b"\\x" + picture.hex().encode(), base64.b64encode(picture)):
            assert any(found.startswith("picture") for found in found_in(b"(1," + lying + b")"))


def test_the_search_finds_a_mark_in_each_disguise():
    for how, form in disguises(MARKS["text"]).items():
        assert any("text" in found for found in found_in(b"..." + form + b"...")), how
