"""Files come in safely: every kind is read, everything that may not be opened is refused in one clear sentence."""

import io
import struct
import time
import zipfile
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groups.rosters.archive import Limits, kind_of
from groups.rosters.messages import FILE_ERRORS, RosterFileError
from groups.rosters.reader import read_sheets
from tests.groups.rosters import samples

pytestmark = pytest.mark.security

ROWS = samples.hand_rows(5)
XLSX = samples.workbook(("TDP 7", ROWS))
CONTENT_TYPES = "[Content_Types].xml"


def as_text(rows):
    """Cells as text, ends trimmed: what every format must agree on."""
    trimmed = []
    for row in rows:
        cells = [str(cell).strip() for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        trimmed.append(cells)
    return trimmed


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (XLSX, ""),
        (samples.ods(ROWS), ""),
        (samples.xls(ROWS), ""),
        (samples.csv_bytes(ROWS, "utf-8-sig"), "utf-8"),
        (samples.csv_bytes(ROWS, "utf-8", ";"), "utf-8"),
        (samples.csv_bytes(ROWS, "utf-16"), "utf-16-le"),
        (samples.csv_bytes(ROWS, "utf-16-le", "\t"), "utf-16-le"),
        (samples.csv_bytes(ROWS, "utf-16-be", ";"), "utf-16-be"),
    ],
    ids=["xlsx", "ods", "xls", "utf8-bom", "utf8-semicolon", "utf16", "utf16-bare-tab", "utf16-big-endian"],
)
def test_every_kind_of_file_gives_the_same_rows(content, encoding):
    (sheet,) = read_sheets(content, "danh sách.bin")
    assert as_text(sheet.rows) == as_text(ROWS)
    assert sheet.encoding == encoding


def test_windows_1258_is_read_and_its_tone_signs_joined():
    raw = samples.windows_1258("Họ và tên;Địa chỉ\r\nTrần Thị Hường;Số 4, Xóm Cầu\r\n")
    (sheet,) = read_sheets(raw, "x.csv")
    assert sheet.rows == [["Họ và tên", "Địa chỉ"], ["Trần Thị Hường", "Số 4, Xóm Cầu"]]
    assert sheet.encoding == "windows-1258"


def test_excels_own_separator_mark_is_obeyed():
    (sheet,) = read_sheets(b"sep=|\nTen|So dt\nLe An|1,2;3\n", "x.csv")
    assert sheet.rows[-1] == ["Le An", "1,2;3"]


def test_several_sheets_keep_their_row_numbers_and_hidden_ones_are_marked():
    from openpyxl import Workbook

    book = Workbook()
    book.active["C4"] = "giá trị"
    other = book.create_sheet("Ẩn")
    other["A1"] = 7
    other.sheet_state = "hidden"
    book.create_sheet("Trống")
    target = io.BytesIO()
    book.save(target)
    first, second = read_sheets(target.getvalue())
    assert first.rows == [[], [], [], ["", "", "giá trị"]]
    assert (second.name, second.hidden, second.rows) == ("Ẩn", True, [[7]])


def test_a_path_is_read_like_bytes(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(XLSX)
    assert read_sheets(path)[0].rows == read_sheets(XLSX)[0].rows


def far_cell() -> bytes:
    sheet = (
        '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
        "</worksheet>"
    )
    return samples.with_parts(XLSX, {"xl/worksheets/sheet1.xml": sheet})


def entity_bomb() -> bytes:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha" * 10}">' for n in range(12))
    sheet = (
        f'<?xml version="1.0"?><!DOCTYPE x [{entities}]><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/'
        '2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&e11;</t></is></c></row></sheetData>'
        "</worksheet>"
    )
    return samples.with_parts(XLSX, {"xl/worksheets/sheet1.xml": sheet})


def lying_size() -> bytes:
    """A part whose true size is larger than the archive's table says."""
    content = bytearray(samples.zipped({"[Content_Types].xml": "x" * 5000, "xl/workbook.xml": "y"}))
    at = content.rfind(b"PK\x01\x02", 0, content.rfind(b"PK\x01\x02"))
    struct.pack_into("<I", content, at + 24, 10)
    return bytes(content)


def encrypted_part() -> bytes:
    content = bytearray(samples.zipped({CONTENT_TYPES: "x", "xl/workbook.xml": "y"}))
    content[content.find(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def twice_one_name() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        for name in (CONTENT_TYPES, "xl/workbook.xml", "xl/workbook.xml"):
            archive.writestr(name, "x")
    return target.getvalue()


MACRO_TYPES = (
    '<Types><Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/></Types>'
)
WIDE = samples.workbook(("Rộng", [["x"] * 61]))
ENCRYPTED_ODS = {
    "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
    "content.xml": "x",
    "META-INF/manifest.xml": "<manifest:encryption-data/>",
}

REFUSED = {
    "empty": (b"", "empty_file"),
    "only blanks": (b" \r\n\x00 ", "empty_file"),
    "too large": (b"a,b\n" * (3 * 1024 * 1024), "too_large"),
    "cut workbook": (XLSX[: len(XLSX) // 2], "damaged"),
    "zip bomb": (samples.zipped({CONTENT_TYPES: "", "xl/workbook.xml": b"\x00" * 70_000_000}), "unpacks_too_large"),
    "high ratio": (samples.zipped({CONTENT_TYPES: "", "xl/workbook.xml": b"\x00" * 5_000_000}), "unpacks_too_large"),
    "lying size": (lying_size(), "damaged"),
    "many parts": (samples.zipped({f"p{n}": "" for n in range(201)}), "too_many_parts"),
    "far cell": (far_cell(), None),
    "entity bomb": (entity_bomb(), None),
    "macro": (samples.with_parts(XLSX, {"xl/vbaProject.bin": b"x"}), "macros"),
    "macro type": (samples.with_parts(XLSX, {CONTENT_TYPES: MACRO_TYPES}), "macros"),
    "ods macro": (samples.zipped({"mimetype": "x", "content.xml": "", "Basic/script-lc.xml": ""}), "macros"),
    "xls macro": (samples.ole({"Workbook": b"x", "_VBA_PROJECT": b"x"}), "macros"),
    "external link": (samples.with_parts(XLSX, {"xl/externalLinks/externalLink1.xml": "x"}), "external_links"),
    "connection": (samples.with_parts(XLSX, {"xl/connections.xml": "x"}), "external_links"),
    "embedded": (samples.with_parts(XLSX, {"xl/embeddings/oleObject1.bin": b"x"}), "embedded_objects"),
    "activex": (samples.with_parts(XLSX, {"xl/activeX/activeX1.xml": b"x"}), "embedded_objects"),
    "encrypted xlsx": (samples.ole({"EncryptedPackage": b"x"}), "encrypted"),
    "encrypted zip": (encrypted_part(), "encrypted"),
    "encrypted ods": (samples.zipped(ENCRYPTED_ODS), "encrypted"),
    "web page": (b"\xef\xbb\xbf  <HTML><table><tr><td>1</td></tr></table>", "html"),
    "utf-16 web page": ("<table><tr><td>1".encode("utf-16"), "html"),
    "xml 2003": (b'<?xml version="1.0"?><Workbook/>', "html"),
    "pdf": (b"%PDF-1.7 ...", "not_spreadsheet"),
    "picture": (b"\xff\xd8\xff\xe0 ...", "not_spreadsheet"),
    "word": (samples.zipped({CONTENT_TYPES: "", "word/document.xml": ""}), "not_spreadsheet"),
    "old word": (samples.ole({"WordDocument": b"x"}), "not_spreadsheet"),
    "slides": (samples.zipped({CONTENT_TYPES: "", "ppt/presentation.xml": ""}), "not_spreadsheet"),
    "archive": (samples.zipped({"a.txt": "x"}), "not_spreadsheet"),
    "text document": (
        samples.zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": ""}),
        "not_spreadsheet",
    ),
    "xlsb": (samples.zipped({CONTENT_TYPES: "", "xl/workbook.bin": ""}), "binary_workbook"),
    "random bytes": (bytes(range(128, 256)) + bytes(range(32)) * 20, "unknown_kind"),
    "workbook of nothing": (samples.zipped({CONTENT_TYPES: "<Types/>", "xl/workbook.xml": "<workbook/>"}), None),
    "61 columns": (WIDE, "too_many_columns"),
    "61 columns of text": (b",".join([b"x"] * 61), "too_many_columns"),
    "60,001 lines": (b"a,b\n" * 60_001, "too_many_rows"),
    "no filled cell": (samples.workbook(("Trống", [])), "no_rows"),
    "31 sheets": (samples.workbook(*[(f"s{n}", [["x"]]) for n in range(31)]), "too_many_sheets"),
}


@pytest.mark.parametrize(("content", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_what_may_not_be_opened_is_refused_quickly_with_a_sentence(content, code):
    began = time.monotonic()
    with pytest.raises(RosterFileError) as refusal:
        read_sheets(content, "danh sách.xlsx")
    assert time.monotonic() - began < 2
    assert code is None or refusal.value.code == code
    assert refusal.value.code in FILE_ERRORS
    assert "%(" not in str(refusal.value)


def test_a_part_named_twice_is_refused():
    with pytest.raises(RosterFileError) as refusal:
        kind_of(twice_one_name(), Limits())
    assert refusal.value.code == "damaged"


def test_a_cell_at_the_far_corner_ends_the_reading_process_only():
    with pytest.raises(RosterFileError) as refusal:
        read_sheets(far_cell())
    assert refusal.value.code in ("too_much_memory", "too_many_rows")


def test_too_little_memory_or_time_is_a_refusal_not_a_crash():
    big = samples.workbook(("Nhân khẩu", samples.ward_rows(4000)))
    with pytest.raises(RosterFileError) as refusal:
        read_sheets(big, limits=replace(Limits(), memory_bytes=16 * 1024**2))
    assert refusal.value.code == "too_much_memory"
    with pytest.raises(RosterFileError) as refusal:
        read_sheets(big, limits=replace(Limits(), wall_seconds=0.001))
    assert refusal.value.code == "too_slow"
    with pytest.raises(RosterFileError) as refusal:
        read_sheets(big, limits=replace(Limits(), output_bytes=10_000))
    assert refusal.value.code == "unpacks_too_large"
    with pytest.raises(RosterFileError) as refusal:
        read_sheets(big, limits=replace(Limits(), rows=3999))
    assert refusal.value.code == "too_many_rows"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.binary(max_size=3000),
    st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xfe", b"\xef\xbb\xbf"]),
)
def test_any_bytes_give_rows_or_a_refusal(content, start):
    try:
        sheets = read_sheets(start + content, "x")
    except RosterFileError as refusal:
        assert "%(" not in str(refusal)
    else:
        assert all(sheet.rows for sheet in sheets)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(XLSX) - 1), st.integers(0, 255), st.integers(0, len(XLSX) - 1))
def test_a_workbook_with_bytes_changed_gives_rows_or_a_refusal(at, value, cut):
    broken = bytearray(XLSX)
    broken[at] = value
    broken[cut] ^= 0xFF
    try:
        read_sheets(bytes(broken))
    except RosterFileError as refusal:
        assert refusal.code in FILE_ERRORS
