"""Text as Vietnamese rosters hold it: search keys, the order of names, ranks, telephone numbers."""

import itertools
import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vikhe_portal.core.text import RANKS, mask_phone, name_sort_key, nfc, normalise_phone, search_key, split_rank

ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.text(st.characters()), st.binary().map(repr)
)


def test_nfc_joins_decomposed_letters_and_drops_what_cannot_be_stored():
    decomposed = unicodedata.normalize("NFD", "Nguyễn Thị Thủy")
    assert decomposed != "Nguyễn Thị Thủy"
    assert nfc(f"\ufeff  {decomposed}\u200b \n x\x00\ud800 ") == "Nguyễn Thị Thủy x"
    assert nfc(None) == ""
    assert nfc(7.0) == "7"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Nguyễn Văn An", "nguyen van an"),
        ("  ĐẶNG  Thị\tĐào ", "dang thi dao"),
        ("Thuý", "thuy"),
        ("Thúy", "thuy"),
        ("𝓝𝓰𝓾𝔂𝓮𝓷", "nguyen"),
        ("Số 4, Ngõ 12", "so 4, ngo 12"),
    ],
)
def test_search_key_has_no_marks_and_no_capitals(text, key):
    assert search_key(text) == key


def test_names_sort_by_given_name_then_middle_then_family_in_vietnamese_order():
    ordered = [
        "An",
        "Ngô An",
        "Trần An",
        "Lê Thu An",
        "Lê Thu Hà An",
        "Nguyễn Văn An",
        "Lê Thị Án",
        "Lê Anh",
        "Lê Ăn",
        "Lê Ân",
        "Nguyễn Văn Ẩn",
        "Lê Dũng",
        "Lê Đức",
        "Vũ Oanh",
        "Vũ Ô",
        "Vũ Ơ",
        "Vũ Uy",
        "Vũ Ư",
        "Đỗ Ý",
    ]
    for rotated in (ordered[::-1], ordered[5:] + ordered[:5]):
        assert sorted(rotated, key=lambda name: name_sort_key(name).encode()) == ordered


def test_the_five_tones_follow_the_dictionary():
    names = [f"Lê {tone}" for tone in ("Ma", "Mà", "Mả", "Mã", "Má", "Mạ")]
    backwards = list(reversed(names))
    assert sorted(backwards, key=lambda name: name_sort_key(name).encode()) == names


def test_every_vietnamese_letter_has_its_place():
    alphabet = "aăâbcdđeêghiklmnoôơpqrstuưvxy"
    keys = [name_sort_key(letter).encode() for letter in alphabet]
    assert keys == sorted(keys)
    # A letter with a shape sorts after its plain letter whatever follows.
    for plain, shaped in itertools.pairwise("aăâ"):
        assert name_sort_key(plain + "y") < name_sort_key(shaped)


def test_a_sort_key_does_not_depend_on_spelling_form_or_case():
    assert name_sort_key("NGUYỄN VĂN HƯỚNG") == name_sort_key(unicodedata.normalize("NFD", "nguyễn  văn hướng"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Trung tá Đinh Văn Cường", ("Trung tá", "Đinh Văn Cường")),
        ("Đ/c Đại uý Phan Văn An", ("Đại úy", "Phan Văn An")),
        ("THIẾU TÁ ĐẶNG THANH VINH", ("Thiếu tá", "ĐẶNG THANH VINH")),
        ("CSKV: Thượng sỹ Lê Bình", ("Thượng sĩ", "Lê Bình")),
        ("Trung Văn An", ("", "Trung Văn An")),
        ("Trung tá", ("Trung tá", "")),
        ("", ("", "")),
    ],
)
def test_a_rank_is_split_from_the_name(text, expected):
    assert split_rank(text) == expected


@pytest.mark.parametrize("rank", RANKS)
def test_every_rank_is_known_with_and_without_marks(rank):
    assert split_rank(f"{search_key(rank)} Nguyễn An") == (rank, "Nguyễn An")


@pytest.mark.parametrize(
    "written",
    [
        "0948320285", 948320285, 948320285.0, "948320285", "948320285.0", "0948.320.285", "0948 320 285",
        "0948-320-285",
        "0948 - 320 - 285", "+84948320285", "+84 948 320 285", "84948320285", "0084948320285", "+84 (0)948 320 285",
        "0948320285 (Zalo)", "ĐT: 0948320285", "0948,320,285", "０９４８３２０２８５", "\u200b0948320285\xa0",
    ],
)  # fmt: skip
def test_all_spellings_of_a_number_give_the_number(written):
    read = normalise_phone(written)
    assert (read.number, read.problem, read.mobile) == ("0948320285", "", True)


@pytest.mark.parametrize("prefix", ["03", "05", "07", "08", "09"])
def test_mobile_prefixes(prefix):
    assert normalise_phone(f"{prefix}12345678").mobile


@pytest.mark.parametrize(
    "written",
    ["0912345678/0987654321", "0912345678; 0987654321", "0912345678 0987654321", "0912345678 - 0987654321",
     "0912345678\n0987654321", "0912345678 hoặc 0987654321", "0912345678, 0987654321"],
)  # fmt: skip
def test_of_two_numbers_the_first_is_taken_and_remarked(written):
    read = normalise_phone(written)
    assert read.number == "0912345678"
    assert read.remarks == ("second_number",)


def test_a_landline_is_kept_but_is_not_mobile():
    read = normalise_phone("0228 3123 456")
    assert (read.number, read.mobile, read.remarks) == ("02283123456", False, ("landline",))
    assert normalise_phone("024.3826.1234").number == "02438261234"


@pytest.mark.parametrize(
    ("old", "new"), [("01662345678", "0362345678"), ("01202345678", "0702345678"), ("01992345678", "0592345678")]
)
def test_numbers_from_before_2018_get_their_new_prefix(old, new):
    read = normalise_phone(old)
    assert (read.number, read.remarks) == (new, ("old_prefix_converted",))


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("091234567", "phone_length"),
        ("09123456789", "phone_length"),
        ("0112345678", "phone_prefix"),
        ("0412345678", "phone_prefix"),
        ("9.48E+08", "phone_rounded"),
        ("hỏi con gái", "phone_no_digits"),
        (912345678.5, "phone_no_digits"),
        (float("inf"), "phone_length"),
        (10**400, "phone_length"),
    ],
)
def test_what_is_no_number_says_why(written, problem):
    read = normalise_phone(written)
    assert (read.number, read.problem) == (None, problem)


@pytest.mark.parametrize("written", ["", None, "không có", "Ko có", "-", "chưa", " ", 0, True])
def test_nothing_written_is_no_problem(written):
    assert normalise_phone(written) == (None, "", False, ())


@given(ANYTHING)
@example(10**5000)
@example("\ud800")
@example("İ")
def test_no_input_breaks_anything_and_keys_are_stable(value):
    stored = nfc(value)
    assert nfc(stored) == stored
    assert "\x00" not in stored
    stored.encode()
    key = search_key(value)
    assert search_key(key) == key
    sort_key = name_sort_key(value)
    sort_key.encode()
    assert len(sort_key) <= 200
    rank, name = split_rank(value)
    assert rank in ("", *RANKS)
    assert len(name) <= len(stored)
    assert "*" in mask_phone(value) or stored == ""
    read = normalise_phone(value)
    assert (read.number is None) or (read.problem == "" and re.fullmatch(r"0[35789]\d{8}|02\d{8,9}", read.number))
    if read.number:
        assert normalise_phone(read.number).number == read.number


@given(st.from_regex(r"0[35789][0-9]{8}", fullmatch=True), st.sampled_from([".", " ", "-", ""]))
def test_any_mobile_number_survives_grouping_and_country_code(number, separator):
    grouped = separator.join((number[:4], number[4:7], number[7:]))
    assert normalise_phone(grouped).number == number
    assert normalise_phone("+84" + number[1:]).number == number
    assert normalise_phone(float(number)).number == number


def test_a_masked_number_hides_its_middle():
    assert mask_phone("0912345678") == "0912***678"
    assert mask_phone("113") == "***"
    assert mask_phone(None) == ""
