"""What is written to the Official Account: answered with the form's address, in no table, no log and no queue."""

from __future__ import annotations

import pytest
from django.db import connection

from gateways.models import InboxEvent
from gateways.services import replies
from tests.factories import WARD_ID
from tests.gateways.test_inbox import body, post
from tips.models import Tip

pytestmark = pytest.mark.django_db
CANARY = "chim-hoang-yen-5b8e"


@pytest.fixture
def said(monkeypatch) -> list[tuple[str, str]]:
    """(person, text) of what would be sent."""
    found: list[tuple[str, str]] = []
    monkeypatch.setattr(replies, "start", lambda work: work())
    monkeypatch.setattr(connection, "close", lambda: None)
    monkeypatch.setattr(replies, "reply", lambda *, user_id, text, **_more: found.append((user_id, text)))
    return found


def write(run, text: str = CANARY, name: str = "user_send_text", number: str = "1") -> int:
    with run(execute=True):
        return post(body(name, message={"text": text, "msg_id": number})).status_code


def nowhere(word: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{word}%"])
            if cursor.fetchone() != (0,):
                return False
    return True


def test_a_direct_message_is_answered_with_the_form_and_kept_nowhere(
    channel,
    said,
    caplog,
    django_capture_on_commit_callbacks,
):
    caplog.set_level("DEBUG")
    assert write(django_capture_on_commit_callbacks) == 200
    ((person, text),) = said
    assert person == "246845883529197922" and f"/bao-tin/phuong/{WARD_ID}/" in text and "/tra-cuu/" in text
    assert "113" in text and CANARY not in text
    assert not InboxEvent.objects.exists() and not Tip.objects.exists()
    for word in (CANARY, person):
        assert nowhere(word) and word not in caplog.text


def test_several_messages_and_repeats_get_one_answer(channel, said, django_capture_on_commit_callbacks):
    for number in ("1", "1", "2", "3"):
        write(django_capture_on_commit_callbacks, number=number)
    write(django_capture_on_commit_callbacks, name="user_send_image", number="4")
    assert len(said) == 1


def test_chatter_of_a_group_and_what_is_not_zalos_get_no_answer(
    channel,
    said,
    django_capture_on_commit_callbacks,
):
    assert write(django_capture_on_commit_callbacks, name="user_send_group_text") == 200
    with django_capture_on_commit_callbacks(execute=True):
        assert post(body("user_send_text"), mac="mac=" + "0" * 64).status_code == 401
    assert said == [] and not InboxEvent.objects.exists()


def test_the_answer_reaches_the_person_through_the_account(channel, standin):
    person = next(iter(standin.people))
    standin.people[person].last_interaction = standin.clock.now()  # they have just written
    assert replies.reply(ward_id=WARD_ID, channel_id=channel.pk, user_id=person, text="Mời gửi tin ở đây.")
    assert [(one["to"], one["text"]) for one in standin.private] == [(person, "Mời gửi tin ở đây.")]


def test_a_held_account_says_nothing(channel, caplog):
    type(channel).objects.filter(pk=channel.pk).update(state="held", held_reason="x")
    assert replies.reply(ward_id=WARD_ID, channel_id=channel.pk, user_id="9911", text="x") is False
    assert "9911" not in caplog.text
