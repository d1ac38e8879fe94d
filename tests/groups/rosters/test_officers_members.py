"""The lists of officers and of a Zalo group's members."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groups.rosters.members import clean_display_name, members_from_text, name_strength, parse_members
from groups.rosters.messages import RosterFileError
from groups.rosters.officers import parse_officers
from groups.rosters.reader import read_sheets
from groups.rosters.records import Deputy
from groups.rosters.sheets import Sheet
from tests.groups.rosters import samples

TODAY = date(2026, 6, 1)


def test_officers_and_three_deputies_of_forty_neighbourhoods(tmp_path):
    path = samples.sample_file("can-bo-to-dan-pho.xlsx", tmp_path, samples.workbook(("Cán bộ", samples.officer_rows())))
    (sheet,) = read_sheets(path)
    account = parse_officers(sheet)
    assert (account.rows_read, account.accepted, account.refused, len(account.ignored)) == (41, 40, 0, 1)
    assert [r.neighbourhood_key for r in account.records] == [str(n) for n in range(1, 41)]
    for record, row in zip(account.records, sheet.rows[1:], strict=True):
        assert f"{record.officer_rank} {record.officer_name}" == row[1]
        assert record.officer_rank
        assert [record.deputies[c] for c in ("party_secretary", "neighbourhood_head", "security_head")] == [
            Deputy(row[2], row[3]), Deputy(row[4], row[5]), Deputy(row[6], row[7]),
        ]  # fmt: skip
    assert account.problems == []


def test_a_telephone_belongs_to_the_person_before_it_and_titles_and_ends_are_no_data():
    account = parse_officers(Sheet("x", [
        ["DANH SÁCH CÁN BỘ"],
        ["STT", "TDP", "CSKV", "SĐT", "Tổ trưởng TDP", "Ghi chú", "SĐT", "Tổ trưởng tổ bảo vệ ANTT", "Số điện thoại"],
        [1, "Tổ 1", "Đ/c Đại uý PHAN VĂN AN", 912345678, "Lê Bình", "", "0987654321", "Vũ Chi", "không"],
        [2, "Tổ 2", "", "", "Lê Em", "", "", "Vũ Gi", "123"],
        [3, "Tổ 2", "Đại úy X Y"],
        [4, "", "Đại úy X Y", "", "Lê Gi"],
        [],
        ["", "", "TRƯỞNG CÔNG AN"],
    ]))  # fmt: skip
    first, second = account.records
    assert (first.officer_rank, first.officer_name, first.officer_phone) == ("Đại úy", "Phan Văn An", "0912345678")
    assert first.deputies == {"neighbourhood_head": Deputy("Lê Bình"), "security_head": Deputy("Vũ Chi")}
    assert (second.officer_name, second.officer_phone) == ("Phan Văn An", "")  # a joined cell: the officer above
    assert [(p.row, p.column, p.code) for p in account.problems] == [
        (4, "I", "phone_length"), (5, "B", "neighbourhood_twice"), (6, "B", "neighbourhood_missing"),
    ]  # fmt: skip
    assert account.ignored_by_reason() == {"title": 1, "header": 1, "blank": 1, "signature": 1}
    assert account.rows_read == account.accepted + account.refused + len(account.ignored)


def test_a_member_list_is_read_whole(tmp_path):
    path = samples.sample_file("thanh-vien-nhom-zalo-tdp-07.csv", tmp_path, samples.csv_bytes(samples.member_rows()))
    (sheet,) = read_sheets(path, path.name)
    account = parse_members(sheet, TODAY)
    assert (account.rows_read, account.accepted, account.refused, len(account.ignored)) == (169, 168, 0, 1)
    roles = [record.role for record in account.records]
    assert (roles.count("leader"), roles.count("deputy")) == (1, 3)
    assert account.problems == []
    assert all(record.joined_on and record.joined_on.year == 2025 for record in account.records)
    nicknames = [r for r in account.records if r.display_name.startswith(("Mẹ ", "Bố "))]
    assert nicknames
    assert {r.strength for r in nicknames} == {"weak"}
    hinted = [r for r in account.records if r.display_name.endswith("- tổ 7")]
    assert hinted
    assert {(r.strength, r.neighbourhood_hint) for r in hinted} == {("full", "7")}


@pytest.mark.parametrize(
    ("shown", "clean", "hint"),
    [
        ("Bố Sơn 🐯", "Bố Sơn", ""), ("Phan Thị Ngân - tổ 7", "Phan Thị Ngân", "7"), ("LÊ AN (TDP 12)", "Lê An", "12"),
        ("🌸 Hoa ❤️", "Hoa", ""), ("🐯🐯", "", ""),
    ],
)  # fmt: skip
def test_display_names_are_cleaned(shown, clean, hint):
    assert clean_display_name(shown) == (clean, hint)


@pytest.mark.parametrize(
    ("clean", "strength", "keys"),
    [
        ("Nguyễn Văn An", "full", ("nguyen van an",)), ("Ý Cao", "given_family", ("cao y",)),
        ("Lê An", "given_family", ("le an",)),
        ("Hà Phạm", "given_family", ("ha pham", "pham ha")), ("Mẹ Nga", "weak", ("me nga",)),
        ("Hoa Cây Cảnh", "weak", ("hoa cay canh",)),
        ("Shop Lan", "weak", ("shop lan",)), ("Thảo", "weak", ("thao",)), ("An 1990", "weak", ("an 1990",)),
        ("", "weak", ()),
    ],
)  # fmt: skip
def test_what_a_display_name_is_worth(clean, strength, keys):
    assert name_strength(clean) == (strength, keys)


def test_a_pasted_list_is_a_member_list():
    account = parse_members(members_from_text("Lê Văn An\t0912345678\n\nMẹ Nga\n"), TODAY)
    assert [(r.display_name, r.phone) for r in account.records] == [("Lê Văn An", "0912345678"), ("Mẹ Nga", "")]
    assert account.ignored_by_reason() == {"header": 1, "blank": 1}


def test_wrong_cells_of_a_member_list_are_told():
    rows = [
        ["Tên hiển thị", "SĐT", "Vai trò", "Ngày vào nhóm"],
        ["An", "12", "", "31/02/2025"],
        ["", "", "Phó nhóm", ""],
    ]
    account = parse_members(Sheet("x", rows), TODAY)
    assert [(p.row, p.column, p.code) for p in account.problems] == [
        (2, "B", "phone_length"), (2, "D", "date_unreadable"), (3, "A", "display_name_missing"),
    ]  # fmt: skip
    assert (account.accepted, account.refused) == (1, 1)


def test_sheets_of_another_shape_are_refused():
    with pytest.raises(RosterFileError) as refusal:
        parse_officers(Sheet("x", samples.hand_rows(2)))
    assert refusal.value.code == "no_officers"
    with pytest.raises(RosterFileError) as refusal:
        parse_members(Sheet("x", [["Doanh thu"]]), TODAY)
    assert refusal.value.code == "no_members"


CELLS = st.one_of(
    st.just(""), st.text(max_size=12), st.integers(), st.floats(), st.booleans(), st.sampled_from(["Tổ 1", "Lê An"])
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(CELLS, max_size=9), max_size=12))
def test_any_rows_are_accounted_for(rows):
    officers = parse_officers(Sheet("x", [samples.officer_rows(0)[0], *rows]))
    members = parse_members(Sheet("x", [samples.member_rows(0)[0], *rows]), TODAY)
    for account in (officers, members):
        assert account.rows_read == len(rows) + 1 == account.accepted + account.refused + len(account.ignored)
        for problem in account.problems:
            assert "%(" not in problem.message % problem.placeholders
