"""From rows to people: the three shapes of rosters, every row accounted for, only declared columns kept."""

import time
import tracemalloc
from dataclasses import asdict
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groups.rosters import messages
from groups.rosters.cells import ROLES, read_birth_year, read_name, read_note, read_role, read_tick
from groups.rosters.mapping import FIELDS, RosterMapping, propose_mapping
from groups.rosters.messages import RosterFileError
from groups.rosters.places import neighbourhood_key, split_address
from groups.rosters.reader import read_sheets
from groups.rosters.rows import ParseContext, parse_rows
from groups.rosters.sheets import Sheet
from tests.groups.rosters import samples

TODAY = date(2026, 6, 1)
HEADER = ["STT", "Họ và tên", "Năm sinh", "Địa chỉ", "SĐT", "Đã vào nhóm", "Ghi chú"]


def parse(rows, neighbourhood="7", name="Danh sách"):
    sheet = Sheet(name, [list(row) for row in rows])
    parsed = parse_rows(sheet, propose_mapping(sheet, TODAY).mapping, ParseContext(TODAY, neighbourhood))
    assert parsed.rows_read == len(rows) == parsed.accepted + parsed.refused + len(parsed.ignored)
    return parsed


def one(*cells, header=HEADER):
    parsed = parse([header, [1, *cells]])
    return parsed.records[0] if parsed.records else None, [problem.code for problem in parsed.problems]


# The two kinds of file wards hand in ------------------------------------------------------------------------------


def test_a_register_of_34499_people_is_accounted_for_in_seconds(tmp_path):
    path = samples.sample_file(
        "phuong-vi-khe.xlsx", tmp_path, samples.workbook(("Nhân khẩu", samples.ward_rows(34_499)))
    )
    best = 99.0
    for _attempt in range(3):  # the machine is shared: the best of three, and processor time only
        began = time.process_time()
        (sheet,) = read_sheets(path, path.name)
        parsed = parse_rows(sheet, propose_mapping(sheet).mapping, ParseContext(TODAY))
        best = min(best, time.process_time() - began)
    assert best < 5  # about 1.1 s on an idle machine; the bound only catches a change of order
    assert (parsed.rows_read, parsed.accepted, parsed.refused, parsed.ignored_by_reason()) == (
        34_500,
        34_499,
        0,
        {"header": 1},
    )
    assert parsed.people == 34_499
    codes = {row[1] for row in sheet.rows[1:]}
    assert parsed.households == len(codes) == len({record.household_code for record in parsed.records})
    assert len({record.match_key for record in parsed.records}) == 34_499
    assert {record.neighbourhood_key for record in parsed.records} == {str(n) for n in range(1, 41)}
    adults = [record for record in parsed.records if record.kind == "person"]
    assert sum(record.joined is True for record in adults) == sum(len(r) > 9 and r[9] == "x" for r in sheet.rows[1:])
    assert sum(record.is_head for record in parsed.records) == len(codes)
    assert {problem.code for problem in parsed.problems} <= {"role_of_child"}


def test_reading_and_parsing_stay_far_below_200_megabytes(tmp_path):
    path = samples.sample_file(
        "phuong-vi-khe.xlsx", tmp_path, samples.workbook(("Nhân khẩu", samples.ward_rows(34_499)))
    )
    tracemalloc.start()
    (sheet,) = read_sheets(path)
    parse_rows(sheet, propose_mapping(sheet).mapping, ParseContext(TODAY))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 * 1024**2  # the reading process holds another 45 MB


def test_a_list_kept_by_hand_has_the_households_its_footer_states(tmp_path):
    path = samples.sample_file(
        "to-dan-pho-07-ghi-tay.xlsx", tmp_path, samples.workbook(("TDP 7", samples.hand_rows(120)))
    )
    (sheet,) = read_sheets(path)
    parsed = parse_rows(sheet, propose_mapping(sheet).mapping, ParseContext(TODAY))
    assert parsed.stated_households == 120 == parsed.households
    assert parsed.rows_read == parsed.accepted + parsed.refused + len(parsed.ignored)
    assert parsed.refused == 0
    assert parsed.ignored_by_reason() == {"title": 5, "header": 1, "blank": 5, "total": 1, "signature": 2}
    assert sum(record.is_head for record in parsed.records) == 120
    assert {record.neighbourhood_key for record in parsed.records} == {"7"}
    assert all(record.address for record in parsed.records)  # members inherit the head's
    assert not any(record.full_name.isupper() for record in parsed.records if len(record.full_name) > 1)
    assert {problem.code for problem in parsed.problems} <= {"note_not_kept", "second_number"}
    phones = [record.phone for record in parsed.records if record.phone]
    assert len(phones) >= 100
    assert all(len(phone) == 10 for phone in phones)


# Shapes -----------------------------------------------------------------------------------------------------------


def test_a_numbered_row_begins_a_household_and_the_next_rows_belong_to_it():
    parsed = parse([
        HEADER,
        [1, "TỐNG VĂN AN", 1970, "Số 2, Xóm Cầu", "0912345678", "x"],
        ["", "  Lưu Thị Bình", "01/02/1975"],
        ["2.", "Tô Trường Giang", 1980, "Số 3, Xóm Cầu"],
        ["Hộ 3", "Vũ Công", 1990, "Số 5, Xóm Cầu"],
        ["", "Cộng Thị Hòa"],
        [],
        ["", "Cộng: 3 hộ, 4 nhân khẩu"],
        ["", "Vị Khê, ngày 30 tháng 4 năm 2026"],
        ["", "NGƯỜI LẬP"],
        ["", "Lê Thị Dung"],
    ])  # fmt: skip
    assert [(r.full_name, r.is_head, r.address) for r in parsed.records] == [
        ("Tống Văn An", True, "Số 2, Xóm Cầu"),
        ("Lưu Thị Bình", False, "Số 2, Xóm Cầu"),
        ("Tô Trường Giang", True, "Số 3, Xóm Cầu"),
        ("Vũ Công", True, "Số 5, Xóm Cầu"),
    ]
    assert (parsed.stated_households, parsed.stated_people) == (3, 4)
    assert parsed.records[0].household_key == parsed.records[1].household_key != parsed.records[2].household_key
    assert [p.code for p in parsed.problems] == []


def test_a_footer_that_states_another_number_is_told():
    parsed = parse(
        [HEADER, [1, "Lê An", 1970], ["", "Lê Bình", 1971], [2, "Vũ Chi", 1972], ["", "Tổng số: 5 hộ; 3 người"]]
    )
    (problem,) = parsed.problems
    assert (problem.row, problem.code, problem.placeholders) == (
        5,
        "footer_differs",
        {"value": "", "stated": 5, "counted": 2},
    )


def test_rows_after_a_subtotal_are_read_again():
    parsed = parse([
        HEADER, [1, "Lê An", 1970], ["", "Lê Bình", 1971], ["", "Cộng 1 hộ"],
        HEADER, [2, "Vũ Chi", 1972], ["", "Vũ Em", 1999],
    ])  # fmt: skip
    assert parsed.ignored_by_reason() == {"header": 1, "total": 1, "repeated_header": 1}
    assert parsed.households == 2


def test_the_head_of_the_household_begins_it_where_nothing_is_numbered():
    header = ["Họ tên", "Quan hệ với chủ hộ", "Năm sinh", "Nơi ở"]
    parsed = parse([
        header, ["Lê An", "Chủ hộ", 1970, "Số 1 Đường 21B"], ["Vũ Bình", "Vợ chủ hộ", 1971], ["Lê Chi", "Chủ hộ", 1950],
    ])  # fmt: skip
    assert [r.is_head for r in parsed.records] == [True, False, True]
    assert parsed.households == 2


def test_family_and_given_name_in_two_columns_and_years_by_sex_are_put_together():
    parsed = parse([
        ["STT", "Họ và đệm", "Tên", "Năm sinh", "", "Điện thoại"],
        ["", "", "", "Nam", "Nữ"],
        [1, 2, 3, 4, 5, 6],
        [1, "Nguyễn Văn", "An", 1980, "", 912345678],
        [2, "Trần Thị", "Bình", "", 1985],
    ])  # fmt: skip
    assert [(r.full_name, r.birth_year, r.phone) for r in parsed.records] == [
        ("Nguyễn Văn An", 1980, "0912345678"),
        ("Trần Thị Bình", 1985, ""),
    ]
    assert parsed.ignored_by_reason() == {"header": 2, "column_numbers": 1}


def test_a_heading_of_a_section_changes_the_neighbourhood():
    parsed = parse([
        HEADER, ["TỔ DÂN PHỐ SỐ 8"], [1, "Lê An", 1970], ["", "Lê Bình", 1971], ["TDP 09"],
        [1, "Vũ Chi", 1972], ["Xóm Cầu"],
    ], neighbourhood="")  # fmt: skip
    assert [r.neighbourhood_key for r in parsed.records] == ["8", "8", "9"]
    assert parsed.ignored_by_reason() == {"header": 1, "section": 3}
    assert parsed.households == 2


def test_a_code_in_a_joined_cell_counts_for_the_rows_below():
    header = ["Tổ dân phố", "Mã hộ", "Họ và tên", "Quan hệ", "Địa chỉ"]
    parsed = parse(
        [
            header,
            ["Tổ 3", "A-1", "Lê An", "Chủ hộ", "Số 9"],
            ["", "", "Lê Bình", "Con"],
            ["TDP 03", "A-2", "Vũ Chi", "CH"],
        ]
    )
    assert [r.household_code for r in parsed.records] == ["A-1", "A-1", "A-2"]
    assert [r.neighbourhood_key for r in parsed.records] == ["3", "3", "3"]


def test_two_heads_of_one_household_leave_one():
    header = ["Tổ", "Mã hộ", "Họ tên", "Quan hệ"]
    parsed = parse([header, [1, "A", "Lê An", "Chủ hộ"], [1, "B", "Vũ Chi", "Chủ hộ"], [1, "A", "Lê Em", "Chủ hộ"]])
    assert [r.is_head for r in parsed.records] == [True, True, False]
    assert [(p.row, p.column, p.code, p.params) for p in parsed.problems] == [(4, "D", "second_head", {"first": 2})]


# What is refused, and what only warned of -------------------------------------------------------------------------


def test_one_wrong_telephone_costs_only_the_telephone():
    rows = samples.ward_rows(300)
    rows[200][7] = "091234"
    parsed = parse(rows, neighbourhood="")
    assert (parsed.accepted, parsed.refused) == (300, 0)
    (problem,) = [p for p in parsed.problems if p.code != "role_of_child"]
    assert (problem.row, problem.column, problem.level, problem.code, problem.value) == (
        201, "H", "warning", "phone_length", "091234",
    )  # fmt: skip
    assert next(r for r in parsed.records if r.row == 201).phone == ""


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ([1, "", 1970, "Số 1", "0912345678"], "name_missing", "B"),
        ([1, "0912345678", 1970], "name_unusable", "B"),
        ([1, "Lê An", 1870], "birth_impossible", "C"),
        ([1, "Lê An", 2027], "birth_impossible", "C"),
        ([1, "Lê An", "19733"], "birth_impossible", "C"),
    ],
)
def test_a_row_is_refused_only_with_a_listed_reason_and_its_place(row, code, column):
    parsed = parse([HEADER, row, [2, "Vũ Chi", 1980]])
    (problem,) = parsed.refusals()
    assert (problem.row, problem.column, problem.code) == (2, column, code)
    assert "%(" not in problem.message % problem.placeholders
    assert parsed.accepted == 1


def test_people_without_neighbourhood_or_household_and_twice_the_same_are_refused():
    assert {p.code for p in parse([HEADER, [1, "Lê An", 1970]], neighbourhood="").refusals()} == {
        "neighbourhood_missing"
    }
    parsed = parse([HEADER, ["", "Lê An", 1970], [1, "Vũ Chi", 1971], ["", "Vũ Em", 1999], ["", "VŨ EM", 1999]])
    assert [(p.row, p.code) for p in parsed.refusals()] == [(2, "no_household"), (5, "duplicate_row")]


def test_a_number_without_a_zalo_and_two_numbers_are_told():
    record, codes = one("Lê An", 1970, "", "0228 3123 456")
    assert (record.phone, record.phone_mobile, codes) == ("02283123456", False, ["landline"])
    record, codes = one("Lê An", 1970, "", "0912345678/0987654321")
    assert (record.phone, record.phone_mobile, codes) == ("0912345678", True, ["second_number"])


def test_of_two_telephone_columns_the_first_readable_one_counts():
    header = ["STT", "Họ tên", "SĐT 1", "SĐT 2"]
    record, codes = one("Lê An", "hỏng", "0912345678", header=header)
    assert (record.phone, codes) == ("0912345678", [])


# What is kept -----------------------------------------------------------------------------------------------------


def test_children_are_counted_and_not_named_unless_in_the_group():
    parsed = parse([
        HEADER,
        [1, "Lê An", 1980, "Số 1", "0912345678", "x"],
        ["", "Lê Bé", 2015, "", "", "", "đi học xa"],
        ["", "Lê Lớn", 2014, "", "", "x"],
        ["", "Lê Chung Máy", 2013, "", "0912345678"],
        ["", "Lê Mười Sáu", 2010],
        ["", "Lê Không Rõ", ""],
    ])  # fmt: skip
    assert [r.full_name for r in parsed.records] == [
        "Lê An",
        "",
        "Lê Lớn",
        "Lê Chung Máy",
        "Lê Mười Sáu",
        "Lê Không Rõ",
    ]
    assert parsed.children_counted == 1
    child = parsed.records[1]
    assert child.kind == "child_counted"
    assert "bé" not in str(asdict(child)).lower()
    assert (child.birth_year, child.reason, child.name_key) == (None, "", "")


def test_nothing_but_declared_columns_leaves_the_file():
    header = ["STT", "Họ và tên", "Giới tính", "Số CCCD", "Dân tộc", "Tôn giáo", "Nghề nghiệp", "Năm sinh", "Ghi chú"]
    sheet = Sheet(
        "x", [header, [1, "Lê An", "Nam", "036080001234", "Kinh", "Không", "Giáo viên", 1980, "bệnh hiểm nghèo"]]
    )
    proposal = propose_mapping(sheet, TODAY)
    assert proposal.not_kept == ("Giới tính", "Số CCCD", "Dân tộc", "Tôn giáo", "Nghề nghiệp")
    shown = str([c.samples for c in proposal.columns if c.field is None])
    parsed = parse_rows(sheet, proposal.mapping, ParseContext(TODAY, "7"))
    kept = f"{parsed.records} {parsed.problems} {shown}"
    for secret in ("036080001234", "Kinh", "Giáo viên", "Nam", "bệnh"):
        assert secret not in kept
    assert parsed.notes_not_kept == 1


def test_only_the_year_of_a_birthday_is_kept():
    record, _codes = one("Lê An", "17/05/1980")
    assert record.birth_year == 1980
    assert "17" not in str(asdict(record) | {"row": 0})


@pytest.mark.parametrize(
    ("cell", "ticked", "readable"),
    [
        ("x", True, True), ("X", True, True), ("có", True, True), ("rồi", True, True), ("✓", True, True),
        (1, True, True),
        ("V", True, True), (True, True, True), ("đã tham gia", True, True), ("12/3/2025", True, True),
        ("chưa", False, True),
        ("Không", False, True), ("ko", False, True), (0, False, True), ("", None, True), ("  ", None, True),
        ("hỏi lại", None, False), (float("nan"), None, False),
    ],
)  # fmt: skip
def test_ticks(cell, ticked, readable):
    assert read_tick(cell) == (ticked, readable)


@pytest.mark.parametrize(
    ("note", "reason"),
    [
        ("nhà khóa cửa", "empty_house"), ("không dùng điện thoại thông minh", "no_smartphone"),
        ("Ko có ĐT", "no_smartphone"),
        ("đã mất 2025", "deceased"), ("mất năm 2024", "deceased"), ("mất điện thoại", ""),
        ("chuyển đi TP. Nam Định", "moved"),
        ("đi làm xa", "away"), ("XKLĐ Đài Loan", "away"), ("vắng mặt", "away"), ("không dùng zalo", "no_zalo"),
        ("k tham gia", "declines"), ("từ chối", "declines"), ("hộ nghèo", ""), ("", ""), (7, ""),
    ],
)  # fmt: skip
def test_notes_become_a_reason_from_the_list_or_nothing(note, reason):
    assert read_note(note) == reason
    assert reason == "" or reason in messages.NOTE_REASONS


@pytest.mark.parametrize(
    ("cell", "role"),
    [
        ("Tổ viên Tổ ANCS", "security_member"), ("Tổ trưởng Tổ ANCS", "security_head"),
        ("Tổ phó tổ bảo vệ ANTT", "security_deputy"),
        ("Bí thư chi bộ", "party_secretary"), ("Tổ trưởng TDP", "neighbourhood_head"),
        ("Tổ phó", "neighbourhood_deputy"),
        ("Đảng viên", ""), ("", ""),
    ],
)  # fmt: skip
def test_roles_come_from_a_closed_list(cell, role):
    assert read_role(cell) == role
    assert role == "" or role in ROLES


@pytest.mark.parametrize(
    ("cell", "name", "aside"),
    [
        ("NGUYỄN THỊ HUỆ", "Nguyễn Thị Huệ", ""), ("  - trần văn an ", "Trần Văn An", ""), ("1. Lê An", "Lê An", ""),
        ("Lê An (đã mất)", "Lê An", "đã mất"), ("Ông: Lê An", "Lê An", ""), ("H'HEN NIÊ", "H'Hen Niê", ""),
        ("0912345678", "", ""), ("???", "", ""), ("x" * 121, "", ""), (1980, "", ""),
    ],
)  # fmt: skip
def test_names(cell, name, aside):
    assert read_name(cell) == (name, aside)


@pytest.mark.parametrize(
    ("cell", "year", "problem"),
    [
        (1993, 1993, ""), (1993.0, 1993, ""), ("1993", 1993, ""), ("01/06/1996", 1996, ""), ("1996-06-01", 1996, ""),
        ("sinh năm 1950", 1950, ""), ("6/1950", 1950, ""), ("", None, ""), ("-", None, ""),
        ("54", None, "birth_unreadable"),
        ("không rõ", None, "birth_unreadable"), (1899, None, "birth_impossible"), (19733, None, "birth_impossible"),
        (1950.5, None, "birth_impossible"), (float("nan"), None, "birth_impossible"),
    ],
)  # fmt: skip
def test_years_of_birth(cell, year, problem):
    assert read_birth_year(cell, TODAY) == (year, problem)


@pytest.mark.parametrize(
    "text", ["Tổ dân phố số 7", "TDP 7", "tổ 7", "TỔ DÂN PHỐ SỐ 07", "TDP07", "Tổ số 7", "7", 7, "Tổ DP: 7"]
)
def test_all_spellings_of_a_neighbourhood_are_one_key(text):
    assert neighbourhood_key(text) == "7"


def test_named_neighbourhoods_keep_their_names():
    assert neighbourhood_key("Tổ dân phố Đông Hưng") == "dong hung"
    assert neighbourhood_key("Tống Xá") == "tong xa"
    assert neighbourhood_key("TDP 7A") == "7a"
    assert neighbourhood_key("") == ""


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("Số 136, Xóm Cầu", ("136", "Xóm Cầu")), ("Số 4, Ngõ 12 Đê Hữu Hồng", ("4", "Ngõ 12 Đê Hữu Hồng")),
        ("12/5 Đường 21B", ("12/5", "Đường 21B")), ("Số nhà 7A đường Vị Khê", ("7A", "đường Vị Khê")),
        ("Xóm Chùa", ("", "Xóm Chùa")), ("Ngõ 12 Nam Điền", ("", "Ngõ 12 Nam Điền")), ("Số 9", ("9", "")),
        ("", ("", "")),
    ],
)  # fmt: skip
def test_an_address_is_split_where_it_can_be(address, parts):
    assert split_address(address) == parts


# Matching and mapping ---------------------------------------------------------------------------------------------


def test_the_same_person_has_the_same_key_in_the_next_edition_of_a_file():
    rows = samples.hand_rows(40)
    first = {r.match_key for r in parse(rows, "").records}
    again = [
        [c.upper() if isinstance(c, str) and i == 1 and "hộ" not in c.lower() else c for i, c in enumerate(row)]
        for row in rows
    ]
    assert {r.match_key for r in parse(again, "").records} == first


def test_the_order_of_households_does_not_change_keys_of_a_register():
    rows = samples.ward_rows(200)
    first = {r.match_key for r in parse(rows, "").records if r.kind == "person"}
    assert {r.match_key for r in parse([rows[0], *reversed(rows[1:])], "").records if r.kind == "person"} == first


def test_names_that_differ_by_marks_only_are_two_people_with_two_keys():
    parsed = parse([HEADER, [1, "Lê Thị Thủy", 1980], ["", "Lê Thị Thúy", 1980]])
    assert parsed.accepted == 2
    assert len({r.match_key for r in parsed.records}) == 2


def test_after_the_total_a_bare_name_is_a_signature():
    parsed = parse([HEADER, [1, "Lê An", 1970], ["", "Lê Bình", 1971], ["", "Cộng: 1 hộ"], ["", "Mai Thu An"]])
    assert parsed.ignored_by_reason() == {"header": 1, "total": 1, "signature": 1}


def test_a_mapping_survives_json_and_can_be_changed():
    sheet = Sheet("x", samples.hand_rows(3))
    mapping = propose_mapping(sheet).mapping
    assert RosterMapping.from_json(mapping.to_json()) == mapping
    changed = mapping.to_json()
    changed["columns"]["4"] = ""  # the person decides that telephones are not imported
    parsed = parse_rows(sheet, RosterMapping.from_json(changed), ParseContext(TODAY))
    assert not any(r.phone for r in parsed.records)


@pytest.mark.parametrize(
    "data",
    [None, {}, [], {"header_row": "x"}, {"header_row": 1, "header_rows": 1, "columns": {"0": "sex"}},
     {"header_row": 1, "header_rows": 1, "columns": {"a": "full_name"}},
     {"header_row": 99, "header_rows": 1, "columns": {}},
     {"header_row": 1, "header_rows": 1, "columns": {"0": "phone"}}],
)  # fmt: skip
def test_a_mapping_that_does_not_fit_is_refused(data):
    with pytest.raises(RosterFileError) as refusal:
        RosterMapping.from_json(data)
    assert refusal.value.code in ("bad_mapping", "no_name_column")


def test_the_fingerprint_forgives_marks_and_capitals_and_nothing_else():
    rows = samples.hand_rows(2)
    print_of = lambda header: propose_mapping(Sheet("x", [header, *rows[6:]])).fingerprint  # noqa: E731  (used thrice here)
    assert print_of(rows[5]) == print_of([cell.upper() for cell in rows[5]])
    assert print_of(rows[5]) != print_of(rows[5][:-1])


@pytest.mark.parametrize("above", [0, 5, 29])
def test_the_headings_are_found_within_thirty_rows(above):
    sheet = Sheet("x", [["Danh sách"]] * above + [HEADER, [1, "Lê An"]])
    assert propose_mapping(sheet).mapping.header_row == above + 1


@pytest.mark.parametrize("rows", [[["Doanh thu", "Tháng"], [1, 2]], [["x"]] * 30 + [HEADER], [["Địa chỉ", "SĐT"]]])
def test_a_sheet_without_people_is_told_so(rows):
    with pytest.raises(RosterFileError) as refusal:
        propose_mapping(Sheet("Sổ", rows))
    assert refusal.value.code == "no_header"


# Anything at all --------------------------------------------------------------------------------------------------

CELLS = st.one_of(
    st.just(""), st.text(max_size=12), st.integers(), st.floats(), st.booleans(),
    st.sampled_from(["x", "Chủ hộ", "Nguyễn Văn An", "Cộng: 3 hộ", "TỔ DÂN PHỐ SỐ 8", "TỔ TRƯỞNG", 1, 2,
                     "0912345678", 1980, "A-1"]),
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.lists(CELLS, max_size=7), max_size=25),
    st.dictionaries(st.integers(0, 8), st.sampled_from(sorted(FIELDS)), max_size=7),
    st.integers(1, 3),
    st.integers(0, 3),
)
def test_any_rows_and_any_mapping_are_accounted_for(rows, columns, header_row, header_rows):
    sheet = Sheet("x", [HEADER, *rows])
    data = {"header_row": header_row, "header_rows": header_rows, "columns": {str(k): v for k, v in columns.items()}}
    try:
        parsed = parse_rows(sheet, RosterMapping.from_json(data), ParseContext(TODAY, "7"))
    except RosterFileError as refusal:
        assert refusal.code in ("bad_mapping", "no_name_column")
        return
    assert parsed.rows_read == parsed.accepted + parsed.refused + len(parsed.ignored)
    numbers = [r.row for r in parsed.records] + sorted(parsed.refused_rows) + [i.row for i in parsed.ignored]
    assert sorted(numbers) == list(range(1, len(sheet.rows) + 1))
    assert {p.row for p in parsed.refusals()} == parsed.refused_rows
    assert len({r.match_key for r in parsed.records}) == len(parsed.records)
    for problem in parsed.problems:
        assert "%(" not in problem.message % problem.placeholders
    for ignored in parsed.ignored:
        assert ignored.reason in messages.IGNORED_ROWS
    for household in {r.household_key for r in parsed.records}:
        assert sum(r.is_head for r in parsed.records if r.household_key == household) <= 1
