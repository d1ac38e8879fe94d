import csv
import io
import zipfile
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from vikhe_portal.core.spreadsheets import CUT, MAX_CELL, Sheet, csv_bytes, neutral, xlsx_bytes

pytestmark = pytest.mark.security

FORMULA_STARTS = set("=+-@\t\r\n\0＝＋－＠")
INVISIBLE = " \u00a0\ufeff\u200b\u200c\u200d\u2060\u3000\u00ad\u200e"
any_text = st.text(
    alphabet=st.one_of(st.characters(), st.sampled_from(sorted(FORMULA_STARTS) + list(INVISIBLE) + list("_x0041'")))
)


def read_xlsx(content: bytes) -> list[list]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python(skip_empty_area=False)


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def worksheet_xml(content: bytes) -> str:
    return zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()


@pytest.mark.parametrize("start", sorted(FORMULA_STARTS))
@pytest.mark.parametrize("before", ["", " ", "\ufeff", "\u200b \u00a0"])
def test_text_that_could_begin_a_formula_gets_an_apostrophe(start, before):
    assert neutral(before + start + "HYPERLINK()").startswith("'")


@pytest.mark.parametrize("text", ["Nguyễn Văn An", "a=b", "", "0912345678", "'đã có", "Tổ 7 - ngõ 3"])
def test_ordinary_text_is_unchanged(text):
    assert neutral(text) == text


def test_a_phone_number_with_country_code_stays_readable():
    sheet = Sheet("Hộ", ["Điện thoại"], [["+84912345678"]])
    assert read_xlsx(xlsx_bytes([sheet]))[1] == ["'+84912345678"]
    assert read_csv(csv_bytes(sheet))[1] == ["'+84912345678"]


@given(any_text)
def test_no_text_becomes_a_formula_in_a_workbook(text):
    content = xlsx_bytes([Sheet("A", ["B", "C"], [[text, "end"]])])

    xml = worksheet_xml(content)
    assert "<f>" not in xml
    assert "<f " not in xml
    assert 't="e"' not in xml
    read = read_xlsx(content)[1]
    assert read[1] == "end"
    assert read[0] == neutral(text)


@given(any_text)
def test_no_field_of_a_csv_starts_like_a_formula(text):
    content = csv_bytes(Sheet("A", ["B", "C"], [[text, "end"]]))

    assert content.startswith(b"\xef\xbb\xbf")
    rows = read_csv(content)
    assert rows[1][1] == "end"
    assert rows[1][0] == neutral(text)
    first = rows[1][0].lstrip(INVISIBLE)[:1]
    assert first not in FORMULA_STARTS


def test_headings_and_titles_are_neutralised_too():
    content = xlsx_bytes([Sheet("=a/b:*?[x]" * 5, ["=1+1"], [])])
    assert read_xlsx(content)[0] == ["'=1+1"]
    assert "<f" not in worksheet_xml(content)
    assert read_csv(csv_bytes(Sheet("A", ["=1+1"], [])))[0] == ["'=1+1"]


def test_numbers_dates_and_times_keep_their_kind():
    moment = datetime(2026, 8, 19, 17, 30, tzinfo=UTC)
    sheet = Sheet("A", list("abcde"), [[-5, 1.5, date(2026, 8, 20), moment, None]])

    assert read_xlsx(xlsx_bytes([sheet]))[1] == [-5, 1.5, date(2026, 8, 20), datetime(2026, 8, 20, 0, 30), ""]
    assert read_csv(csv_bytes(sheet))[1] == ["-5", "1.5", "20/08/2026", "20/08/2026 00:30", ""]


def test_words_that_spreadsheets_treat_specially_stay_words():
    words = ["#N/A", "_x0041_", "TRUE", "1E5", "036190001234"]
    assert read_xlsx(xlsx_bytes([Sheet("A", list("abcde"), [words])]))[1] == words


def test_over_long_text_is_cut_where_everybody_sees_it():
    (text,) = read_xlsx(xlsx_bytes([Sheet("A", ["B"], [["x" * 40_000]])]))[1]
    assert len(text) == MAX_CELL
    assert text.endswith(CUT)


def test_sheets_with_the_same_name_are_told_apart():
    sheets = [Sheet("Danh sách hộ của tổ dân phố số 7 phường", ["A"], []) for _unused in range(3)]
    names = CalamineWorkbook.from_filelike(io.BytesIO(xlsx_bytes(sheets))).sheet_names
    assert len(set(names)) == 3
    assert all(len(name) <= 31 for name in names)


def test_a_row_of_another_length_is_refused():
    sheet = Sheet("A", ["B", "C"], [["one"]])
    with pytest.raises(ValueError, match="headings"):
        xlsx_bytes([sheet])
    with pytest.raises(ValueError, match="headings"):
        csv_bytes(sheet)
    with pytest.raises(ValueError, match="sheet"):
        xlsx_bytes([])


def test_rows_may_come_one_by_one():
    content = xlsx_bytes([Sheet("A", ["B"], ([f"hộ {number}"] for number in range(5000)))])
    assert len(read_xlsx(content)) == 5001
