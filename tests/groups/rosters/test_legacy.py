"""Text of the old fonts is recognised, converted, and never taken for what it is not."""

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groups.rosters.legacy import ENCODINGS, convert, convert_sheet, detect
from groups.rosters.mapping import propose_mapping
from groups.rosters.reader import read_sheets
from groups.rosters.rows import ParseContext, parse_rows
from groups.rosters.sheets import Sheet
from tests.groups.rosters import samples

TODAY = date(2026, 6, 1)
SAID = "Nguyễn Thị Thủy, Trần Văn Dũng, Đặng Hữu Cường: số 4 đường Trần Phú"
# Typed by hand from the printed tables, not through the program's own.
WRITTEN = {
    "tcvn3": "NguyÔn ThÞ Thñy, TrÇn V¨n Dòng, §Æng H÷u C\u00adêng: sè 4 ®\u00adêng TrÇn Phó",
    "vni": "Nguyeãn Thò Thuûy, Traàn Vaên Duõng, Ñaëng Höõu Cöôøng: soá 4 ñöôøng Traàn Phuù",
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_old_text_becomes_vietnamese(encoding):
    assert convert(WRITTEN[encoding], encoding) == SAID
    assert detect(Sheet("x", [[WRITTEN[encoding]]])) == encoding


def test_capitals_of_old_fonts_stay_capitals():
    assert convert("NGUYÔN THÞ H\u00ad¬NG", "tcvn3") == "NGUYỄN THỊ HƯƠNG"
    assert convert("NGUYEÃN THÒ HÖÔNG", "vni") == "NGUYỄN THỊ HƯƠNG"


VNI_ROWS = [["STT", "Hoï vaø teân", "Ñòa chæ", "Naêm sinh"], [1, "Nguyeãn Vaên An", "Soá 4, Xoùm Caàu", 1970],
            [2, "Traàn Thò Bình", "Soá 5, Xoùm Caàu", 1980]]  # fmt: skip


@pytest.mark.parametrize("as_csv", [False, True])
def test_a_roster_in_an_old_encoding_is_read_after_conversion(as_csv):
    content = samples.csv_bytes(VNI_ROWS, "latin-1") if as_csv else samples.workbook(("x", VNI_ROWS))
    (sheet,) = read_sheets(content, "x.csv")
    converted = convert_sheet(sheet, detect(sheet))
    parsed = parse_rows(converted, propose_mapping(converted).mapping, ParseContext(TODAY, "7"))
    assert [(r.full_name, r.address) for r in parsed.records] == [
        ("Nguyễn Văn An", "Số 4, Xóm Cầu"), ("Trần Thị Bình", "Số 5, Xóm Cầu"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "rows", [samples.hand_rows(30), samples.ward_rows(50), [["Café", "Müller", "naïve", "año"]], [["", 1]]]
)
def test_text_as_it_should_be_is_left_alone(rows):
    assert detect(Sheet("x", rows)) == ""
    decomposed = [[unicodedata.normalize("NFD", c) if isinstance(c, str) else c for c in row] for row in rows]
    assert detect(Sheet("x", decomposed)) == ""


def test_windows_1258_is_not_taken_for_an_old_encoding():
    content = samples.windows_1258("Họ và tên,Địa chỉ\nNguyễn Thị Thủy,Số 4 Đường Trần Phú\nĐặng Văn Dũng,Tổ dân phố\n")
    (sheet,) = read_sheets(content, "x.csv")
    assert (sheet.encoding, sheet.rows[1][0], detect(sheet)) == ("windows-1258", "Nguyễn Thị Thủy", "")


@given(st.text(), st.sampled_from(ENCODINGS))
def test_any_text_converts(text, encoding):
    converted = convert(text, encoding)
    assert unicodedata.is_normalized("NFC", converted)
    detect(Sheet("x", [[text]]))
