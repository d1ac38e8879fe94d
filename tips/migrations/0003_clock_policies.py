"""The time limits known today, as rows: key, length, start, owner, nature and basis. All unconfirmed until a ward
records the document it relies on."""

from datetime import date

from django.db import migrations

LAW, OWN, TRACK = "statutory", "internal", "tracking"
# key, label, amount, unit, start, owner, nature, basis, extension, how often
ROWS = [
    ("TIP_ACK", "Tiếp nhận, phản hồi ban đầu", 2, "hours", "received", "duty_officer", OWN,
     "Chỉ tiêu nội bộ của phường", "", 0),
    ("TIP_ASSESS", "Đánh giá nội dung tin", 1, "hours", "received", "duty_officer", OWN,
     "Hướng dẫn 11/HD-BCA-V03: đánh giá ngay; mức 1 giờ do phường đặt", "", 0),
    ("TIP_URGENT_ALERT", "Báo lãnh đạo tin khẩn", 15, "minutes", "classified", "chief", OWN,
     "TTLT 01/2021, Điều 8 khoản 5: báo ngay; mức 15 phút do phường đặt", "", 0),
    ("TIP_PROPOSE_ASSIGN", "Báo cáo, đề xuất phân công điều tra viên", 12, "hours", "received", "chief", LAW,
     "Hướng dẫn 11/HD-BCA-V03", "", 0),
    ("TIP_TRANSFER_24H", "Chuyển cơ quan điều tra", 24, "hours", "received", "chief", LAW,
     "TTLT 01/2017, Điều 8", "", 0),
    ("TIP_PRELIM_7D", "Kiểm tra, xác minh sơ bộ và chuyển hồ sơ", 7, "days", "received", "area_officer", LAW,
     "Hướng dẫn 11/HD-BCA-V03; TTLT 01/2021", "", 0),
    ("TIP_FOLLOW_UP", "Bước xử lý tiếp theo", 7, "days", "classified", "duty_officer", OWN,
     "Chỉ tiêu nội bộ của phường", "", 0),
    ("TIP_CLOSE", "Kết thúc tin đã trả lời", 15, "days", "result", "duty_officer", OWN,
     "Chỉ tiêu nội bộ của phường", "", 0),
    ("CQDT_NOTIFY_VKS", "Cơ quan điều tra báo Viện kiểm sát", 3, "working_days", "transferred", "chief", TRACK,
     "BLTTHS 2015, Điều 146 khoản 4", "", 0),
    ("CQDT_RESOLVE", "Cơ quan điều tra giải quyết nguồn tin", 20, "days", "transferred", "chief", TRACK,
     "BLTTHS 2015, Điều 147 khoản 1", "", 0),
    ("CQDT_EXTEND", "Giải quyết vụ việc phức tạp", 2, "months", "transferred", "chief", TRACK,
     "BLTTHS 2015, Điều 147 khoản 2", "", 0),
    ("CQDT_EXTEND_VKS", "Viện kiểm sát gia hạn", 2, "months", "previous", "chief", TRACK,
     "BLTTHS 2015, Điều 147 khoản 2", "Viện trưởng Viện kiểm sát, một lần", 1),
    ("CQDT_ASK_EXTEND", "Đề nghị gia hạn trước khi hết hạn", 5, "days", "previous", "chief", TRACK,
     "BLTTHS 2015, Điều 147 khoản 2", "", 0),
    ("CQDT_RESUME", "Giải quyết sau khi phục hồi", 1, "months", "accepted", "chief", TRACK,
     "BLTTHS 2015, Điều 149", "", 0),
    ("REPORTER_NOTIFY", "Thông báo kết quả cho người báo tin", 3, "working_days", "result", "area_officer", OWN,
     "BLTTHS 2015, Điều 145 khoản 4; số ngày do phường đặt", "", 0),
    ("DENUNCIATION_FORWARD", "Chuyển tố cáo không thuộc thẩm quyền", 5, "working_days", "received", "chief", LAW,
     "Luật Tố cáo 2018, Điều 24", "", 0),
    ("DENUNCIATION_INITIAL", "Xử lý ban đầu thông tin tố cáo", 7, "working_days", "received", "chief", LAW,
     "Luật Tố cáo 2018, Điều 24", "Đến 10 ngày làm việc khi phải kiểm tra ở nhiều nơi", 1),
    ("DENUNCIATION_RESOLVE", "Giải quyết tố cáo", 30, "days", "accepted", "chief", LAW,
     "Luật Tố cáo 2018, Điều 30", "Phức tạp: một lần 30 ngày; đặc biệt phức tạp: hai lần, mỗi lần 30 ngày", 2),
    ("COMPLAINT_ACCEPT", "Thụ lý khiếu nại", 10, "days", "received", "chief", LAW,
     "Luật Khiếu nại 2011, Điều 27", "", 0),
    ("COMPLAINT_RESOLVE", "Giải quyết khiếu nại lần đầu", 30, "days", "accepted", "chief", LAW,
     "Luật Khiếu nại 2011, Điều 28", "Vụ việc phức tạp: đến 45 ngày", 1),
    ("PETITION_NOTICE", "Báo kết quả tiếp nhận kiến nghị, phản ánh", 10, "working_days", "received", "duty_officer",
     LAW, "Luật Tiếp công dân 2013, Điều 28", "", 0),
    ("PETITION_RESOLVE", "Giải quyết kiến nghị, phản ánh", 15, "working_days", "received", "duty_officer", OWN,
     "Chưa có quy định về thời hạn; phường đặt", "", 0),
    ("QUESTION_ANSWER", "Trả lời câu hỏi về thủ tục", 2, "working_days", "received", "duty_officer", OWN,
     "Chỉ tiêu nội bộ của phường", "", 0),
    ("MEDIATION_START", "Bắt đầu hòa giải", 3, "days", "assigned", "area_officer", LAW,
     "Luật Hòa giải ở cơ sở 2013, Điều 20", "", 0),
    ("GROUP_TAKEDOWN_AUTHORITY", "Gỡ bài theo yêu cầu của cơ quan", 24, "hours", "request", "area_officer", LAW,
     "Nghị định 147/2024/NĐ-CP, Điều 36 khoản 7", "", 0),
    ("GROUP_TAKEDOWN_USER", "Gỡ bài theo khiếu nại có căn cứ", 48, "hours", "request", "area_officer", LAW,
     "Nghị định 147/2024/NĐ-CP, Điều 36 khoản 7", "", 0),
    ("DSR_REPLY", "Trả lời yêu cầu về dữ liệu cá nhân", 2, "working_days", "request", "chief", LAW,
     "Nghị định 356/2025/NĐ-CP, Điều 5", "", 0),
    ("DSR_VIEW_FIX", "Cho xem, chỉnh sửa dữ liệu cá nhân", 10, "days", "request", "chief", LAW,
     "Nghị định 356/2025/NĐ-CP, Điều 5 khoản 3", "Có thể gia hạn thêm 10 ngày", 1),
    ("DSR_WITHDRAW", "Thực hiện việc rút lại sự đồng ý", 15, "days", "request", "chief", LAW,
     "Nghị định 356/2025/NĐ-CP, Điều 5 khoản 2", "Có thể gia hạn thêm 15 ngày", 1),
    ("DSR_DELETE", "Xóa dữ liệu cá nhân", 20, "days", "request", "chief", LAW,
     "Nghị định 356/2025/NĐ-CP, Điều 5 khoản 4", "Có thể gia hạn thêm 20 ngày", 1),
    ("PDP_BREACH", "Thông báo vi phạm dữ liệu cá nhân", 72, "hours", "request", "chief", LAW,
     "Luật Bảo vệ dữ liệu cá nhân 2025, Điều 23 khoản 1", "", 0),
    ("CYBER_INCIDENT_FIRST", "Báo cáo ban đầu sự cố an ninh mạng", 24, "hours", "request", "chief", LAW,
     "Nghị định 331/2026/NĐ-CP, Điều 31 khoản 2", "", 0),
    ("CYBER_INCIDENT_REPORT", "Báo cáo sự cố an ninh mạng", 72, "hours", "request", "chief", LAW,
     "Nghị định 331/2026/NĐ-CP, Điều 31 khoản 2", "", 0),
]


def add(apps, schema_editor):
    policy = apps.get_model("tips", "ClockPolicy")
    for key, label, amount, unit, start, owner, nature, basis, extension, times in ROWS:
        short = unit == "minutes"
        policy.objects.update_or_create(
            key=key,
            version=1,
            defaults={
                "label": label, "amount": amount, "unit": unit, "start": start, "owner_role": owner, "nature": nature,
                "basis": basis, "extension": extension, "max_extensions": times, "effective_from": date(2025, 7, 1),
                "climb_minutes": 15 if short else 240, "certainty": "unconfirmed",
            },
        )


class Migration(migrations.Migration):
    dependencies = [("tips", "0002_walls")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
