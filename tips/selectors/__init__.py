"""Reads of tips, always for an actor; words are read by services.reading, which audits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Prefetch, QuerySet
from django.utils import timezone

from accounts.models import Post, SealingKey, User
from accounts.selectors import holders
from groups.models import Appointment, GroupNeighbourhood, ZaloGroup
from tips.models import (
    Attachment,
    Clock,
    ClockPolicy,
    IdentityRequest,
    SealedReporter,
    SecurityReader,
    Tip,
    TipMessage,
    TipSubject,
)
from tips.policies import readable_tips, visible_tips
from vikhe_portal.core.calendar import WorkCalendar
from vikhe_portal.core.permissions import Actor
from vikhe_portal.core.scope import door_scope, ward_scope
from wards.models import Neighbourhood, Ward, WardProfile
from wards.selectors import holidays, identity_mode, neighbourhoods


def live_clocks() -> QuerySet[Clock]:
    """Clocks that still run, with their policies."""
    return Clock.objects.filter(state__in=Clock.LIVE).select_related("policy").order_by("due_at", "id")


def tips_for_list(actor: Actor) -> QuerySet[Tip]:
    """Rows of the queue: what the actor may know of, with owner, place and running clocks (constant queries)."""
    return (
        visible_tips(actor)
        .defer("content")
        .select_related("assignee", "neighbourhood", "group")
        .annotate(
            has_reply=Exists(
                TipMessage.objects.filter(
                    ward_id=actor.ward_id, tip_id=OuterRef("pk"), kind__in=["reply", "disagreement"]
                )
            )
        )
        .prefetch_related(Prefetch("clocks", queryset=live_clocks(), to_attr="running"))
    )


def readable_ids(actor: Actor, tips: list[Tip]) -> set[int]:
    """Which of these rows the actor may open and read."""
    return set(readable_tips(actor).filter(pk__in=[tip.pk for tip in tips]).values_list("pk", flat=True))


def my_tips(actor: Actor) -> QuerySet[Tip]:
    """Open tips assigned to the actor."""
    return tips_for_list(actor).filter(assignee_id=actor.id).exclude(status__in=Tip.FINISHED)


def find_tip(actor: Actor, uuid: Any) -> Tip | None:
    """A tip the actor may know of, or None: what one may not know of does not exist."""
    return (
        visible_tips(actor)
        .defer("content")
        .select_related("assignee", "neighbourhood", "group")
        .filter(uuid=uuid)
        .first()
    )


def readable_tip(actor: Actor, uuid: Any) -> Tip | None:
    """A tip whose words the actor may read, or None."""
    return readable_tips(actor).filter(uuid=uuid).first()


def readable_by_code(actor: Actor, code: str) -> Tip | None:
    """A tip by its whole code, if the actor may read it."""
    return readable_tips(actor).defer("content").filter(code__iexact=code).first()


def clocks_of(tip: Tip) -> list[Clock]:
    """All clocks of a tip, running ones first."""
    rows = list(Clock.objects.filter(ward_id=tip.ward_id, tip=tip).select_related("policy").order_by("due_at", "id"))
    return sorted(rows, key=lambda clock: (clock.state not in Clock.LIVE, clock.due_at))


def attachments_of(tip: Tip) -> list[Attachment]:
    """The pictures of a tip."""
    return list(Attachment.objects.filter(ward_id=tip.ward_id, tip=tip).order_by("position"))


def subjects_of(tip: Tip) -> list[TipSubject]:
    """Staff the tip concerns or who stepped back."""
    return list(TipSubject.objects.filter(ward_id=tip.ward_id, tip=tip).select_related("user"))


def joined_to(actor: Actor, tip: Tip) -> list[Tip]:
    """Reports joined to this one that the actor may read, in the order they came."""
    return list(readable_tips(actor).filter(merged_into=tip).order_by("received_at", "id"))


def parts_of(actor: Actor, tip: Tip) -> list[Tip]:
    """Second matters split off from this report, as far as the actor may know of them."""
    return list(visible_tips(actor).defer("content").filter(split_from=tip).order_by("id"))


def find_by_pk(actor: Actor, pk: int | None) -> Tip | None:
    """A tip by its key as far as the actor may know of it; for links between reports of one matter."""
    return None if pk is None else visible_tips(actor).defer("content").filter(pk=pk).first()


def subject_ids(tip: Tip) -> set[int]:
    """Ids of staff to whom the tip does not exist."""
    return set(TipSubject.objects.filter(ward_id=tip.ward_id, tip=tip).values_list("user_id", flat=True))


def is_sealed(tip: Tip) -> bool:
    """Whether a name or telephone is kept sealed."""
    return SealedReporter.objects.filter(ward_id=tip.ward_id, tip=tip).exists()


def identity_requests(tip: Tip) -> list[IdentityRequest]:
    """Requests to open the identity, newest first."""
    return list(
        IdentityRequest.objects.filter(ward_id=tip.ward_id, tip=tip).select_related("requested_by", "approved_by")
    )


def opens_offline(tip: Tip) -> bool:
    """Whether sealed identities of the tip's ward are opened on a machine without network."""
    return identity_mode(tip.ward_id) == WardProfile.IdentityMode.SEALED_OFFLINE


def identity_request(actor: Actor, tip_uuid: Any, uuid: Any) -> IdentityRequest | None:
    """One request about a tip the actor may read, or None."""
    tip = readable_tip(actor, tip_uuid)
    if tip is None:
        return None
    return IdentityRequest.objects.filter(ward_id=actor.ward_id, tip=tip, uuid=uuid).first()


def security_readers(actor: Actor) -> list[SecurityReader]:
    """Deputies named to read reports on national security, those of today first."""
    rows = SecurityReader.objects.filter(ward_id=actor.ward_id).select_related("user")
    return list(rows.order_by(F("ended_at").desc(nulls_first=True), "-named_at"))


def security_reader(actor: Actor, pk: int) -> SecurityReader | None:
    """One naming of the actor's ward that holds, or None."""
    return SecurityReader.objects.filter(ward_id=actor.ward_id, pk=pk, ended_at__isnull=True).first()


def deputies_to_name(actor: Actor) -> QuerySet[User]:
    """Deputy chiefs who do not read these reports yet."""
    named = SecurityReader.objects.filter(ward_id=actor.ward_id, ended_at__isnull=True).values("user_id")
    return holders(actor.ward_id or 0, Post.Kind.DEPUTY_CHIEF).exclude(pk__in=named)


def handlers(actor: Actor, tip: Tip | None = None) -> QuerySet[User]:
    """Police officers who may be given a tip: none it concerns; for the chief's own tips deputy chiefs only."""
    kinds: tuple[str, ...] = Post.POLICE
    if tip is not None and tip.route != "ordinary":
        kinds = (Post.Kind.CHIEF, Post.Kind.DEPUTY_CHIEF)
    people = holders(actor.ward_id or 0, *kinds)
    return people.exclude(pk__in=subject_ids(tip)) if tip is not None else people


def superiors(actor: Actor, tip: Tip) -> QuerySet[User]:
    """Deputy chiefs and the chief, without anyone the tip concerns."""
    kinds = (Post.Kind.CHIEF,) if tip.route != "ordinary" else (Post.Kind.CHIEF, Post.Kind.DEPUTY_CHIEF)
    return holders(actor.ward_id or 0, *kinds).exclude(pk__in=subject_ids(tip)).exclude(pk=actor.id)


def work_calendar() -> WorkCalendar:
    """The calendar of working days as the installation knows it."""
    return WorkCalendar(holidays())


def policies_of(keys: list[str], on: date) -> dict[str, ClockPolicy]:
    """The version of each policy in force on a day."""
    rows = ClockPolicy.objects.filter(key__in=keys, effective_from__lte=on).order_by("key", "version")
    return {row.key: row for row in rows if row.effective_to is None or row.effective_to >= on}


def police_names(ward_id: int) -> list[tuple[int, str, str]]:
    """(user id, full name, kind of post) of the ward's police today; to see whether a report names one of them."""
    rows = Post.objects.filter(ward_id=ward_id, kind__in=Post.POLICE, held__contains=timezone.now())
    return list(rows.values_list("user_id", "user__full_name", "kind"))


def sealing_keys(ward_id: int, *, without: set[int] | None = None) -> list[SealingKey]:
    """Live keys of the ward's chief, to which identities are sealed; none means no identity can be taken.

    A ward that opens identities on a machine without network seals to keys whose private half is not here at all, a
    ward that opens them in the portal to keys locked by a passphrase. A ward that takes no identities seals to nobody.
    """
    mode = identity_mode(ward_id)
    if mode == WardProfile.IdentityMode.NONE:
        return []
    chiefs = holders(ward_id, Post.Kind.CHIEF).values("pk")
    keys = SealingKey.objects.filter(ward_id=ward_id, user_id__in=chiefs, retired_at__isnull=True)
    away = {"locked_private_key": b""}
    keys = keys.filter(**away) if mode == WardProfile.IdentityMode.SEALED_OFFLINE else keys.exclude(**away)
    return list(keys.exclude(user_id__in=without or set()))


def takes_identity(ward_id: int) -> bool:
    """Whether the ward has decided to take names, and somebody holds a key to open them. Needs the ward's scope."""
    return bool(sealing_keys(ward_id))


@dataclass(frozen=True)
class Place:
    """Where a public form stands: the ward, and the group if its code was scanned."""

    ward: Ward
    profile: WardProfile | None
    group: ZaloGroup | None
    leader: str
    neighbourhoods: tuple[Neighbourhood, ...]
    officers: tuple[User, ...]
    identity: bool


def _place(ward: Ward, group: ZaloGroup | None) -> Place:
    now = timezone.now()
    with ward_scope(ward.pk):
        served: list[int] = []
        leader = ""
        if group is not None:
            served = list(
                GroupNeighbourhood.objects.filter(ward_id=ward.pk, group=group, held__contains=now).values_list(
                    "neighbourhood_id", flat=True
                )
            )
            post = (
                Appointment.objects.filter(
                    ward_id=ward.pk, group=group, role=Appointment.Role.LEADER, held__contains=now
                )
                .select_related("user")
                .first()
            )
            leader = post.user.get_full_name() if post else ""
        rows = neighbourhoods(ward.pk)
        if served:
            rows = rows.filter(pk__in=served)
        return Place(
            ward=ward,
            profile=WardProfile.objects.filter(ward_id=ward.pk).first(),
            group=group,
            leader=leader,
            neighbourhoods=tuple(rows),
            officers=tuple(holders(ward.pk, Post.Kind.AREA_OFFICER)),
            identity=takes_identity(ward.pk),
        )


def place_of_group(token: str) -> Place | None:
    """The place behind a group's public token, or None."""
    with door_scope(token):
        group = ZaloGroup.objects.select_related("ward", "ward__province").filter(token=token).first()
    if group is None or group.status == ZaloGroup.Status.ARCHIVED or not group.ward.active:
        return None
    return _place(group.ward, group)


def place_of_ward(ward_id: int) -> Place | None:
    """The place of a ward's own form, or None when the ward does not use the portal."""
    ward = Ward.objects.select_related("province").filter(pk=ward_id, active=True).first()
    return None if ward is None else _place(ward, None)


def place_of_receipt(ward_id: int) -> tuple[Ward, WardProfile | None]:
    """Ward and profile shown on the receipt page. Needs the ward's scope."""
    ward = Ward.objects.select_related("province").get(pk=ward_id)
    return ward, WardProfile.objects.filter(ward_id=ward_id).first()


def register_rows(actor: Actor, year: int) -> QuerySet[Tip]:
    """Tips of a year's intake register that the actor may know of, by number."""
    return (
        visible_tips(actor)
        .filter(year=year, series=Tip.Series.GENERAL)
        .select_related("received_by", "neighbourhood", "assignee")
        .annotate(
            sealed=Exists(SealedReporter.objects.filter(ward_id=actor.ward_id, tip_id=OuterRef("pk"))),
            pictures=Exists(Attachment.objects.filter(ward_id=actor.ward_id, tip_id=OuterRef("pk"))),
        )
        .order_by("number")
    )


def register_years(actor: Actor) -> list[int]:
    """Years with entries, newest first."""
    years = visible_tips(actor).order_by("-year").values_list("year", flat=True).distinct()
    return list(years) or [timezone.localdate().year]


def moment() -> datetime:
    """Now, for pages that tell how long is left."""
    return timezone.now()
