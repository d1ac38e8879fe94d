"""Reads of the regulation of the groups."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone

from accounts.models import Post, User
from oversight.models import Regulation, RegulationAcknowledgement
from oversight.policies.regulations import BOUND
from vikhe_portal.core.permissions import Actor

# What a ward may start from; the chief edits every word before it is published. Official texts are Vietnamese.
STARTING_TEXT = (
    "1. Nhóm “Zalo an ninh trật tự của Cảnh sát khu vực” dùng để tuyên truyền pháp luật, hướng dẫn thủ tục và "
    "tiếp nhận thông tin về an ninh, trật tự của tổ dân phố. Không dùng nhóm để mua bán, quảng cáo hoặc việc "
    "riêng.\n"
    "2. Trưởng nhóm là Cảnh sát khu vực phụ trách địa bàn. Phó nhóm là Bí thư chi bộ, Tổ trưởng tổ dân phố, "
    "Tổ trưởng Tổ bảo vệ an ninh, trật tự. Chỉ trưởng nhóm và phó nhóm được đổi tên, ảnh, thành viên và cài "
    "đặt của nhóm.\n"
    "3. Không đăng bí mật nhà nước, biện pháp nghiệp vụ, thông tin chưa kiểm chứng, dữ liệu cá nhân của người "
    "khác.\n"
    "4. Trưởng nhóm, phó nhóm gỡ bài vi phạm và nhắc nhở người đăng; vi phạm nhiều lần thì báo Tổ quản lý xem "
    "xét.\n"
    "5. Tin báo về tội phạm, vi phạm được chuyển ngay đến trực ban Công an phường; không bàn luận chi tiết "
    "trong nhóm, không tiết lộ người báo tin. Việc khẩn cấp gọi 113, 114, 115.\n"
    "6. Khi trưởng nhóm chuyển công tác hoặc nghỉ chế độ, quyền quản trị được bàn giao cho người kế nhiệm, "
    "nhóm không gián đoạn.\n"
    "7. Trưởng nhóm kiểm tra cài đặt an toàn của nhóm theo lịch và chịu sự kiểm tra của Tổ quản lý, Ban Chỉ "
    "đạo."
)


def regulations(actor: Actor) -> QuerySet[Regulation]:
    """All versions, newest first, with how many acknowledged each."""
    rows = Regulation.objects.filter(ward_id=actor.ward_id).select_related("published_by")
    return rows.annotate(read_by=Count("acknowledgements")).order_by("-version")


def regulation(actor: Actor, pk: int) -> Regulation | None:
    """One version, or None."""
    return regulations(actor).filter(pk=pk).first()


def latest(actor: Actor) -> Regulation | None:
    """The version that binds now, or None."""
    return Regulation.objects.filter(ward_id=actor.ward_id).order_by("-version").first()


def before(row: Regulation) -> Regulation | None:
    """The version this one replaced, or None."""
    rows = Regulation.objects.filter(ward_id=row.ward_id, version__lt=row.version)
    return rows.order_by("-version").first()


@dataclass(frozen=True)
class Difference:
    """A line of a version against the one before: "added", "removed", or "" for unchanged."""

    state: str
    text: str


def differences(row: Regulation) -> list[Difference]:
    """The lines that differ from the version before, each with its unchanged neighbours; [] for the first one."""
    old = before(row)
    if old is None:
        return []
    states = {"+": "added", "-": "removed", " ": ""}
    found = difflib.unified_diff(old.text.splitlines(), row.text.splitlines(), n=1, lineterm="")
    # The first two lines name files; a line beginning with "@" names a place.
    return [Difference(states[line[0]], line[1:]) for line in list(found)[2:] if line[0] in states]


def bound_people(actor: Actor) -> QuerySet[User]:
    """Those who must acknowledge: area officers and group deputies of today."""
    posts = Post.objects.filter(ward_id=actor.ward_id, kind__in=BOUND, held__contains=timezone.now())
    return User.objects.filter(pk__in=posts.values("user_id")).order_by("sort_name", "pk")


def missing(actor: Actor, row: Regulation) -> QuerySet[User]:
    """Those of today who have not acknowledged this version."""
    said = RegulationAcknowledgement.objects.filter(ward_id=actor.ward_id, regulation=row)
    return bound_people(actor).exclude(pk__in=said.values("user_id"))


def missing_now(actor: Actor) -> int:
    """How many have not acknowledged the version that binds."""
    row = latest(actor)
    return missing(actor, row).count() if row else 0


def has_acknowledged(actor: Actor, row: Regulation) -> bool:
    """Whether the actor did."""
    return RegulationAcknowledgement.objects.filter(ward_id=actor.ward_id, regulation=row, user_id=actor.id).exists()


def waiting_for(actor: Actor) -> list[dict[str, Any]]:
    """The version the actor still has to acknowledge, for the page of today."""
    row = latest(actor)
    if row is None or has_acknowledged(actor, row):
        return []
    return [{"pk": row.pk, "title": row.title, "effective_on": row.effective_on}]
