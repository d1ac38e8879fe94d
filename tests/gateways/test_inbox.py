"""Webhooks are checked over raw bytes, stored once, and chatter of groups is never stored."""

from __future__ import annotations

import json
import time

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from gateways.models import InboxEvent
from gateways.services import inbox
from gateways.zalo.standin.demonstration import demonstration
from gateways.zalo.webhook import sign
from tests.factories import WARD_ID

pytestmark = [pytest.mark.django_db, pytest.mark.security]


def body(name: str = "user_submit_info", text: str = "Xin chào", **more) -> bytes:
    facts = demonstration()
    stamp = str(int(time.time() * 1000))
    return json.dumps(
        {
            "app_id": facts["app_id"],
            "sender": {"id": "246845883529197922"},
            "recipient": {"id": facts["oa_id"]},
            "event_name": name,
            "message": {"text": text, "msg_id": "96d3cdf3af150460909"},
            "timestamp": stamp,
        }
        | more
    ).encode()


def post(raw: bytes, *, mac: str | None = None, oa_id: str = ""):
    facts = demonstration()
    stamp = json.loads(raw)["timestamp"] if raw not in (b"{}", b"") else ""
    mac = mac or sign(app_id=facts["app_id"], raw=raw, timestamp=stamp, oa_secret=facts["oa_secret_key"])
    address = reverse("gateways:zalo-webhook", args=[oa_id or facts["oa_id"]])
    return Client(enforce_csrf_checks=True).post(
        address, raw, content_type="application/json", headers={"X-ZEvent-Signature": mac}
    )


def test_a_signed_event_is_stored_once_however_often_it_comes(channel):
    raw = body()
    assert [post(raw).status_code for _time in range(5)] == [200] * 5
    assert InboxEvent.objects.count() == 1


@pytest.mark.parametrize("spoil", [lambda raw: raw + b" ", lambda raw: raw.replace(b"Xin", b"Xon")])
def test_one_changed_byte_is_refused_and_nothing_written(channel, spoil):
    raw = body()
    facts = demonstration()
    mac = sign(
        app_id=facts["app_id"], raw=raw, timestamp=json.loads(raw)["timestamp"], oa_secret=facts["oa_secret_key"]
    )
    assert post(spoil(raw), mac=mac).status_code == 401
    assert not InboxEvent.objects.exists()


def test_an_unknown_account_is_not_there(channel):
    assert post(body(), oa_id="1234567890").status_code == 404


def test_the_probe_of_the_console_is_answered_and_not_kept(channel):
    assert post(b"{}", mac="mac=" + "0" * 64).status_code == 200
    assert not InboxEvent.objects.exists()


def test_chatter_of_a_group_is_in_no_table_and_no_log(channel, caplog):
    canary = "chim-hoang-yen-7d1f"
    assert post(body("user_send_group_text", canary)).status_code == 200
    assert not InboxEvent.objects.exists()
    assert canary not in caplog.text
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{canary}%"])
            assert cursor.fetchone() == (0,), table


def test_words_are_encrypted_while_they_wait_and_gone_when_handled(channel, monkeypatch):
    canary = "chim-hoang-yen-9a2c"
    post(body(text=canary))
    assert canary.encode() not in bytes(InboxEvent.objects.get().payload)
    seen = []
    monkeypatch.setitem(inbox._handlers, "user_submit_info", lambda ward, payload: bool(seen.append(payload)) or True)
    assert inbox.drain(ward_id=WARD_ID) == 1
    assert seen[0]["message"]["text"] == canary
    row = InboxEvent.objects.get()
    assert (row.state, bytes(row.payload)) == ("done", b"")


def test_a_bad_event_is_marked_and_stops_nothing(channel, monkeypatch):
    post(body(message={"text": "a", "msg_id": "1"}))
    post(body(message={"text": "b", "msg_id": "2"}))
    taken = []

    def handler(ward_id, payload):
        if payload["message"]["text"] == "a":
            raise KeyError("secret words")
        taken.append(payload["message"]["text"])
        return True

    monkeypatch.setitem(inbox._handlers, "user_submit_info", handler)
    assert inbox.drain(ward_id=WARD_ID) == 2
    assert taken == ["b"]
    assert list(InboxEvent.objects.order_by("id").values_list("state", "problem")) == [
        ("failed", "KeyError"),
        ("done", ""),
    ]
