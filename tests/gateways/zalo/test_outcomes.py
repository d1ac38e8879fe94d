import pytest

from gateways.zalo.outcomes import (
    CODES,
    KIND_HINTS,
    Failure,
    Kind,
    Outcome,
    Reply,
    as_id,
    as_int,
    classify,
    classify_bot,
)


def ok(data=None, **more):
    return Reply(200, {"error": 0, "message": "Success", "data": data or {}, **more})


# The reviewed expectation, written apart from the table it checks.
EXPECTED = {
    Kind.RETRY: [-32, -214],
    Kind.TOKEN: [-216, -220, -124],
    Kind.GROUP_REFUSED: [-237, -403, -213, -217, -227, -230, -232, -244],
    Kind.CHANNEL_DOWN: [-204, -205, -209, -212, -219, -221, -223, -224, -235, -242, -248, -249, -320, -321],
    Kind.QUOTA: [-211, -218, -311],
    Kind.NIGHT: [-234],
    Kind.UNKNOWN: [-200],
    Kind.INVALID: [-100, -201, -210, -233, -238, -240, -241],
}


@pytest.mark.parametrize(("kind", "code"), [(kind, code) for kind, codes in EXPECTED.items() for code in codes])
def test_each_documented_code_has_its_class(kind, code):
    found = classify(Reply(200, {"error": code, "message": "words"}), "message_id")
    assert (found.kind, found.code, found.message) == (kind, code, "words")
    assert found.not_executed is (kind is not Kind.UNKNOWN)
    assert found.hint


def test_the_expectation_covers_the_whole_table():
    assert set(CODES) == {code for codes in EXPECTED.values() for code in codes}
    assert set(KIND_HINTS) == set(Kind)


def test_a_message_id_proves_the_send():
    found = classify(ok({"message_id": "63ecf43f0df7dba892e6"}), "message_id")
    assert (found.kind, found.remote_id, found.not_executed, found.ok) == (
        Kind.SENT,
        "63ecf43f0df7dba892e6",
        False,
        True,
    )


@pytest.mark.parametrize(
    "reply",
    [
        ok({}),
        ok({"message_id": ""}),
        ok({"message_id": None}),
        ok({"message_id": 1.5e19}),
        Reply(200, {"error": 0, "data": []}),
        Reply(200, {"error": -200, "message": "Send message failed"}),
        Reply(200, {"error": -9999, "message": "not documented"}),
        Reply(200, {"message": "no error member"}),
        Reply(200, {"error": True}),
        Reply(200, {"error": None}),
        Reply(200, {}),
        Reply(200, None),
        Reply(500, {"error": -32}),
        Reply(502, None),
        Reply(503, {"error": 0, "data": {"message_id": "x"}}),
        Reply(302, None),
        Reply(404, None),
        Reply(failure=Failure.LOST, detail="SocketTimeoutError"),
    ],
)
def test_what_cannot_be_known_is_unknown(reply):
    found = classify(reply, "message_id")
    assert found.kind is Kind.UNKNOWN
    assert found.not_executed is False


@pytest.mark.parametrize(
    "reply",
    [
        Reply(429, None),
        Reply(429, {"error": 0, "data": {"message_id": "x"}}),
        Reply(200, {"error": -32}),
        Reply(200, {"error": "-32"}),
        Reply(failure=Failure.NOT_SENT, detail="ClientConnectorError"),
    ],
)
def test_only_what_certainly_was_not_posted_may_be_sent_again(reply):
    found = classify(reply, "message_id")
    assert found.kind is Kind.RETRY
    assert found.not_executed is True


def test_calls_without_an_id_need_only_error_zero():
    assert classify(ok()).kind is Kind.SENT


def test_zalos_words_are_cut_and_never_trusted_to_be_text():
    assert len(classify(Reply(200, {"error": -201, "message": "x" * 999})).message) == 200
    assert classify(Reply(200, {"error": -201, "message": {"a": 1}})).message == "{'a': 1}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("9007199254740993", "9007199254740993"),
        (9007199254740993, "9007199254740993"),
        (3678557233392100095, "3678557233392100095"),
        (True, ""),
        (None, ""),
        (9.007199254740993e15, ""),
        ([1], ""),
    ],
)
def test_ids_are_text_and_keep_every_digit(value, expected):
    assert as_id(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("8", 8), (8, 8), ("-216", -216), ("x", None), (True, None), (1.5, None)]
)
def test_numbers_may_come_as_text(value, expected):
    assert as_int(value) == expected


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        ({"ok": True, "result": {"message_id": "2d758cb5e222177a4e35", "date": 1750316131602}}, Kind.SENT),
        ({"ok": True, "result": {}}, Kind.UNKNOWN),
        ({"ok": False, "error_code": 400}, Kind.INVALID),
        ({"ok": False, "error_code": 401}, Kind.CHANNEL_DOWN),
        ({"ok": False, "error_code": 403, "description": "Internal server error"}, Kind.UNKNOWN),
        ({"ok": False, "error_code": 404}, Kind.CHANNEL_DOWN),
        ({"ok": False, "error_code": 408}, Kind.UNKNOWN),
        ({"ok": False, "error_code": 429, "description": "Quota exceeded"}, Kind.QUOTA),
        ({"ok": False}, Kind.UNKNOWN),
        ({}, Kind.UNKNOWN),
    ],
)
def test_answers_of_the_bot_platform(payload, kind):
    found = classify_bot(Reply(200, payload), "message_id")
    assert found.kind is kind
    assert found.not_executed is (kind not in (Kind.SENT, Kind.UNKNOWN))


def test_the_data_of_an_answer_stays_out_of_logs():
    assert "secret" not in repr(Outcome(Kind.SENT, data={"text": "secret"}))
