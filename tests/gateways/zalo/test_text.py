import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.zalo.text import TEXT_LIMIT, TextRefused, count, prepare


def test_separate_accents_count_once():
    decomposed = unicodedata.normalize("NFD", "ế" * TEXT_LIMIT)
    assert len(decomposed) == 3 * TEXT_LIMIT
    assert count(decomposed) == TEXT_LIMIT
    assert prepare(decomposed) == "ế" * TEXT_LIMIT


def test_one_character_too_many_is_refused():
    with pytest.raises(TextRefused) as refused:
        prepare("a" * (TEXT_LIMIT + 1))
    assert (refused.value.reason, refused.value.length) == ("too_long", TEXT_LIMIT + 1)


def test_the_mention_counts_towards_the_limit():
    with pytest.raises(TextRefused):
        prepare("a" * TEXT_LIMIT, mention_ids=("186729651760683225",))


@pytest.mark.parametrize("text", ["", "  \n\t "])
def test_nothing_to_say_is_refused(text):
    with pytest.raises(TextRefused) as refused:
        prepare(text)
    assert refused.value.reason == "empty"


@given(st.text(alphabet="[@] a1́ế", min_size=1, max_size=60))
def test_relayed_words_never_hold_a_live_mention(text):
    try:
        assert "[@" not in prepare(text)
    except TextRefused:
        assert not text.strip()


def test_a_wanted_mention_stands_in_front():
    assert prepare("xin chào [@all]", mention_ids=("a57a91e562b78be9d2a6",)) == (
        "[@a57a91e562b78be9d2a6] xin chào [ @all]"
    )


def test_a_mention_id_cannot_carry_another_mention():
    with pytest.raises(ValueError):
        prepare("chào", mention_ids=("1] [@2",))
