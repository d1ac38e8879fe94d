"""Reads of groups: the management team's list with every breach, and one group's page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Post, User
from groups.models import (
    Appointment,
    Checklist,
    Coverage,
    GroupCheck,
    GroupCount,
    GroupNeighbourhood,
    GroupReport,
    OfficerArea,
    ZaloGroup,
)
from groups.policies.visibility import visible_groups
from groups.selectors.violations import open_violations
from vikhe_portal.core import crypto
from vikhe_portal.core.permissions import Actor, allows
from vikhe_portal.core.text import search_key
from wards.models import WardProfile

Role = Appointment.Role
DEPUTY_ROLES = (Role.PARTY_SECRETARY, Role.NEIGHBOURHOOD_HEAD, Role.SECURITY_HEAD)
FIRST_CHECK = timedelta(days=14)  # a new group is to be checked within two weeks
SOON = timedelta(days=7)  # a check due within a week is on the leader's list of today
LINK_DAYS = timedelta(days=31)  # a link may be switched off in Zalo; a person opens it once a month
REPORT_TEXT = "groups_groupreport.text"


@dataclass(frozen=True)
class Breach:
    """Something that is not as the plan asks: a key, words with what to do, and how grave ("bad" or "warn")."""

    key: str
    text: str
    tone: str = "bad"


@dataclass
class GroupLine:
    """A group with what the list and its page show of it."""

    group: ZaloGroup
    leader: User | None = None
    leader_since: datetime | None = None
    leader_decision: str = ""
    leader_is_cover: bool = False
    deputies: list[Appointment] = field(default_factory=list)
    places: list[Any] = field(default_factory=list)
    households: int = 0
    covered: int = 0
    confirmed: int = 0
    members: int = 0
    check: GroupCheck | None = None
    open_reports: int = 0
    violations: int = 0
    silent_for: int | None = None
    breaches: list[Breach] = field(default_factory=list)

    @property
    def next_check(self) -> datetime | None:
        """When the next security check is due."""
        if self.check is not None:
            return self.check.due_at
        return self.group.accepted_at + FIRST_CHECK if self.group.accepted_at else None


def group_lines(actor: Actor, *, groups: Iterable[ZaloGroup] | None = None) -> list[GroupLine]:
    """The standing groups the actor may know of (or these), each with its breaches; a constant number of queries."""
    ward_id, now = actor.ward_id, timezone.now()
    if groups is None:
        groups = visible_groups(actor).filter(status=ZaloGroup.Status.ACTIVE)
    lines = {group.pk: GroupLine(group=group) for group in groups}
    ids = list(lines)
    serving = GroupNeighbourhood.objects.filter(ward_id=ward_id, group_id__in=ids, held__contains=now)
    for row in serving.select_related("neighbourhood").order_by("neighbourhood__number", "neighbourhood__key"):
        lines[row.group_id].places.append(row.neighbourhood)
    appointments = Appointment.objects.filter(ward_id=ward_id, group_id__in=ids, held__contains=now)
    for one in appointments.select_related("user", "neighbourhood").order_by("neighbourhood__number", "role"):
        line = lines[one.group_id]
        if one.role == Role.LEADER:
            line.leader, line.leader_since, line.leader_is_cover = one.user, one.held.lower, one.is_cover
            line.leader_decision = one.decision_no
        else:
            line.deputies.append(one)
    coverage = {row.neighbourhood_id: row for row in Coverage.objects.filter(ward_id=ward_id)}
    for line in lines.values():
        for place in line.places:
            counted = coverage.get(place.pk)
            if counted is not None:
                line.households += counted.households
                line.covered += counted.covered
                line.confirmed += counted.confirmed
                line.members += counted.members
    proven = ~Q(evidence_digest="") | Q(confirmed_at__isnull=False)
    latest = GroupCheck.objects.filter(proven, ward_id=ward_id, group_id__in=ids)
    for check in latest.order_by("group_id", "-done_at").distinct("group_id"):
        lines[check.group_id].check = check
    late_reports: set[int] = set()
    reports = GroupReport.objects.filter(ward_id=ward_id, group_id__in=ids, handled_at__isnull=True)
    for group_id, due in reports.order_by().values_list("group_id", "due_at"):
        lines[group_id].open_reports += 1
        if due < now:
            late_reports.add(group_id)
    for group_id, number in open_violations(ward_id, ids).items():
        lines[group_id].violations = number
    for line in lines.values():
        last = line.group.last_post_at or line.group.accepted_at
        line.silent_for = (now - last).days if last is not None else None
    _find_breaches(actor, lines, late_reports, now)
    return list(lines.values())


def _find_breaches(actor: Actor, lines: dict[int, GroupLine], late_reports: set[int], now: datetime) -> None:
    ward_id = actor.ward_id
    posts: dict[int, set[str]] = defaultdict(set)
    deputy_posts: set[tuple[int, str, int | None]] = set()
    held = Post.objects.filter(ward_id=ward_id, held__contains=now)
    for user, kind, capacity, place in held.values_list("user_id", "kind", "capacity", "neighbourhood_id"):
        posts[user].add(kind)
        if kind == Post.Kind.GROUP_DEPUTY:
            deputy_posts.add((user, capacity, place))
    areas = OfficerArea.objects.filter(ward_id=ward_id, held__contains=now)
    officers = dict(areas.values_list("neighbourhood_id", "user_id"))
    profile = WardProfile.objects.filter(ward_id=ward_id).first() or WardProfile()
    silent_since = now - timedelta(days=profile.silent_days)
    for line in lines.values():
        if line.group.status != ZaloGroup.Status.ACTIVE:
            continue
        line.breaches += _people_breaches(line, posts, deputy_posts, officers)
        line.breaches += _state_breaches(line, now, silent_since, profile.silent_days, profile.confirm_days)
        if line.group.pk in late_reports:
            line.breaches.append(Breach("report_late", _("A resident's report is past its 48 hours.")))
        elif line.open_reports:
            line.breaches.append(Breach("report_open", _("A resident's report waits for an answer."), "warn"))


def _people_breaches(
    line: GroupLine,
    posts: dict[int, set[str]],
    deputy_posts: set[tuple[int, str, int | None]],
    officers: dict[int, int],
) -> list[Breach]:
    found = []
    if line.leader is None:
        found.append(Breach("leaderless", _("Nobody leads the group. Appoint its area officer.")))
    elif not posts[line.leader.pk] & set(Post.POLICE) or not line.leader.is_active:
        found.append(Breach("leader_gone", _("The leader's post has ended. Hand the group over.")))
    elif line.places and line.leader.pk not in {officers.get(place.pk) for place in line.places}:
        found.append(
            Breach("leader_elsewhere", _("The leader is not the area officer of any neighbourhood here."), "warn")
        )
    ended = [one for one in line.deputies if (one.user_id, one.role, one.neighbourhood_id) not in deputy_posts]
    if not line.deputies:
        found.append(Breach("no_deputies", _("The group has no deputies. Appoint them from their posts.")))
    elif ended:
        found.append(Breach("deputy_gone", _("The post of a deputy has ended. Renew the deputies."), "warn"))
    elif len(line.deputies) < len(DEPUTY_ROLES) * len(line.places):
        found.append(Breach("deputies_missing", _("Not every neighbourhood has its three deputies."), "warn"))
    return found


def _state_breaches(
    line: GroupLine, now: datetime, silent_since: datetime, silent_days: int, confirm_days: int
) -> list[Breach]:
    found, group = [], line.group
    due = line.next_check
    if due is not None and due < now:
        found.append(Breach("check_overdue", _("The security check is overdue.")))
    elif line.check is not None and line.check.score < 100:
        found.append(
            Breach(
                "check_open",
                _("The last security check found %(score)s%% in order.") % {"score": line.check.score},
                "warn",
            )
        )
    last = group.last_post_at or group.accepted_at
    if last is not None and last < silent_since:
        found.append(Breach("silent", _("No confirmed post for %(days)s days.") % {"days": silent_days}, "warn"))
    if not group.link:
        found.append(Breach("no_link", _("The link for joining is missing."), "warn"))
    elif group.link_checked_at is None or group.link_checked_at < now - LINK_DAYS:
        found.append(Breach("link_unchecked", _("The link has not been opened for a month."), "warn"))
    if not line.members:
        pass  # nobody to count yet
    elif group.counted_at is None:
        found.append(Breach("count_stale", _("Its members have never been counted on Zalo."), "warn"))
    elif group.counted_at < now - timedelta(days=confirm_days):
        text = _("Its members have not been counted on Zalo for %(days)s days.") % {"days": confirm_days}
        found.append(Breach("count_stale", text, "warn"))
    elif group.counted_members is not None and group.counted_members < line.members:
        found.append(
            Breach(
                "count_below",
                _("Zalo shows %(counted)s members, the roster %(claimed)s. Compare the member list.")
                % {"counted": group.counted_members, "claimed": line.members},
                "warn",
            )
        )
    if line.households > group.member_cap:
        found.append(Breach("over_cap", _("More households than the group may have members."), "warn"))
    return found


def _words(line: GroupLine) -> str:
    """What a search for a group looks through."""
    return " ".join([line.group.name, line.leader.full_name if line.leader else "", *(p.name for p in line.places)])


def narrowed(lines: list[GroupLine], *, q: str = "", leader: str = "", breach: str = "") -> list[GroupLine]:
    """The lines whose group, neighbourhood or leader matches `q`, of `leader` (id), with a breach ("1" or a key)."""
    key = search_key(q)
    if key:
        lines = [line for line in lines if key in search_key(_words(line))]
    if leader.isdecimal():
        lines = [line for line in lines if line.leader is not None and line.leader.pk == int(leader)]
    if breach == "1":
        lines = [line for line in lines if line.breaches]
    elif breach:
        lines = [line for line in lines if any(one.key == breach for one in line.breaches)]
    return lines


def group(actor: Actor, group_id: int) -> ZaloGroup | None:
    """One group the actor may know of, or None."""
    return visible_groups(actor).filter(pk=group_id).first()


def group_line(actor: Actor, group: ZaloGroup) -> GroupLine:
    """A group's page: everything of its line."""
    return group_lines(actor, groups=[group])[0]


def leaders_of(group: ZaloGroup) -> list[Appointment]:
    """Who led this group and from when to when, newest first."""
    rows = Appointment.objects.filter(ward_id=group.ward_id, group=group, role=Role.LEADER)
    return list(rows.select_related("user").order_by("-held"))


def appointed_on(group: ZaloGroup, moment: datetime) -> list[Appointment]:
    """Leader and deputies of a group at a moment of the past or the future."""
    rows = Appointment.objects.filter(ward_id=group.ward_id, group=group, held__contains=moment)
    return list(rows.select_related("user", "neighbourhood").order_by("neighbourhood__number", "role"))


def checks_of(actor: Actor, group: ZaloGroup) -> list[dict[str, Any]]:
    """The group's last attestations with the words of what was not in order."""
    versions = {row.version: row.items for row in Checklist.objects.all()}
    shown = []
    rows = GroupCheck.objects.filter(ward_id=actor.ward_id, group=group).select_related("done_by", "confirmed_by")[:10]
    for row in rows:
        items = versions.get(row.version, [])
        shown.append({"row": row, "wrong": [item["label"] for item in items if row.answers.get(item["key"]) is False]})
    return shown


def counts_of(group: ZaloGroup) -> list[GroupCount]:
    """The last counts of a group's members on Zalo, newest first."""
    return list(GroupCount.objects.filter(ward_id=group.ward_id, group=group).select_related("counted_by")[:10])


def count(actor: Actor, count_id: int) -> GroupCount | None:
    """One count of a group the actor may know of, or None."""
    rows = GroupCount.objects.filter(ward_id=actor.ward_id, pk=count_id, group__in=visible_groups(actor))
    return rows.select_related("group").first()


def check(actor: Actor, check_id: int) -> GroupCheck | None:
    """One attestation of a group the actor may know of, or None."""
    return (
        GroupCheck.objects.filter(ward_id=actor.ward_id, pk=check_id, group__in=visible_groups(actor))
        .select_related("group")
        .first()
    )


def report_text(row: GroupReport) -> str:
    """The words of a resident's report, opened."""
    return crypto.decrypt(bytes(row.text), ward_id=row.ward_id, context=REPORT_TEXT, row=row.key).decode()


def reports_for(actor: Actor, group: ZaloGroup) -> list[dict[str, Any]]:
    """What residents reported about a group, open ones first; nothing for those who do not deal with it."""
    if not allows(actor, "groups.report_handle", group):
        return []
    rows = GroupReport.objects.filter(ward_id=actor.ward_id, group=group).select_related("handled_by")
    now = timezone.now()
    return [
        {"row": row, "late": row.handled_at is None and row.due_at < now}
        for row in rows.order_by(F("handled_at").desc(nulls_first=True), "due_at")[:20]
    ]


def report(actor: Actor, report_id: int) -> GroupReport | None:
    """One resident's report on a group the actor may know of, or None."""
    return (
        GroupReport.objects.filter(ward_id=actor.ward_id, pk=report_id, group__in=visible_groups(actor))
        .select_related("group")
        .first()
    )


def officers_for_choice(actor: Actor) -> list[User]:
    """Leaders of the ward's groups, for the list's filter."""
    rows = Appointment.objects.filter(ward_id=actor.ward_id, role=Role.LEADER, held__contains=timezone.now())
    return list(User.objects.filter(pk__in=rows.values("user_id")).order_by("sort_name", "id"))
