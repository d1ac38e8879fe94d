"""What a ward looks like in its fourth month: regulation, checks, directives, inspections, drills. All invented."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Notice, Post, User
from broadcasts.models import EmergencyCall, EmergencyText
from broadcasts.services import emergency, emergency_texts
from demonstration.cast import WARD_ID
from demonstration.clock import at
from demonstration.territory import SEED, actor
from groups.models import Household, SuspectedFake, ZaloGroup
from groups.services import checks, fakes, groups
from oversight.models import DataRequest, Directive, DirectivePart, Finding, Inspection, Regulation
from oversight.selectors.inspections import questions_of
from oversight.services import data_requests, directives, inspections, messages, regulations, reviews
from vikhe_portal.core.permissions import Actor
from vikhe_portal.core.scope import ward_scope
from wards.models import Neighbourhood

RULES = """1. Nhóm dùng để thông báo và nhận tin về an ninh, trật tự của tổ dân phố.
2. Không đăng tin chưa kiểm chứng, không quảng cáo, không xúc phạm người khác.
3. Không đưa giấy tờ, hình ảnh, số điện thoại của người khác lên nhóm.
4. Tin báo cụ thể gửi riêng cho cảnh sát khu vực hoặc qua mã QR, không bàn trong nhóm.
5. Trưởng nhóm, phó nhóm trả lời trong ngày; việc khẩn gọi 113, 114, 115."""
ALARM = emergency_texts.Words(
    kind="fire",
    title="Cháy trong khu dân cư",
    body="Có cháy tại {noi}, lúc {gio}. Bà con gần đó tránh xa, nhường đường cho xe chữa cháy. Gọi 114.",
    all_clear="Đám cháy đã được dập tắt. Bà con có thể đi lại bình thường. Cần giúp, gọi {so_truc_ban}.",
    source_line="Công an phường",
)


def supervise(start: datetime) -> None:
    """The committee's room and the checks of the groups, from the start to today."""
    with ward_scope(WARD_ID):
        _regulation(start)
        _checks(start)
        _directives()
        _inspections()
        _fakes()
        _data_requests()
        _drill()
    _reports(start)
    with ward_scope(WARD_ID):
        _day()


def _ago(days: float, hour: int = 9) -> datetime:
    # Of the real clock: the moment is asked for inside `at` too, where the portal's clock stands in the past.
    moment = datetime.now(timezone.get_current_timezone()) - timedelta(days=days)
    return moment.replace(hour=hour, minute=20, second=0, microsecond=0)


def _account(username: str) -> User:
    return User.objects.get(username=username)


def _regulation(start: datetime) -> None:
    """Published in the first week; the officers and the deputies of the first half have acknowledged it."""
    with at(start + timedelta(days=5)):
        row = regulations.publish_regulation(
            actor=actor("truongca"),
            title="Quy chế hoạt động của nhóm Zalo an ninh, trật tự",
            text=RULES,
            effective_on=timezone.localdate() + timedelta(days=2),
            document_no="04/QĐ-MH",
        )
    deputies = Post.objects.filter(ward_id=WARD_ID, kind=Post.Kind.GROUP_DEPUTY).order_by("neighbourhood_id", "pk")
    users = [_account("cskv1"), _account("cskv2"), *(post.user for post in deputies.select_related("user")[:16])]
    for number, user in enumerate(users):
        with at(start + timedelta(days=7 + number / 4)):
            reader = _actor_of(user)
            regulations.acknowledge(actor=reader, regulation=Regulation.objects.get(pk=row.pk))


def _actor_of(user: User) -> Actor:
    return actor(user.username)


def _checks(start: datetime) -> None:
    """Every group once a month, confirmed by a deputy; one group has a setting open, one is a little late."""
    rows = list(ZaloGroup.objects.filter(ward_id=WARD_ID, status="active").order_by("pk"))
    for number, group in enumerate(rows):
        leader = actor("cskv1" if number < len(rows) // 2 else "cskv2")
        deputy = group.appointments.exclude(role="leader").order_by("pk").first()
        newest = 34 if number == len(rows) - 1 else 4 + 2 * number
        for days in range(newest + 87, newest - 1, -29):
            moment = _ago(days, 15)
            if moment < start:
                continue
            with at(moment):
                keys = [item["key"] for item in checks.checklist_today().items]
                answers = {key: not (number == 2 and days == newest and key == keys[-1]) for key in keys}
                row = checks.attest(actor=leader, group=group, answers=answers)
            if deputy is not None:
                with at(moment + timedelta(hours=5)):
                    checks.confirm_check(actor=_actor_of(deputy.user), check=row)
        with at(_ago(3 + number)):
            groups.confirm_link(actor=leader, group=group)


def _directives() -> None:
    """One carried out, one under way with an obstacle and a part that is due soon."""
    chief, head = actor("truongca"), actor("truongban")
    places = list(Neighbourhood.objects.filter(ward_id=WARD_ID).order_by("number", "pk"))
    with at(_ago(64)):
        done = directives.issue_directive(
            actor=head, title="Treo mã QR của nhóm tại nhà văn hóa",
            text="In tờ A4 của từng nhóm, treo ở bảng tin nhà văn hóa và nhà tổ trưởng.",
            owner_id=chief.id, due_on=_ago(40).date(), source_document="40/KH-MH",
        )  # fmt: skip
        parts = directives.add_parts(
            actor=head, directive=done, text="Treo tờ A4 có mã QR", assignee_id=_account("cskv1").pk,
            due_on=_ago(45).date(), neighbourhood_ids=tuple(place.pk for place in places[:4]),
        )  # fmt: skip
    for number, part in enumerate(parts):
        with at(_ago(58 - number)):
            directives.finish_part(actor=actor("cskv1"), part=part, proof="Đã treo ở bảng tin, có ảnh tại tổ.")
    with at(_ago(50)):
        directives.close_directive(actor=head, directive=Directive.objects.get(pk=done.pk))
    with at(_ago(16)):
        row = directives.issue_directive(
            actor=chief, title="Mỗi hộ có ít nhất một người trong nhóm",
            text="Rà soát hộ chưa tham gia, đến từng nhà, ghi rõ lý do, chọn kênh khác cho hộ không dùng Zalo.",
            owner_id=_account("phoca").pk, due_on=_ago(-20).date(),
            source_document="40/KH-MH",
        )  # fmt: skip
        later = _ago(-5).date()
        for username, half in (("cskv1", places[:4]), ("cskv2", places[4:])):
            directives.add_parts(
                actor=chief, directive=row, text="Rà soát hộ chưa tham gia", assignee_id=_account(username).pk,
                due_on=later, neighbourhood_ids=tuple(place.pk for place in half),
            )  # fmt: skip
    parts = list(DirectivePart.objects.filter(directive=row).order_by("pk"))
    with at(_ago(6)):
        for part in parts[:3]:
            directives.finish_part(actor=actor("cskv1"), part=part, proof="Đã đến hết các hộ, lý do ghi ở danh sách.")
        directives.report_progress(
            actor=actor("cskv2"), part=parts[4], text="Nhiều hộ đi làm cả ngày, chỉ gặp được buổi tối.", obstacle=True
        )
        directives.report_progress(actor=actor("cskv2"), part=parts[5], text="Đã đến được nửa số hộ.", obstacle=False)


def _inspections() -> None:
    """One finished a month ago, a finding mended and one still open; one planned for next week."""
    member = actor("uyvien")
    with at(_ago(34)):
        row = inspections.plan_inspection(
            actor=member, title="Kiểm tra quý: hoạt động nhóm và trả lời tin báo", planned_on=_ago(31).date(),
            inspector_id=member.id, groups=3, tips=2, seed=SEED,
        )  # fmt: skip
    with at(_ago(31, 14)):
        first: Any = None
        for number, item in enumerate(row.items.order_by("pk")):
            answers = {key: not (number == 0 and place < 2) for place, key in enumerate(questions_of(item))}
            inspections.fill_sheet(actor=member, item=item, answers=answers)
            first = first or item
        for text, owner in (
            ("Ảnh đại diện nhóm chưa đúng mẫu.", "cskv1"),
            ("Bài ghim chưa có quy tắc của nhóm.", "cskv2"),
        ):
            inspections.note_finding(
                actor=member, item=first, text=text, owner_id=_account(owner).pk, due_on=_ago(-9).date()
            )
        inspections.finish_inspection(
            actor=member, inspection=Inspection.objects.get(pk=row.pk),
            summary="Nhóm hoạt động đều, tin báo được trả lời đúng hạn; còn hai tồn tại về hình thức.",
        )  # fmt: skip
    finding = Finding.objects.filter(ward_id=WARD_ID).order_by("pk").first()
    if finding is None:
        raise RuntimeError("the demonstration's inspection noted nothing")
    with at(_ago(24)):
        inspections.mend_finding(actor=actor("cskv1"), finding=finding, note="Đã đổi ảnh theo mẫu.")
    with at(_ago(20)):
        inspections.revisit_finding(actor=member, finding=finding, mended=True, note="Đã đúng mẫu.")
    with at(_ago(1)):
        inspections.plan_inspection(
            actor=member, title="Kiểm tra hồ sơ bàn giao và cài đặt nhóm", planned_on=_ago(-6).date(),
            inspector_id=member.id, groups=3, tips=0, seed=SEED + 1,
        )  # fmt: skip


def _fakes() -> None:
    """A fake account that is gone, a fake group reported, and one to be looked into."""
    officer = actor("cskv1")
    with at(_ago(47)):
        gone = fakes.enter_fake(
            actor=officer, kind="account", address="Can bo Cong an phuong MAU", note="Gọi điện đòi cài ứng dụng lạ."
        )
    for days, status in ((46, "confirmed"), (45, "reported"), (39, "gone")):
        with at(_ago(days)):
            fakes.follow_up(
                actor=officer, fake=SuspectedFake.objects.get(pk=gone.pk), status=status, kind="account",
                address="Can bo Cong an phuong MAU", note="Gọi điện đòi cài ứng dụng lạ.",
            )  # fmt: skip
    with at(_ago(9)):
        group = fakes.enter_fake(
            actor=officer, kind="group", address="https://zalo.me/g/giamao001", note="Dùng tên và ảnh của nhóm tổ 2."
        )
    with at(_ago(8)):
        fakes.follow_up(
            actor=officer, fake=SuspectedFake.objects.get(pk=group.pk), status="confirmed", kind="group",
            address="https://zalo.me/g/giamao001", note="Dùng tên và ảnh của nhóm tổ 2.",
        )  # fmt: skip
    with at(_ago(0.6, 7)):
        fakes.enter_fake(actor=officer, kind="phone", address="0900999999", note="Tự xưng trực ban, hỏi mã OTP.")


def _data_requests() -> None:
    """One answered, one waiting."""
    chief = actor("truongca")
    dice = random.Random(SEED + 4)  # noqa: S311  (invented history)
    homes = Household.objects.filter(ward_id=WARD_ID, members__status="current").distinct().order_by("pk")[:40]
    first, second = dice.sample(list(homes), 2)
    for home, kind, days in ((first, DataRequest.Kind.SEE, 25), (second, DataRequest.Kind.CORRECT, 1)):
        received = _ago(days)
        with at(received + timedelta(minutes=30)):
            person = home.members.filter(status="current").order_by("pk")[0]
            row = data_requests.record_request(
                actor=chief, household=home, person=person, kind=kind, arrived=DataRequest.Arrived.IN_PERSON,
                received_at=received, identity_ref="Đã đối chiếu giấy tờ tại trụ sở",
            )  # fmt: skip
        with at(received + timedelta(hours=1)):
            data_requests.confirm(actor=chief, pk=row.pk)
        if kind == DataRequest.Kind.SEE:
            with at(received + timedelta(days=2)):
                data_requests.answer(actor=chief, pk=row.pk, text="Đã đưa bản in dữ liệu đang lưu cho người yêu cầu.")


def _drill() -> None:
    """The words of an alarm, approved by a second person, and a drill in which all but a few answered."""
    chosen = list(ZaloGroup.objects.filter(ward_id=WARD_ID, status="active").values_list("pk", flat=True))
    with at(_ago(56)):
        text = emergency_texts.write(actor=actor("phoca"), words=ALARM)
    with at(_ago(55)):
        emergency_texts.approve(actor=actor("truongca"), text=text)
    began = _ago(33, 8)
    with at(began):
        run = emergency.start(
            actor=actor("trucban"), text=EmergencyText.objects.get(pk=text.pk), drill=True, group_ids=chosen,
            blanks={"noi": "kho cây cảnh (diễn tập)", "gio": "8 giờ 20"},
        )  # fmt: skip
    called = EmergencyCall.objects.filter(ward_id=WARD_ID, run=run).select_related("user").order_by("pk")
    for number, call in enumerate(called):
        if number % 7 == 6:
            continue
        with at(began + timedelta(seconds=40 + 25 * number)):
            emergency.acknowledge(actor=_actor_of(call.user), run=run)
    with at(began + timedelta(minutes=9)):
        emergency.confirm(actor=actor("phoca"), run=run)
    with at(began + timedelta(minutes=30)):
        emergency.all_clear(actor=actor("phoca"), run=run)
    with at(began + timedelta(hours=2)):
        emergency.review(
            actor=actor("truongca"), run=run, went_well="Đa số trưởng, phó nhóm xác nhận trong năm phút.",
            to_change="Cập nhật số của phó nhóm đổi máy.",
        )  # fmt: skip


def _reports(start: datetime) -> None:
    """The reports of the months that have ended, drafted on the day, approved by the chief, signed by the head."""
    chief, head = actor("truongca"), actor("truongban")
    day = start.date().replace(day=1)
    while True:
        after = (day + timedelta(days=32)).replace(day=1)
        if after > timezone.localdate():
            return
        drafted = timezone.make_aware(datetime.combine(after, datetime.min.time())) + timedelta(hours=8)
        if drafted < timezone.now() - timedelta(days=2):
            with ward_scope(WARD_ID):
                with at(drafted):
                    row = reviews.draft_review(actor=chief, kind="month", day=day)
                with at(drafted + timedelta(hours=3)):
                    reviews.approve_review(actor=chief, review=row)
                with at(drafted + timedelta(days=1)):
                    reviews.sign_review(actor=head, review=row)
        day = after


def _day() -> None:
    """The message of the day; notices older than two days have been read."""
    messages.write_message(
        actor=actor("truongca"), text="Chiều thứ sáu họp giao ban nhóm, các đồng chí rà lại hộ chưa tham gia.",
        until=timezone.localdate() + timedelta(days=3),
    )  # fmt: skip
    old = Notice.objects.filter(ward_id=WARD_ID, read_at=None, created_at__lt=timezone.now() - timedelta(days=2))
    old.update(read_at=timezone.now() - timedelta(days=1))
