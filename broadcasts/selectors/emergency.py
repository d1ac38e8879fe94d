"""Reads of emergencies: prepared words, running alarms, who has answered, the after-action sheet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from broadcasts.models import Delivery, EmergencyCall, EmergencyReview, EmergencyRules, EmergencyRun, EmergencyText
from groups.models import Appointment, ZaloGroup
from vikhe_portal.core.permissions import Actor

# What the starter fills in, in seconds: field → label and longest answer.
BLANKS: dict[str, tuple[Any, int]] = {
    "noi": (_("Where"), 80),
    "gio": (_("When"), 40),
    "dac_diem": (_("How to recognise"), 140),
}

# Samples to start from; they are approved like any other words.
SAMPLES: dict[str, dict[str, str]] = {
    "fire": {
        "title": "CHÁY: TRÁNH XA, NHƯỜNG ĐƯỜNG",
        "body": "Đang có cháy tại {noi}, lúc {gio}. Bà con ở gần: đưa người già, trẻ em ra nơi thoáng, ngắt điện, "
        "khóa gas, không quay lại lấy đồ, nhường đường cho xe chữa cháy. Thấy người mắc kẹt: gọi 114. "
        "Không tụ tập, không đăng tin chưa kiểm chứng. Trực ban: {so_truc_ban}.",
        "all_clear": "Đám cháy đã được dập tắt. Bà con giữ khoảng cách với hiện trường, kiểm tra lại điện, gas. "
        "Ai biết thông tin về vụ cháy, báo trực ban {so_truc_ban}. Cảm ơn bà con.",
    },
    "child": {
        "title": "TÌM TRẺ LẠC",
        "body": "Gia đình nhờ tìm cháu bé lạc tại {noi}, lúc {gio}. Đặc điểm: {dac_diem}. Ai thấy cháu, xin giữ cháu "
        "ở nơi an toàn và gọi ngay {so_truc_ban} hoặc 113. Không tự đăng ảnh của cháu. Tin đăng theo đề nghị của gia "
        "đình, sẽ gỡ khi tìm thấy cháu.",
        "all_clear": "Đã tìm thấy cháu, cháu an toàn. Xin bà con gỡ các tin đã chia sẻ. "
        "Gia đình và Công an phường cảm ơn.",
    },
    "flood": {
        "title": "LŨ LÊN: DI DỜI NGAY",
        "body": "Nước đang lên tại {noi}, lúc {gio}. Bà con ở vùng thấp, ven sông: ngắt điện, đưa người già, trẻ em "
        "đến điểm sơ tán của tổ dân phố, mang theo thuốc và giấy tờ. Không qua ngầm, tràn ngập nước. "
        "Cần cứu giúp: gọi 112 hoặc 114. Trực ban: {so_truc_ban}.",
        "all_clear": "Nước đã rút, hết nguy hiểm. Bà con kiểm tra điện trước khi đóng cầu dao, đun sôi nước uống, "
        "dọn vệ sinh phòng dịch. Cần giúp đỡ, gọi {so_truc_ban}.",
    },
}


def rules_of(ward_id: int) -> EmergencyRules:
    """The ward's rules, or the defaults. Must run in the ward's scope."""
    return EmergencyRules.objects.filter(ward_id=ward_id).first() or EmergencyRules(ward_id=ward_id)


def texts(actor: Actor) -> QuerySet[EmergencyText]:
    """Prepared words still in use, with who wrote and approved them."""
    rows = EmergencyText.objects.filter(ward_id=actor.ward_id).exclude(status=EmergencyText.Status.RETIRED)
    return rows.select_related("author", "approved_by", "category").order_by("kind", "title")


def text(actor: Actor, pk: int) -> EmergencyText | None:
    """One prepared alarm of the ward, or None."""
    rows = EmergencyText.objects.filter(ward_id=actor.ward_id).select_related("author", "approved_by", "category")
    return rows.filter(pk=pk).first()


def runs(actor: Actor) -> QuerySet[EmergencyRun]:
    """Alarms and drills, newest first, each with how many were called and answered."""
    rows = EmergencyRun.objects.filter(ward_id=actor.ward_id).select_related("text", "started_by", "confirmed_by")
    return rows.annotate(
        called=Count("calls"), answered=Count("calls", filter=Q(calls__acknowledged_at__isnull=False))
    ).order_by("-id")


def run(actor: Actor, pk: int) -> EmergencyRun | None:
    """One alarm of the ward, or None."""
    return runs(actor).select_related("broadcast", "clear_broadcast", "closed_by").filter(pk=pk).first()


def answered_group_ids(row: EmergencyRun) -> set[int]:
    """Groups of an alarm in which a leader or deputy has answered."""
    people = EmergencyCall.objects.filter(ward_id=row.ward_id, run=row, acknowledged_at__isnull=False)
    held = Appointment.objects.filter(
        ward_id=row.ward_id,
        group_id__in=row.group_ids,
        user_id__in=people.values("user_id"),
        held__contains=timezone.now(),
    )
    return set(held.values_list("group_id", flat=True))


@dataclass(frozen=True)
class Sheet:
    """What an alarm did, by its own times."""

    groups: int
    groups_answered: int
    silent_groups: list[str]
    silent_people: list[Any]
    posted: int
    first_answer: timedelta | None
    last_answer: timedelta | None
    first_post: timedelta | None
    last_post: timedelta | None
    lasted: timedelta | None
    review: EmergencyReview | None


def _after(start: datetime, moment: datetime | None) -> timedelta | None:
    return None if moment is None else timedelta(seconds=round((moment - start).total_seconds()))


def sheet(row: EmergencyRun) -> Sheet:
    """The after-action figures of an alarm. Must run in the ward's scope."""
    calls = EmergencyCall.objects.filter(ward_id=row.ward_id, run=row)
    answers = calls.aggregate(first=Min("acknowledged_at"), last=Max("acknowledged_at"))
    posts: dict[str, Any] = {"first": None, "last": None, "n": 0}
    if row.broadcast_id is not None:
        posts = Delivery.objects.filter(
            ward_id=row.ward_id, broadcast_id=row.broadcast_id, state__in=Delivery.GOOD
        ).aggregate(first=Min("sent_at"), last=Max("sent_at"), n=Count("pk"))
    answered = answered_group_ids(row)
    silent = ZaloGroup.objects.filter(ward_id=row.ward_id, pk__in=set(row.group_ids) - answered).order_by("name")
    quiet_calls = calls.filter(acknowledged_at__isnull=True).select_related("user").order_by("ring", "user__sort_name")
    return Sheet(
        groups=len(row.group_ids),
        groups_answered=len(answered),
        silent_groups=list(silent.values_list("name", flat=True)),
        silent_people=[call.user for call in quiet_calls],
        posted=posts["n"],
        first_answer=_after(row.started_at, answers["first"]),
        last_answer=_after(row.started_at, answers["last"]),
        first_post=_after(row.started_at, posts["first"]),
        last_post=_after(row.started_at, posts["last"]),
        lasted=_after(row.started_at, row.closed_at),
        review=EmergencyReview.objects.filter(ward_id=row.ward_id, run=row).first(),
    )


def own_call(actor: Actor, row: EmergencyRun) -> EmergencyCall | None:
    """The actor's own call to an alarm, or None."""
    return EmergencyCall.objects.filter(ward_id=actor.ward_id, run=row, user_id=actor.id).first()


def own_cards(actor: Actor, row: EmergencyRun) -> QuerySet[Delivery]:
    """Cards of this alarm (or its all-clear) waiting in the actor's groups."""
    mine = Appointment.objects.filter(ward_id=actor.ward_id, user_id=actor.id, held__contains=timezone.now())
    ids = [pk for pk in (row.broadcast_id, row.clear_broadcast_id) if pk]
    return Delivery.objects.filter(
        ward_id=actor.ward_id,
        broadcast_id__in=ids,
        state=Delivery.State.HANDED_TO,
        group_id__in=mine.values("group_id"),
    ).select_related("group")


def calls_waiting(actor: Actor) -> QuerySet[EmergencyCall]:
    """Running alarms the actor was called to and has not answered."""
    rows = EmergencyCall.objects.filter(ward_id=actor.ward_id, user_id=actor.id, acknowledged_at__isnull=True)
    return rows.filter(run__state=EmergencyRun.State.RUNNING).select_related("run__text")
