"""The ward walls of the app's tables, and the six subject groups of the plan with their topics."""

from django.db import migrations

from vikhe_portal.core.walls import DOOR_SETTING, WardWalls

SUBJECTS = (
    (
        "policy",
        "Chủ trương, chính sách, pháp luật",
        ("Chủ trương của Đảng, chính sách của Nhà nước", "Phổ biến pháp luật", "Bảo vệ dữ liệu cá nhân"),
    ),
    (
        "security",
        "Tình hình an ninh trật tự, phương thức, thủ đoạn tội phạm",
        ("Cảnh báo lừa đảo", "Phòng cháy, chữa cháy", "An toàn giao thông", "Phòng, chống ma túy, tệ nạn"),
    ),
    (
        "movement",
        "Phong trào toàn dân bảo vệ an ninh Tổ quốc, gương người tốt",
        ("Ngày hội toàn dân bảo vệ an ninh Tổ quốc", "Gương người tốt, việc tốt", "Mô hình hay tại cơ sở"),
    ),
    (
        "procedures",
        "Hướng dẫn thủ tục hành chính",
        ("Cư trú", "Căn cước, định danh điện tử", "Đăng ký xe", "Thủ tục khác của Công an phường"),
    ),
    ("notices", "Rà soát, truy nã, truy tìm, tìm người", ("Rà soát, khai báo", "Truy nã, truy tìm", "Tìm người")),
    ("emergencies", "Thiên tai, dịch bệnh, thông tin khác", ("Thiên tai, bão lũ", "Dịch bệnh", "Thông báo khác")),
)
# Wanted and missing persons: only on a legal ground, and never without an end.
BOUND = {"notices-2", "notices-3"}


def add(apps, schema_editor):
    category = apps.get_model("broadcasts", "Category")
    for number, (key, name, topics) in enumerate(SUBJECTS, 1):
        parent = category.objects.create(key=key, name=name, order=number * 10)
        for place, topic in enumerate(topics, 1):
            bound = f"{key}-{place}" in BOUND
            category.objects.create(
                key=f"{key}-{place}",
                name=topic,
                parent=parent,
                order=number * 10 + place,
                needs_legal_ground=bound,
                needs_valid_until=bound,
            )


class Migration(migrations.Migration):
    dependencies = [("broadcasts", "0001_initial"), ("groups", "0002_walls"), ("accounts", "0002_walls")]
    operations = [
        WardWalls(
            "broadcasts",
            queue=["delivery", "occurrence"],
            doors={"delivery": f"code = {DOOR_SETTING}"},
            append_only=["attempt", "attemptresult", "broadcastversion"],
        ),
        migrations.RunPython(add, migrations.RunPython.noop),
    ]
