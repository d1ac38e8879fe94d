"""Texts as a loudspeaker reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vikhe_portal.core.speech import number_in_words, reading_seconds, spoken, unread


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "không"),
        (5, "năm"),
        (10, "mười"),
        (15, "mười lăm"),
        (21, "hai mươi mốt"),
        (24, "hai mươi tư"),
        (100, "một trăm"),
        (101, "một trăm linh một"),
        (115, "một trăm mười lăm"),
        (1005, "một nghìn không trăm linh năm"),
        (2026, "hai nghìn không trăm hai mươi sáu"),
        (34_499, "ba mươi tư nghìn bốn trăm chín mươi chín"),
        (1_000_000, "một triệu"),
        (5_000_015, "năm triệu không trăm mười lăm"),
        (10**12, "một không không không không không không không không không không không không"),
    ],
)
def test_numbers(number, words):
    assert number_in_words(number) == words


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Họp 20h30 ngày 24/11/2026", "Họp hai mươi giờ ba mươi phút ngày hai mươi tư tháng mười một năm hai nghìn không trăm hai mươi sáu."),  # noqa: E501
        ("Từ 7h-11h30, ngày 01/4", "Từ bảy giờ đến mười một giờ ba mươi phút, ngày mùng một tháng tư."),
        ("22:00 - 6:00", "Hai mươi hai giờ đến sáu giờ."),
        ("Gọi 0912 345 678 hoặc 113.", "Gọi không chín một hai ba bốn năm sáu bảy tám hoặc một một ba."),
        ("Trực ban 24/24h: 0228.3645.789", "Trực ban suốt ngày đêm: không hai hai tám ba sáu bốn năm bảy tám chín."),
        ("CA phường, CSKV và UBND", "Công an phường, Cảnh sát khu vực và Ủy ban nhân dân."),
        ("Xem https://dichvucong.gov.vn/p/home?x=12", "Xem dichvucong chấm gov chấm vn."),
        ("capvikhe@ninhbinh.gov.vn", "Capvikhe a còng ninhbinh chấm gov chấm vn."),
        ("Phạt 5.000.000đ, giảm 10,5%", "Phạt năm triệu đồng, giảm mười phẩy năm phần trăm."),
        ("chạy 50km/h", "Chạy năm mươi ki lô mét một giờ."),
        ("Nghị định 13/2023/NĐ-CP", "Nghị định mười ba năm hai nghìn không trăm hai mươi ba của Chính phủ."),
        ("trong 03 ngày", "Trong ba ngày."),
        ("- Khóa ga\n✅ Ngắt điện", "Khóa ga.\nNgắt điện."),
        ("Bà con (nhất là người già) chú ý", "Bà con, nhất là người già, chú ý."),
        ("32/13", "Ba mươi hai trên mười ba."),
    ],
)  # fmt: skip
def test_what_an_announcer_reads(written, said):
    assert spoken(written) == said


@given(st.text(max_size=300))
def test_any_text_is_readable_and_stays_so(text):
    said = spoken(text)
    assert not any(char.isdigit() for char in said)
    assert "://" not in said
    assert spoken(said) == said


@given(st.from_regex(r"[0-9./:,h -]{1,25}", fullmatch=True))
def test_any_mixture_of_digits_is_readable(text):
    assert not any(char.isdigit() for char in spoken(text))


def test_the_announcer_is_told_of_capitals_nobody_can_read():
    assert unread("THÔNG BÁO VỀ XYZ\nĐội XYZ phối hợp UBND, mã QR") == ["XYZ"]


def test_reading_time_counts_syllables():
    assert reading_seconds("một hai ba bốn năm") == 2
    assert reading_seconds("") == 0
