"""What the portal does with personal data, how long it keeps it, and the numbers of the law, as rows of today.

All times without a statute are proposals and stand as unconfirmed until the ward records the document it relies on.
"""

from datetime import date

from django.db import migrations

SINCE = date(2026, 1, 1)
LAW = "Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15"
STATE_WORK = f"{LAW}, Điều 19 khoản 1 điểm c (hoạt động của cơ quan nhà nước); Điều 11 khoản 2"
CRIME = (
    f"{LAW}, Điều 19 khoản 1 điểm b (phòng, chống tội phạm và vi phạm pháp luật); "
    "BLTTHS 2015, Điều 145; Nghị định 356/2025/NĐ-CP, Điều 4 khoản 2"
)
NOBODY = "Không chuyển cho bên ngoài."
WALLS = "Cơ sở dữ liệu ngăn cách từng phường; mỗi lần xem, sửa, tải về đều ghi nhật ký không sửa được."

# key, label, subjects, kept, sensitive, purpose, basis, readers, given to, protection, only identities, public
ACTIVITIES = [
    ("rosters", "Danh sách hộ gia đình theo tổ dân phố", "Người cư trú trên địa bàn phường",
     "Họ tên, năm sinh, số điện thoại, tên Zalo (nếu có), địa chỉ, hộ, việc đã vào nhóm hay chưa. Trẻ em chỉ đếm số, "
     "không ghi tên. Không lưu số căn cước, tôn giáo, dân tộc, sức khỏe hay tình trạng tài sản.",
     False, "Biết hộ nào đã nhận được thông tin an ninh trật tự của phường, hộ nào chưa, để đến tận nhà.", STATE_WORK,
     "Cán bộ phụ trách địa bàn, ban quản lý nhóm; cấp phó tổ dân phố chỉ thấy tổ của mình; số điện thoại hiện "
     "che bớt, xem đủ phải nêu lý do.", NOBODY, WALLS, False, True),
    ("groups", "Thành viên nhóm Zalo an ninh trật tự", "Người tham gia nhóm",
     "Ai ở nhóm nào, từ ngày nào; việc đồng ý nội quy; vi phạm nội quy nhóm (nếu có). Không lưu tin nhắn của người "
     "dân trong nhóm.",
     False, "Quản trị nhóm đúng quy định về người quản trị nhóm cộng đồng.",
     f"{LAW}, Điều 19 khoản 1 điểm c; Nghị định 147/2024/NĐ-CP, Điều 36 khoản 7",
     "Trưởng nhóm, cán bộ phụ trách địa bàn, ban quản lý nhóm.", NOBODY, WALLS, False, True),
    ("tips", "Tin báo, phản ánh, câu hỏi của người dân", "Người gửi tin và người được nhắc tới trong tin",
     "Nội dung, nơi và thời gian xảy ra, trao đổi qua mã biên nhận. Không lưu địa chỉ mạng của người gửi.",
     True, "Tiếp nhận, kiểm tra, chuyển cơ quan có thẩm quyền và trả lời người dân.", CRIME,
     "Trực ban, cán bộ được giao, chỉ huy Công an phường. Cấp phó tổ dân phố và thành viên Ban Chỉ đạo không đọc được "
     "nội dung. Tin về cán bộ: người bị nêu tên và người có liên quan không thấy.",
     "Cơ quan điều tra hoặc cơ quan có thẩm quyền giải quyết, bằng văn bản.",
     "Mã hóa bằng khóa riêng của phường, gắn với từng dòng. " + WALLS, False, True),
    ("identities", "Danh tính người báo tin", "Người báo tin tự nguyện để lại tên, số điện thoại",
     "Họ tên, số điện thoại, được niêm phong tách khỏi nội dung.",
     True, "Liên hệ lại khi việc giải quyết thật sự cần.", CRIME + "; BLTTHS 2015, Điều 56",
     "Chỉ người giữ khóa, khi có lý do và được người thứ hai chấp thuận, trong thời gian giới hạn; người báo tin xem "
     "được việc này bằng mã biên nhận.", "Cơ quan có thẩm quyền khi luật buộc phải cung cấp.",
     "Máy chủ không có khóa mở; mở phải có mật khẩu riêng của người giữ khóa.", True, True),
    ("pictures", "Ảnh người dân gửi kèm", "Người có trong ảnh",
     "Bản sao điểm ảnh không còn thông tin về nơi chụp, máy chụp; ảnh gốc được niêm phong làm chứng cứ, hoặc không lưu.",
     True, "Làm rõ nội dung tin báo.", CRIME, "Người được đọc tin.",
     "Cơ quan điều tra, cùng với hồ sơ.", "Mã hóa; không lưu ảnh giấy tờ tùy thân.", False, True),
    ("checks", "Ảnh chứng minh đã đăng bài, kiểm tra nhóm", "Người có tên trong ảnh chụp màn hình",
     "Ảnh chụp màn hình đã cắt còn bài đăng hoặc phần cài đặt; tên, ảnh đại diện được che.",
     False, "Xác nhận bài đã đến nhóm, nhóm được quản trị đúng.", STATE_WORK,
     "Người kiểm tra, ban quản lý nhóm.", NOBODY, WALLS, False, True),
    ("requests", "Yêu cầu của người dân về dữ liệu của mình", "Người yêu cầu",
     "Loại yêu cầu, ngày, câu trả lời, số giấy tờ đối chiếu trong hồ sơ giấy.",
     False, "Thực hiện quyền của chủ thể dữ liệu đúng thời hạn.", f"{LAW}, Điều 4; Nghị định 356/2025/NĐ-CP, Điều 5",
     "Chỉ huy Công an phường; cán bộ phụ trách địa bàn đối với địa bàn của mình.", NOBODY, WALLS, False, True),
    ("staff", "Tài khoản, chức vụ của cán bộ và cấp phó", "Cán bộ, thành viên Ban Chỉ đạo, người ở cơ sở",
     "Họ tên, cấp bậc, chức vụ theo ngày, số điện thoại công vụ, việc đăng nhập.",
     False, "Phân quyền, biết ai chịu trách nhiệm việc gì.", STATE_WORK,
     "Trưởng Công an phường, quản trị hệ thống; người dân chỉ thấy số điện thoại đã cho công khai.", NOBODY,
     "Xác thực hai lớp; khóa khi nhập sai; tắt sau 45 ngày không dùng. " + WALLS, False, False),
    ("trail", "Nhật ký truy cập và thay đổi", "Người dùng cổng",
     "Ai, lúc nào, từ đâu, xem hoặc sửa gì, vì sao. Không có nội dung tin, tên hay số điện thoại.",
     False, "Phát hiện lạm dụng, làm chứng cứ.", f"{LAW}, Điều 19 khoản 2; TCVN 14423:2026",
     "Trưởng Công an phường, Trưởng Ban Chỉ đạo.", NOBODY,
     "Chỉ thêm, không sửa, không xóa; móc xích bằng mã băm, so với bản neo để ngoài cơ sở dữ liệu.", False, False),
]

# key, activity, label, amount, unit, counted from, what is left, basis
OWN = "Chưa có quy định riêng; phường đề xuất theo Luật 91/2025, Điều 3 và Điều 14"
RULES = [
    ("LEAVER", "rosters", "Người đã chuyển đi, đã mất", 30, "days", "ngày rời địa bàn",
     "Dòng không tên, chỉ còn hộ và ngày", OWN),
    ("UPLOAD", "rosters", "Tệp danh sách tải lên", 24, "hours", "lúc tải lên", "Không còn gì", OWN),
    ("STRANGER", "groups", "Người lạ trong danh sách thành viên nhóm", 30, "days", "lúc tải lên", "Con số", OWN),
    ("WISH", "rosters", "Ghi nhận “không muốn tham gia”", 12, "months", "ngày ghi nhận", "Không còn gì", OWN),
    ("VIOLATION", "groups", "Vi phạm nội quy nhóm", 12, "months", "ngày vi phạm", "Con số", OWN),
    ("TIP_CLOSED", "tips", "Nội dung tin đã giải quyết tại phường", 2, "years", "ngày kết thúc",
     "Số, loại, ngày, kết quả trong sổ; không còn nội dung", OWN),
    ("TIP_TRANSFERRED", "tips", "Nội dung tin đã chuyển cơ quan có thẩm quyền", 10, "years", "ngày kết thúc",
     "Số, loại, ngày, nơi nhận trong sổ; không còn nội dung", OWN),
    ("TIP_PICTURES", "pictures", "Ảnh của tin đã chuyển", 90, "days", "ngày kết thúc tin đã chuyển giao",
     "Không còn gì ở phường", OWN),
    ("EVIDENCE", "checks", "Ảnh chụp màn hình làm chứng", 90, "days", "ngày kiểm tra", "Kết quả kiểm tra", OWN),
    ("DATA_REQUEST", "requests", "Yêu cầu về dữ liệu đã đóng", 5, "years", "ngày đóng",
     "Số, loại, ngày; không còn người", OWN),
]

LIMITS = [
    ("basic", 100_000, "Nghị định 331/2026/NĐ-CP, Điều 12 khoản 2 điểm b và Điều 13 khoản 2 điểm c"),
    ("sensitive", 10_000, "Nghị định 331/2026/NĐ-CP, Điều 12 khoản 2 điểm b và Điều 13 khoản 2 điểm c"),
]


def add(apps, schema_editor):
    """Insert the rows."""
    activity = apps.get_model("oversight", "ProcessingActivity")
    names = ("key", "label", "subjects", "kept", "sensitive", "purpose", "basis", "readers", "given_to", "protection",
             "only_identities", "public")  # fmt: skip
    activity.objects.bulk_create(
        activity(order=order * 10, effective_from=SINCE, **dict(zip(names, row, strict=True)))
        for order, row in enumerate(ACTIVITIES, start=1)
    )
    rule = apps.get_model("oversight", "RetentionRule")
    names = ("key", "activity", "label", "amount", "unit", "since", "left", "basis")
    rule.objects.bulk_create(rule(effective_from=SINCE, **dict(zip(names, row, strict=True))) for row in RULES)
    limit = apps.get_model("oversight", "LevelLimit")
    limit.objects.bulk_create(
        limit(kind=kind, amount=amount, basis=basis, effective_from=date(2026, 8, 19)) for kind, amount, basis in LIMITS
    )


class Migration(migrations.Migration):
    dependencies = [("oversight", "0005_privacy")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
