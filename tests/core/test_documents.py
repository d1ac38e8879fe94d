import hashlib
import io
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from hypothesis import given
from hypothesis import strategies as st

from vikhe_portal.core import documents as docs
from vikhe_portal.core.documents import Column, Heading, Item, Paragraph, Signature, Table, metrics, model, to_docx

COMMITTEE = docs.committee_letterhead("Vị Khê")
POLICE = docs.police_letterhead("Vị Khê", "Ninh Bình")
CHIEF = Signature(("Trưởng Công an phường",), "Trần Văn Mẫu")


def review(**changes) -> docs.OfficialDocument:
    text = [Paragraph("Nội dung của phần này.")]
    content = docs.Review(text, [text] * 6, text, text, text, text, [Paragraph("Đề nghị bố trí kinh phí.")])
    options = {
        "subject": "Sơ kết 6 tháng thực hiện mô hình “Zalo an ninh trật tự của Cảnh sát khu vực”",
        "signature": Signature(("TM. Ban Chỉ đạo", "Trưởng ban"), "Trần Văn Mẫu"),
        "recipients": ["Các thành viên BCĐ", "Lưu: VT, CAP (CSKV)"],
        "number": 5,
        "day": date(2026, 2, 9),
    }
    return docs.report(COMMITTEE, content, **{**options, **changes})


def handover(**changes) -> docs.Handover:
    group = docs.GroupState("ANTT tổ dân phố 7", "Tổ dân phố 7", 230, 110, 120, ["Ông D", "Bà E"], "Chỉ Trưởng nhóm")
    facts = docs.Handover(
        started_at=datetime(2026, 4, 9, 7, 5, tzinfo=UTC),
        ended_at=None,
        place="Trụ sở Công an phường",
        attendees=["Nguyễn Văn A"],
        giver=docs.Party("Nguyễn Văn A", "Đại úy", "Cảnh sát khu vực", "Quyết định số 12/QĐ-CAP"),
        receiver=docs.Party("Lê Văn B"),
        witness=docs.Party("Phạm Văn C", "Trung tá", "Phó Trưởng Công an phường"),
        groups=[group],
        open_items=[docs.OpenItem("TB-2026-000123", "Đang xác minh", "15/4/2026")],
        scheduled_posts=[],
        records=["Sổ theo dõi nhóm"],
        transfers=["Chuyển lúc 14 giờ 10"],
    )
    return replace(facts, **changes)


def opened(document: docs.OfficialDocument):
    return Document(io.BytesIO(to_docx(document)))


def texts(file) -> list[str]:
    return [item.text for item in file.paragraphs if item.text]


def look(paragraph) -> tuple:
    """(size in points, bold, italic, alignment) of a paragraph of one look."""
    (run,) = paragraph.runs
    return run.font.size.pt, bool(run.bold), bool(run.italic), paragraph.alignment


def heading_cells(file) -> list:
    return [cell for row in file.tables[0].rows for cell in row.cells]


CENTER, JUSTIFY = 1, 3


def test_the_page_has_the_size_and_margins_of_the_decree():
    (section,) = opened(review()).sections

    assert (section.page_width, section.page_height) == pytest.approx((Mm(210), Mm(297)), abs=700)
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert margins == pytest.approx((Mm(20), Mm(20), Mm(30), Mm(15)), abs=700)


def test_the_page_number_is_centred_at_the_top_and_not_on_the_first_page():
    (section,) = opened(review()).sections

    (number,) = section.header.paragraphs
    assert "PAGE" in number._p.xml
    assert number.alignment == CENTER
    assert 'w:val="26"' in number._p.xml  # 13 points
    assert section.different_first_page_header_footer
    assert section.first_page_header.is_linked_to_previous  # there is none, so the first page shows nothing


def test_everything_is_in_black_times_new_roman_and_vietnamese():
    content = zipfile.ZipFile(io.BytesIO(to_docx(review())))
    styles, body = content.read("word/styles.xml").decode(), content.read("word/document.xml").decode()

    assert styles.count('="Times New Roman"') == 4
    assert "Theme" not in styles
    assert '<w:lang w:val="vi-VN"' in styles
    assert '<w:color w:val="000000"/>' in styles
    assert "w:rFonts" not in body


def test_the_heading_names_the_bodies_and_the_state_in_their_looks():
    issuer, state, number, place = heading_cells(opened(review()))

    parent, body, line = issuer.paragraphs
    assert parent.text == "ỦY BAN NHÂN DÂN\nPHƯỜNG VỊ KHÊ"
    assert look(parent) == (13, False, False, CENTER)
    assert body.text.replace("\n", " ") == "BAN CHỈ ĐẠO THỰC HIỆN PHONG TRÀO TOÀN DÂN BẢO VỆ AN NINH TỔ QUỐC"
    assert look(body) == (13, True, False, CENTER)
    nation, motto, rule = state.paragraphs
    assert (nation.text, look(nation)) == ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", (13, True, False, CENTER))
    assert (motto.text, look(motto)) == ("Độc lập - Tự do - Hạnh phúc", (14, True, False, CENTER))
    assert line._p.xpath(".//w:pBdr/w:bottom")
    assert rule._p.xpath(".//w:pBdr/w:bottom")
    assert (number.text, look(number.paragraphs[0])) == ("Số: 05/BC-BCĐ", (13, False, False, CENTER))
    assert place.text == "Vị Khê, ngày 09 tháng 02 năm 2026"
    assert look(place.paragraphs[0]) == (14, False, True, CENTER)


def drawn_length(cell_width: float, line) -> float:
    left, right = line.paragraph_format.left_indent.mm, line.paragraph_format.right_indent.mm
    assert left == pytest.approx(right)
    return cell_width - left - right


def test_the_lines_are_as_long_as_their_text_asks():
    issuer, state, _number, _place = heading_cells(opened(review()))

    motto = metrics.text_width(metrics.MOTTO, 14, bold=True)
    assert drawn_length(state.width.mm, state.paragraphs[2]) == pytest.approx(motto, abs=0.2)
    longest = max(metrics.text_width(line, 13, bold=True) for line in issuer.paragraphs[1].text.split("\n"))
    assert longest / 3 <= drawn_length(issuer.width.mm, issuer.paragraphs[2]) <= longest / 2


def test_text_widths_agree_with_the_typeface():
    # Measured in the files of Tinos, whose letters are as wide as those of Times New Roman.
    assert metrics.text_width("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 13, bold=True) == pytest.approx(95.67, abs=0.05)
    assert metrics.text_width("ư", 10) == pytest.approx(metrics.MM_PER_PT * 10 * 0.542)
    assert metrics.text_width("Ế", 10) == metrics.text_width("E", 10)


@pytest.mark.parametrize(
    ("number", "expected"),
    [(5, "Số: 05/BC-BCĐ"), (10, "Số: 10/BC-BCĐ"), (224, "Số: 224/BC-BCĐ"), (None, "Số:       /BC-BCĐ")],
)
def test_numbers_under_ten_take_a_leading_zero(number, expected):
    assert model.number_line(number, "BC-BCĐ") == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 4, 9), "Vị Khê, ngày 09 tháng 4 năm 2026"),
        (date(2026, 1, 10), "Vị Khê, ngày 10 tháng 01 năm 2026"),
        (date(2026, 2, 28), "Vị Khê, ngày 28 tháng 02 năm 2026"),
        (date(2026, 12, 1), "Vị Khê, ngày 01 tháng 12 năm 2026"),
    ],
)
def test_days_under_ten_and_the_first_two_months_take_a_leading_zero(day, expected):
    assert model.place_line("Vị Khê", day) == expected


def test_the_report_has_its_five_parts_in_order_and_ends_with_the_closing_mark():
    found = texts(opened(review()))
    parts = [text for text in found if text.split(".")[0] in {"I", "II", "III", "IV", "V"}]

    assert parts == [
        "I. TÌNH HÌNH CHUNG VÀ CÔNG TÁC CHỈ ĐẠO",
        "II. KẾT QUẢ THỰC HIỆN",
        "III. ĐÁNH GIÁ",
        "IV. PHƯƠNG HƯỚNG, NHIỆM VỤ",
        "V. KIẾN NGHỊ, ĐỀ XUẤT",
    ]
    assert found[0] == "BÁO CÁO"
    assert "6. Kiểm tra, chấn chỉnh vi phạm" in found
    assert found[-1] == "Đề nghị bố trí kinh phí./."
    assert sum("./." in text for text in found) == 1


def test_body_text_is_justified_14_points_with_an_indent_and_space_between():
    file = opened(review())
    body = next(item for item in file.paragraphs if item.text == "Nội dung của phần này.")

    assert look(body) == (14, False, False, JUSTIFY)
    assert body.paragraph_format.first_line_indent.mm == pytest.approx(12.7, abs=0.02)
    assert body.paragraph_format.space_after == Pt(6)
    assert body.paragraph_format.line_spacing == pytest.approx(1.15)


def test_headings_count_by_level_and_use_vietnamese_letters():
    numbering = model.Numbering()
    levels = [1, 2, 3, 3, 2, 3, 1, 2]
    assert [numbering.next(level) for level in levels] == ["I.", "1.", "a)", "b)", "2.", "a)", "II.", "1."]
    assert [model.letter(number) for number in (4, 5, 6, 7, 23, 24)] == ["d", "đ", "e", "g", "y", "aa"]
    assert [model.roman(number) for number in (4, 9, 14, 40, 99)] == ["IV", "IX", "XIV", "XL", "XCIX"]


def closing_cells(file) -> list:
    return [cell for row in file.tables[-1].rows for cell in row.cells]


def test_recipients_stand_level_with_the_one_signature():
    left, right = closing_cells(opened(review()))

    head, *lines = left.paragraphs
    assert (head.text, look(head)[:3]) == ("Nơi nhận:", (12, True, True))
    assert [(line.text, look(line)[:3]) for line in lines] == [
        ("- Các thành viên BCĐ;", (11, False, False)),
        ("- Lưu: VT, CAP (CSKV).", (11, False, False)),
    ]
    assert [item.text for item in right.paragraphs] == ["TM. BAN CHỈ ĐẠO", "TRƯỞNG BAN", "Trần Văn Mẫu"]
    assert all(look(item) == (14, True, False, CENTER) for item in right.paragraphs)


def test_the_signature_cannot_be_torn_apart_or_left_alone():
    file = opened(review())
    (row,) = file.tables[-1].rows
    assert row._tr.xpath("./w:trPr/w:cantSplit")
    assert file.paragraphs[-3].paragraph_format.keep_with_next  # the last words of the content


def test_handover_minutes_carry_three_signatures_and_no_place_or_date_in_the_heading():
    file = opened(docs.minutes(POLICE, handover()))

    assert heading_cells(file)[3].text == ""
    assert heading_cells(file)[2].text == "Số:       /BB-CAP"
    assert [cell.paragraphs[0].text for cell in closing_cells(file)] == ["BÊN GIAO", "BÊN NHẬN", "NGƯỜI CHỨNG KIẾN"]
    assert [cell.paragraphs[-1].text for cell in closing_cells(file)] == ["Nguyễn Văn A", "Lê Văn B", "Phạm Văn C"]
    found = texts(file)
    assert "Thời gian bắt đầu: 14 giờ 05, ngày 09/4/2026" in found  # Vietnam's clock
    assert [text for text in found if text[:2] in {f"{number}." for number in range(1, 9)}] == [
        "1. Bên giao",
        "2. Bên nhận",
        "3. Nhóm bàn giao",
        "4. Tin đang xử lý",
        "5. Lịch đăng tuyên truyền chờ",
        "6. Hồ sơ, tài liệu",
        "7. Xác nhận chuyển quyền Trưởng nhóm trên Zalo",
        "8. Ý kiến",
    ]
    assert "Cấp bậc: " + "." * 60 in found  # the receiver's rank is not known: dots to write on
    assert found[-2:] == ["- Bên giao, Bên nhận;", "- Lưu: VT, Hồ sơ."]


def test_names_under_capacities_of_different_length_stand_level():
    giver, _receiver, witness = closing_cells(opened(docs.minutes(POLICE, handover())))

    def room(cell) -> float:
        return cell.paragraphs[-1].paragraph_format.space_before.pt

    # "NGƯỜI CHỨNG KIẾN / PHÓ TRƯỞNG CÔNG AN PHƯỜNG" takes two lines more than "BÊN GIAO" in a third of the page.
    assert room(witness) == metrics.SIGNING_SPACE
    assert room(giver) == pytest.approx(metrics.SIGNING_SPACE + 2 * 14 * 1.15, abs=0.1)


def test_a_transfer_slip_names_its_addressee_and_deadline():
    slip = docs.transfer_slip(
        POLICE,
        addressee="Ủy ban nhân dân phường Vị Khê",
        subject="Chuyển nội dung phản ánh",
        received_on=date(2026, 2, 3),
        source_number="TB-2026-000045",
        summary="Đèn đường hỏng",
        reason="thuộc thẩm quyền của Ủy ban nhân dân phường",
        enclosures=[],
        signature=CHIEF,
        recipients=["Như trên"],
        answer_wanted_by=date(2026, 2, 20),
        draft_mark="BẢN NHÁP",
    )
    file = opened(slip)
    found = texts(file)

    assert found[:4] == [
        "BẢN NHÁP",
        "PHIẾU CHUYỂN",
        "Chuyển nội dung phản ánh",
        "Kính gửi: Ủy ban nhân dân phường Vị Khê",
    ]
    assert found[-1].endswith("thông báo kết quả cho Công an phường Vị Khê trước ngày 20/02/2026./.")
    assert file.sections[0].footer.paragraphs[0].text == "BẢN NHÁP"
    assert file.sections[0].first_page_footer.paragraphs[0].text == "BẢN NHÁP"


def test_without_a_draft_mark_the_foot_is_empty():
    assert opened(review()).sections[0].footer.is_linked_to_previous


def test_a_notice_may_end_in_a_table_and_cites_its_grounds():
    blocks = [
        docs.Basis(["Căn cứ Kế hoạch số 40/KH-BCĐ.", "Xét đề nghị của Công an phường;"]),
        Table([Column("A")], [["1"]]),
    ]
    file = opened(docs.notice(COMMITTEE, blocks, subject="Lịch", signature=CHIEF, recipients=[]))
    found = texts(file)

    assert found[2:4] == ["Căn cứ Kế hoạch số 40/KH-BCĐ;", "Xét đề nghị của Công an phường."]
    assert found[-1] == "./."
    grounds = next(item for item in file.paragraphs if item.text.startswith("Căn cứ"))
    assert look(grounds) == (14, False, True, JUSTIFY)


def two_annexes() -> list[docs.Annex]:
    narrow = docs.list_annex(
        "Số liệu theo nhóm", [Column("Nhóm"), Column("Số hộ")], [["A", "1"], ["Cộng", "1"]], total=True
    )
    wide = docs.list_annex("Số liệu theo loại tin", [Column(f"C{number}") for number in range(8)], [["1"] * 8])
    return [narrow, wide]


def test_annexes_are_numbered_refer_to_the_document_and_count_their_own_pages():
    file = opened(review(annexes=two_annexes()))
    found = texts(file)

    first, second = found.index("Phụ lục I"), found.index("Phụ lục II")
    assert found[first + 1] == "SỐ LIỆU THEO NHÓM"
    assert found[first + 2].startswith("(Kèm theo Báo cáo số 05/BC-BCĐ ngày 09 tháng 02 năm 2026 của Ban Chỉ đạo")
    assert found[second + 1] == "SỐ LIỆU THEO LOẠI TIN"
    main, portrait, landscape = file.sections
    assert [section.orientation for section in (main, portrait)] == [WD_ORIENT.PORTRAIT] * 2
    assert landscape.orientation == WD_ORIENT.LANDSCAPE
    assert landscape.page_width > landscape.page_height
    for section in file.sections:
        assert section._sectPr.find(qn("w:pgNumType")).get(qn("w:start")) == "1"
        assert section.different_first_page_header_footer
    assert "PAGE" in landscape.header.paragraphs[0]._p.xml  # taken over from the first part


def test_a_single_annex_has_no_number():
    assert "Phụ lục" in texts(opened(review(annexes=two_annexes()[:1])))


def test_tables_repeat_their_heading_and_rows_stay_whole():
    file = opened(review(annexes=two_annexes()))
    listing = file.tables[-2]

    assert listing.rows[0]._tr.xpath("./w:trPr/w:tblHeader")
    assert not listing.rows[1]._tr.xpath("./w:trPr/w:tblHeader")
    assert all(row._tr.xpath("./w:trPr/w:cantSplit") for row in listing.rows)
    assert [[cell.text for cell in row.cells] for row in listing.rows] == [
        ["TT", "Nhóm", "Số hộ"],
        ["1", "A", "1"],
        ["", "Cộng", "1"],
    ]
    assert listing.rows[2].cells[1].paragraphs[0].runs[0].bold
    assert sum(cell.width.mm for cell in listing.rows[0].cells) == pytest.approx(165, abs=0.2)


def test_the_same_document_is_the_same_file_and_another_is_not():
    first, again = to_docx(review(annexes=two_annexes())), to_docx(review(annexes=two_annexes()))

    assert hashlib.sha256(first).digest() == hashlib.sha256(again).digest()
    assert to_docx(review(number=6, annexes=two_annexes())) != first
    assert {info.date_time for info in zipfile.ZipFile(io.BytesIO(first)).infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_file_tells_nothing_about_the_program_or_the_moment():
    file = opened(review())
    properties = file.core_properties
    assert properties.author == properties.last_modified_by == COMMITTEE.issuing_body
    assert properties.created == properties.modified == datetime(2026, 2, 9, tzinfo=UTC)
    names = zipfile.ZipFile(io.BytesIO(to_docx(review()))).namelist()
    assert not [name for name in names if "thumbnail" in name or "customXml" in name or "app.xml" in name]


@given(st.text())
def test_any_text_is_printed_as_plain_text(text):
    blocks = [Heading(text), Paragraph(text), Item(text), docs.Field(text, text), Table([Column(text)], [[text]])]
    notice = docs.notice(COMMITTEE, blocks, subject=text, signature=Signature([text], text), recipients=[text])

    file = opened(replace(notice, addressees=[text], annexes=[docs.Annex(text, blocks, landscape=True)]))

    assert file.tables[1].rows[1].cells[0].text == model.clean(text)


def test_control_characters_and_direction_tricks_are_dropped_and_markup_stays_text():
    assert model.clean("a\x00\x07b\u202ec\r\nd\te") == "abc\nd e"
    assert model.clean("e\u0302\u0301") == "ế"
    assert "<b>&amp;" in texts(
        opened(docs.notice(POLICE, [Paragraph("<b>&amp;"), Item("x")], subject="S", signature=CHIEF, recipients=[]))
    )


def test_impossible_documents_are_refused():
    with pytest.raises(ValueError, match="signatures"):
        replace(review(), signatures=[])
    with pytest.raises(ValueError, match="cell for each column"):
        Table([Column("A"), Column("B")], [["1"]])
    with pytest.raises(ValueError, match="parts of results"):
        docs.Review([], [[]], [], [], [], [], [])


def test_an_official_letter_has_its_subject_under_the_number():
    letter = replace(
        review(), kind="", symbol="BCĐ", subject="đôn đốc báo cáo", addressees=["Tổ dân phố 1", "Tổ dân phố 2"]
    )
    file = opened(letter)
    assert heading_cells(file)[2].text == "Số: 05/BCĐ\nV/v đôn đốc báo cáo"
    assert texts(file)[:3] == ["Kính gửi:", "- Tổ dân phố 1;", "- Tổ dân phố 2."]
