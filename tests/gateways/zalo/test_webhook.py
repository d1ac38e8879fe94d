import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateways.zalo.webhook import (
    MAX_BODY,
    Event,
    Handling,
    WebhookRefused,
    is_probe,
    receive,
    receive_bot,
    sign,
)

pytestmark = pytest.mark.security

SECRET = "test-oa-secret"
JOIN = (
    "3570977494304483078",
    "1696407729124",
    '{"oa_id":"2057086764452860443","group_id":"48382b0bb7595e070748","event_name":"user_join_group",'
    '"app_id":"3570977494304483078","users":[{"id":"8509985270925410066"}],"timestamp":"1696407729124"}',
    "b306ccda23e8dc3b377dc2c40c32d148a151f1f5bf5102322c1bad49b72ef070",
)
TEXT = (
    "360846524840903967",
    "1543908534740",
    '{"app_id":"360846524840903967","sender":{"id":"246845883529197922"},"user_id_by_app":"552177279717587730",'
    '"recipient":{"id":"388613280878808645"},"event_name":"user_send_text","message":{"text":"Xin chào công an phường",'
    '"msg_id":"96d3cdf3af150460909"},"timestamp":"1543908534740"}',
    "e9faf209b8c16037ec92504dab433287871d05d01ae5380a7910333379640521",
)
APP, STAMP = "3570977494304483078", 1_700_000_000_000
NOW = datetime.fromtimestamp(STAMP / 1000, UTC)


def moment(stamp: str) -> datetime:
    return datetime.fromtimestamp(int(stamp) / 1000, UTC)


def send(body: dict, *, now=NOW, secret=SECRET, prefix="mac=") -> Event:
    body = {"app_id": APP, "timestamp": str(STAMP), **body}
    raw = json.dumps(body, ensure_ascii=False).encode()
    mac = sign(app_id=APP, raw=raw, timestamp=str(body["timestamp"]), oa_secret=secret)
    return receive(raw, prefix + mac, app_id=APP, oa_secret=SECRET, now=now)


@pytest.mark.parametrize("vector", [JOIN, TEXT])
@pytest.mark.parametrize("prefix", ["mac=", "", "MAC="])
def test_golden_vectors(vector, prefix):
    app_id, stamp, body, mac = vector
    assert sign(app_id=app_id, raw=body.encode(), timestamp=stamp, oa_secret=SECRET) == mac
    event = receive(body.encode(), prefix + mac, app_id=app_id, oa_secret=SECRET, now=moment(stamp))
    assert event.occurred_at == moment(stamp)


def test_what_the_join_event_says():
    app_id, stamp, body, mac = JOIN
    event = receive(body.encode(), mac, app_id=app_id, oa_secret=SECRET, now=moment(stamp))
    assert (event.name, event.oa_id, event.group_id, event.user_ids, event.handling) == (
        "user_join_group",
        "2057086764452860443",
        "48382b0bb7595e070748",
        ("8509985270925410066",),
        Handling.STORE,
    )


def test_what_a_message_to_the_account_says():
    app_id, stamp, body, mac = TEXT
    event = receive(body.encode(), mac, app_id=app_id, oa_secret=SECRET, now=moment(stamp))
    assert event.message is not None
    assert (event.message.text, event.message.message_id) == ("Xin chào công an phường", "96d3cdf3af150460909")
    assert (event.sender_id, event.oa_id) == ("246845883529197922", "388613280878808645")
    assert event.dedupe_key == "user_send_text:96d3cdf3af150460909"


def test_each_flipped_byte_is_refused():
    app_id, stamp, body, mac = JOIN
    raw = body.encode()
    for index in range(len(raw)):
        spoilt = raw[:index] + bytes([raw[index] ^ 1]) + raw[index + 1 :]
        with pytest.raises(WebhookRefused) as refused:
            receive(spoilt, mac, app_id=app_id, oa_secret=SECRET, now=moment(stamp))
        assert refused.value.reason in ("bad_signature", "malformed")


def test_the_same_json_written_differently_is_refused():
    app_id, stamp, body, mac = JOIN
    with pytest.raises(WebhookRefused):
        receive(json.dumps(json.loads(body)).encode(), mac, app_id=app_id, oa_secret=SECRET, now=moment(stamp))


@pytest.mark.parametrize(
    "header", [None, "", "mac=", "mac=xyz", JOIN[3] + "," + JOIN[3], JOIN[3] + "0", JOIN[3][:-1] + "1"]
)
def test_missing_doubled_or_wrong_signature_is_refused(header):
    app_id, stamp, body, _mac = JOIN
    with pytest.raises(WebhookRefused) as refused:
        receive(body.encode(), header, app_id=app_id, oa_secret=SECRET, now=moment(stamp))
    assert refused.value.reason in ("no_signature", "bad_signature")


def test_another_secret_or_another_app_is_refused():
    with pytest.raises(WebhookRefused, match="bad_signature"):
        send({"event_name": "follow"}, secret="other")
    with pytest.raises(WebhookRefused, match="wrong_app"):
        send({"event_name": "follow", "app_id": "360846524840903967"})


@pytest.mark.parametrize("raw", [b"", b"{}", b" {} \n"])
def test_the_probe_needs_no_signature_and_does_nothing(raw):
    assert is_probe(raw)
    event = receive(raw, None, app_id=APP, oa_secret=SECRET, now=NOW)
    assert event.handling is Handling.PROBE
    assert event.dedupe_key == ""


@pytest.mark.parametrize(
    ("age", "reason"),
    [
        (timedelta(hours=24), None),
        (timedelta(hours=2), None),
        (timedelta(minutes=-10), None),
        (timedelta(hours=24, seconds=1), "too_old"),
        (timedelta(minutes=-11), "ahead"),
    ],
)
def test_a_repeat_of_two_hours_is_taken_and_a_replay_of_two_days_is_not(age, reason):
    if reason is None:
        assert send({"event_name": "follow"}, now=NOW + age).name == "follow"
        return
    with pytest.raises(WebhookRefused, match=reason):
        send({"event_name": "follow"}, now=NOW + age)


@pytest.mark.parametrize("stamp", ["", "x", "-5", "0", "99999999999999", "१२३", None, 1.5, "\ud800"])
def test_a_senseless_time_is_refused(stamp):
    with pytest.raises(WebhookRefused):
        raw = json.dumps({"app_id": APP, "event_name": "follow", "timestamp": stamp}).encode()
        mac = sign(
            app_id=APP, raw=raw, timestamp=stamp if isinstance(stamp, str) and stamp.isascii() else "", oa_secret=SECRET
        )
        receive(raw, mac, app_id=APP, oa_secret=SECRET, now=NOW)


def test_a_body_beyond_the_limit_is_not_even_hashed():
    with pytest.raises(WebhookRefused, match="too_large"):
        receive(b"x" * (MAX_BODY + 1), JOIN[3], app_id=APP, oa_secret=SECRET, now=NOW)


@pytest.mark.parametrize(
    "name", ["user_send_group_text", "user_send_group_image", "USER_SEND_GROUP_TEXT", " user_send_group_new_kind "]
)
def test_residents_talk_in_a_group_leaves_no_trace(name):
    canary = "chuyện riêng 7f3a"
    event = send(
        {
            "event_name": name,
            "sender": {"id": "246845883529197922"},
            "recipient": {"id": "48382b0bb7595e070748"},
            "message": {"text": canary, "msg_id": "m1"},
            "users": [{"id": "246845883529197922"}],
        }
    )
    assert event.handling is Handling.DROP
    assert canary not in repr(event)
    assert "246845883529197922" not in repr(event)


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("react_request_join_group", "accept_request_join_group"),
        ("react_request_join_group_accept", "accept_request_join_group"),
        ("react_request_join_group_reject", "reject_request_join_group"),
        ("user_leave_group", "user_out_group"),
        ("disperse_group", "delete_group"),
        ("something_new", "something_new"),
        (17, "unknown"),
        ("x" * 65, "unknown"),
    ],
)
def test_other_names_are_understood_and_new_ones_kept(sent, meant):
    event = send({"event_name": sent, "group_id": "48382b0bb7595e070748"})
    assert (event.name, event.handling) == (meant, Handling.STORE)


def test_our_own_post_comes_back_as_an_echo_with_its_group():
    event = send(
        {
            "event_name": "oa_send_group_text",
            "sender": {"id": "2057086764452860443"},
            "recipient": {"id": "48382b0bb7595e070748"},
            "message": {"text": "VK-4F7K-2", "msg_id": "m9"},
        }
    )
    assert (event.handling, event.group_id, event.oa_id) == (
        Handling.ECHO,
        "48382b0bb7595e070748",
        "2057086764452860443",
    )


def test_two_reactions_to_one_message_are_two_events():
    first = send({"event_name": "user_reacted_message", "message": {"msg_id": "m1", "react_icon": "/-strong"}})
    second = send({"event_name": "user_reacted_message", "message": {"msg_id": "m1", "react_icon": "/-heart"}})
    assert first.dedupe_key != second.dedupe_key
    assert first.dedupe_key.startswith("sha256:")


def test_numbers_in_place_of_text_and_missing_users_are_read():
    event = send({"event_name": "user_join_group", "oa_id": 2057086764452860443, "group_id": "g", "app_id": int(APP)})
    assert (event.oa_id, event.user_ids) == ("2057086764452860443", ())


def test_attachments_are_read():
    event = send(
        {
            "event_name": "user_send_file",
            "message": {
                "msg_id": "m",
                "attachments": [
                    {"type": "file", "payload": {"size": "1024", "name": "a.pdf", "url": "https://x/a"}},
                    7,
                ],
            },
        }
    )
    assert event.message is not None
    assert [(a.kind, a.size, a.name) for a in event.message.attachments] == [("file", 1024, "a.pdf")]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
keys = st.sampled_from(
    ["event_name", "oa_id", "sender", "recipient", "message", "users", "follower", "group_id", "user_id", "id"]
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(keys, json_values | st.dictionaries(keys, json_values, max_size=3), max_size=6))
def test_any_signed_body_is_read_or_refused_never_a_crash(body):
    assert isinstance(send(body), Event)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80))
def test_any_unsigned_bytes_are_refused_never_a_crash(raw):
    try:
        assert receive(raw, "a" * 64, app_id=APP, oa_secret=SECRET, now=NOW).handling is Handling.PROBE
    except WebhookRefused as refused:
        assert refused.reason in ("malformed", "bad_signature", "wrong_app")


def test_a_very_deep_body_is_malformed():
    with pytest.raises(WebhookRefused, match="malformed"):
        receive(b"[" * 100_000, "a" * 64, app_id=APP, oa_secret=SECRET, now=NOW)


BOT_MESSAGE = {
    "event_name": "message.text.received",
    "message": {
        "from": {"id": "6ede9afa66b88fe6d6a9", "display_name": "Ted", "is_bot": False},
        "chat": {"id": "6ede9afa66b88fe6d6a9", "chat_type": "PRIVATE"},
        "text": "Xin chào",
        "message_id": "2d758cb5e222177a4e35",
        "date": 1750316131602,
    },
}


@pytest.mark.parametrize("body", [{"ok": True, "result": BOT_MESSAGE}, BOT_MESSAGE])
def test_both_forms_of_a_bot_event(body):
    event = receive_bot(json.dumps(body).encode(), "a-long-secret", secret_token="a-long-secret")
    assert (event.chat_id, event.chat_type, event.text, event.message_id) == (
        "6ede9afa66b88fe6d6a9",
        "PRIVATE",
        "Xin chào",
        "2d758cb5e222177a4e35",
    )


@pytest.mark.parametrize(
    ("header", "secret", "reason"),
    [(None, "s" * 8, "no_signature"), ("wrong", "s" * 8, "bad_signature"), ("x", "", "bad_signature")],
)
def test_a_bot_event_without_the_right_secret_is_refused(header, secret, reason):
    with pytest.raises(WebhookRefused, match=reason):
        receive_bot(json.dumps(BOT_MESSAGE).encode(), header, secret_token=secret)
