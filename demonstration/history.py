"""Four months of reports and broadcasts, so that every list, clock and chart has something to show. All invented."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from broadcasts.models import Category, Delivery, Proof
from broadcasts.selectors import groups_for_choice
from broadcasts.services import cards, planning, scheduling, writing
from demonstration.cast import WARD_ID
from demonstration.clock import at
from demonstration.territory import SEED, actor
from groups.models import ZaloGroup
from tips.models import Kind, Tip, Track
from tips.services import deciding, handling, receipts
from tips.services.intake import Report, submit_public_tip
from tips.services.routing import About
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor
from vikhe_portal.core.scope import ward_scope

# (kind, legal track, words): what residents might write; no person, number or real place in it.
REPORTS = (
    (Kind.OTHER, Track.FEEDBACK, "Đèn đường đầu ngõ hỏng hai tuần, tối trẻ con đi học về rất nguy hiểm."),
    (Kind.OTHER, Track.OTHER_BODY, "Rác chất đống cạnh nhà văn hóa đã mấy ngày, mùi rất khó chịu."),
    (
        Kind.CRIME,
        Track.CRIME_REPORT,
        "Đêm qua có người cạy cửa kho cây cảnh nhưng chưa lấy được gì, camera có ghi lại.",
    ),
    (Kind.CRIME, Track.VIOLATION, "Thanh niên tụ tập nẹt pô xe ở đoạn đường mới mở vào các tối cuối tuần."),
    (Kind.DISPUTE, Track.DISPUTE, "Hai nhà cãi nhau vì cành cây đổ sang tường, mong tổ hòa giải đến giúp."),
    (Kind.SECURITY, Track.FEEDBACK, "Có người lạ đi từng nhà mời làm việc lương cao, đòi giữ giấy tờ gốc."),
    (Kind.CRIME, Track.ACCIDENT, "Ngã ba đầu cầu xe chạy nhanh, sáng nay lại có va quệt nhẹ."),
)
ANSWERS = (
    "Công an phường đã kiểm tra và nhắc nhở. Cảm ơn ông/bà đã báo.",
    "Việc đã chuyển bộ phận phụ trách, sẽ xong trong tuần. Cảm ơn ông/bà.",
)
FORGOTTEN = 0.2  # of the cards of the last week
SLOW = 0.06  # of the reports of the last two months: assigned, and then nobody answered
POSTS = (
    ("security-1", "Cảnh báo lừa đảo giả danh công an",
     "Công an không làm việc qua điện thoại, không yêu cầu chuyển tiền. "
     "Bà con {tdp} hãy dừng cuộc gọi, hỏi {ten_cskv} hoặc trực ban {so_truc_ban}."),
    ("security-2", "Phòng cháy mùa hanh khô",
     "Trước khi đi ngủ, mỗi nhà khóa van gas, tắt bếp, rút điện thiết bị không dùng. "
     "Có cháy gọi 114 ngay."),
    ("policy-1", "Giao nộp pháo, vũ khí, vật liệu nổ",
     "Hộ nào đang cất giữ, mời tự nguyện giao nộp tại trụ sở Công an phường "
     "trong giờ hành chính."),
    ("procedures-1", "Đăng ký tạm trú trực tuyến",
     "Bà con nộp hồ sơ trên cổng dịch vụ công quốc gia hoặc tại Công an phường. "
     "Cần giúp, hỏi {ten_cskv}."),
    ("movement-1", "Ngày hội toàn dân bảo vệ an ninh Tổ quốc",
     "Mời mỗi gia đình {tdp} cử một người dự buổi sinh hoạt tại nhà "
     "văn hóa tổ dân phố."),
)  # fmt: skip


def take_reports(start: datetime) -> None:
    """Residents report about every second day; all are handled, the newest still wait, a few have become late."""
    dice = random.Random(SEED + 2)  # noqa: S311  (invented history)
    groups = _groups()
    moment = start + timedelta(hours=2)
    while moment < timezone.now() - timedelta(hours=3):
        kind, track, words = dice.choice(REPORTS)
        group_id, place_id = dice.choice(groups)
        with at(moment):
            receipt = submit_public_tip(
                ward_id=WARD_ID,
                about=About.MATTER,
                report=Report(text=words, kind=kind, group_id=group_id, neighbourhood_id=place_id),
                submission=receipts.new_submission(),
            )
        _handle(receipt.tip_uuid, track, moment, dice)
        moment += timedelta(hours=dice.randint(20, 70))


def _groups() -> list[tuple[int, int]]:
    with ward_scope(WARD_ID):
        return list(
            ZaloGroup.objects.filter(ward_id=WARD_ID, status="active")
            .order_by("pk")
            .values_list("pk", "serves__neighbourhood_id")
        )


def _handle(uuid: UUID, track: str, moment: datetime, dice: random.Random) -> None:
    duty, chief = actor("trucban"), actor("truongca")
    officer = User.objects.get(username=dice.choice(["cskv1", "cskv2"]))
    now = timezone.now()
    answered = timedelta(hours=dice.randint(20, 150))
    slow = dice.random() < SLOW and now - moment < timedelta(days=60)
    with ward_scope(WARD_ID):
        tip = Tip.objects.get(uuid=uuid)
        steps = [
            (timedelta(minutes=dice.randint(5, 50)), lambda: deciding.classify(actor=duty, tip=tip, track=track)),
            (timedelta(minutes=dice.randint(60, 110)), lambda: handling.assign(actor=duty, tip=tip, to=officer)),
            (answered, lambda: _answer(chief, tip, track, dice)),
            (answered + timedelta(days=dice.randint(4, 7)), lambda: _close(chief, tip)),
        ]
        for later, step in steps[:2] if slow else steps:
            if moment + later >= now:
                break
            with at(moment + later):
                step()


def _answer(chief: Actor, tip: Tip, track: str, dice: random.Random) -> None:
    try:
        if track == Track.CRIME_REPORT:
            handling.transfer(
                actor=chief, tip=tip, to="Cơ quan Cảnh sát điều tra Công an tỉnh", reason="Có dấu hiệu tội phạm",
                late_reason="Chờ trích xuất camera",
            )  # fmt: skip
        elif track == Track.OTHER_BODY:
            handling.transfer(
                actor=chief, tip=tip, to="Ủy ban nhân dân phường", reason="Thuộc thẩm quyền của phường",
                late_reason="Chờ xác minh địa điểm",
            )  # fmt: skip
        else:
            handling.answer(actor=chief, tip=tip, text=dice.choice(ANSWERS), late_reason="Chờ xác minh thêm")
    except DomainError:
        return  # what the rules refuse stays open, as it would for a person


def _close(chief: Actor, tip: Tip) -> None:
    tip.refresh_from_db()
    if tip.status == Tip.Status.TRANSFERRED:
        tip = handling.answer(
            actor=chief, tip=tip, text="Cơ quan nhận tin đã báo kết quả giải quyết.", late_reason="Chờ cơ quan nhận tin"
        )
    if tip.status == Tip.Status.ANSWERED:
        handling.close(actor=chief, tip=tip, reason="Người báo không có ý kiến thêm")


def send_broadcasts(start: datetime) -> None:
    """Two broadcasts a week: written by an officer, approved by the chief, posted by the leaders with the code."""
    dice = random.Random(SEED + 3)  # noqa: S311  (invented history)
    writer, chief = actor("cskv1"), actor("truongca")
    moment, today = start + timedelta(days=1, hours=2), timezone.now()
    number = 0
    with ward_scope(WARD_ID):
        ordinary = list(
            ZaloGroup.objects.filter(ward_id=WARD_ID, status="active", kind="ordinary").values_list("pk", flat=True)
        )
    while moment < timezone.now() - timedelta(hours=6):
        key, title, body = POSTS[number % len(POSTS)]
        author = writer if number % 2 == 0 else actor("phoca")
        with at(moment), ward_scope(WARD_ID):
            # The groups of the Official Account join in the last days: their posts go out when the worker starts.
            newest = today - moment < timedelta(days=4)
            visible = _visible(author, None if newest else ordinary)
            row = writing.write(
                actor=author,
                draft=writing.Draft(
                    title=title, body=body, category=Category.objects.get(key=key), source_line="Công an phường",
                    group_ids=visible, on_web=True,
                ),
            )  # fmt: skip
            writing.submit(actor=author, broadcast=row)
            writing.approve(actor=chief, broadcast=row, version=1, accept_findings=True)
            occurrence = scheduling.schedule(actor=chief, broadcast=row)
            planning.plan_ward(ward_id=WARD_ID)
        _post(occurrence.pk, moment, dice)
        number += 1
        moment += timedelta(days=dice.choice([3, 4]))


def _visible(author: Actor, only: list[int] | None) -> list[int]:
    return [row.pk for row in groups_for_choice(author) if only is None or row.pk in set(only)]


def _post(occurrence_id: int, moment: datetime, dice: random.Random) -> None:
    with ward_scope(WARD_ID):
        rows = list(Delivery.objects.filter(occurrence_id=occurrence_id, state="handed_to").select_related("holder"))
    for row in rows:
        later = moment + timedelta(minutes=dice.randint(4, 200))
        forgotten = dice.random() < FORGOTTEN and timezone.now() - moment < timedelta(days=8)
        if row.holder is None or later >= timezone.now() or forgotten:
            continue
        with at(later), ward_scope(WARD_ID):
            cards.mark_posted(
                actor=actor(row.holder.username), delivery_id=row.pk, kind=Proof.Kind.CODE, code=row.full_code
            )
