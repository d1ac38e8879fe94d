"""Changes of standing groups: link, kind, rules, closing, and what residents report about them."""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.services import notify
from groups.models import Appointment, GroupNeighbourhood, GroupReport, Membership, ZaloGroup
from groups.services.coverage import recount_ward
from groups.services.fakes import enter_from_report, term_on
from groups.services.joining import keep_version
from groups.services.planning import checked_name
from vikhe_portal.core import audit, crypto, transitions
from vikhe_portal.core.content_guard import Severity, check
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require
from vikhe_portal.core.text import nfc

# What Zalo's invitation links look like: six letters and three digits, or the newer longer codes.
LINK = re.compile(r"https://zalo\.me/g/[a-z0-9]{6,24}")
REPORT_TEXT = "groups_groupreport.text"
REPORTS_A_DAY = 30  # of one group; more is an attack, and the duty telephone still rings


def checked_link(ward_id: int, link: str, *, but: ZaloGroup) -> str:
    """An invitation link in its stored form, or ""; DomainError when it is none or belongs to another group."""
    link = link.strip().rstrip("/")
    if not link:
        return ""
    if not LINK.fullmatch(link):
        raise DomainError(
            _("This is no Zalo group link. It looks like https://zalo.me/g/abcdef123; copy it in Zalo from the group's "
              "settings."),
            field="link",
        )  # fmt: skip
    if ZaloGroup.objects.filter(ward_id=ward_id, link=link).exclude(pk=but.pk).exists():
        raise DomainError(_("Another group of the ward already has this link."), field="link")
    return link


@transaction.atomic
def edit_group(
    *,
    actor: Actor,
    group: ZaloGroup,
    name: str,
    kind: str,
    link: str,
    remote_id: str,
    member_cap: int,
    rules: str,
) -> ZaloGroup:
    """Change what is known of a group. A new link counts as checked by the person who enters it.

    Raises DomainError for a press-like name, a wrong link, an id missing for a group of the Official Account, or rules
    that the content guard refuses.
    """
    group = ZaloGroup.objects.select_for_update().get(pk=group.pk)
    require(actor, "groups.edit", group)
    if group.status == ZaloGroup.Status.ARCHIVED:
        raise DomainError(_("This group is closed and stays as it was."))
    now = timezone.now()
    remote_id = remote_id.strip()
    if kind == ZaloGroup.Kind.GMF and not remote_id:
        raise DomainError(_("A group of the Official Account needs its id at Zalo."), field="remote_id")
    if remote_id and ZaloGroup.objects.filter(ward_id=actor.ward_id, remote_id=remote_id).exclude(pk=group.pk).exists():
        raise DomainError(_("Another group already has this id at Zalo."), field="remote_id")
    for finding in check(rules):
        if finding.severity == Severity.BLOCK:
            raise DomainError(finding.message, field="rules")
    after: dict[str, Any] = {
        "name": checked_name(actor.ward_id, name, but=group),
        "kind": kind,
        "link": checked_link(actor.ward_id, link, but=group),
        "remote_id": remote_id,
        "member_cap": member_cap,
        "rules": rules.strip(),
    }
    changed = [field for field, value in after.items() if getattr(group, field) != value]
    for field, value in after.items():
        setattr(group, field, value)
    if "link" in changed:
        group.link_checked_at = now if group.link else None
    group.save()
    if "rules" in changed:
        keep_version(group=group, made_by=actor.user_id, now=now)
    audit.record(actor=actor, action="groups.changed", target=group, fields=changed)
    return group


@transaction.atomic
def confirm_link(*, actor: Actor, group: ZaloGroup) -> ZaloGroup:
    """Note that the link was opened and leads to this group. Raises DomainError when there is none."""
    group = ZaloGroup.objects.select_for_update().get(pk=group.pk)
    require(actor, "groups.edit", group)
    if not group.link:
        raise DomainError(_("Enter the group's link first."))
    group.link_checked_at = timezone.now()
    group.save(update_fields=["link_checked_at", "updated_at"])
    audit.record(actor=actor, action="groups.link_checked", target=group)
    return group


@transaction.atomic
def archive_group(*, actor: Actor, group: ZaloGroup, reason: str) -> ZaloGroup:
    """Close a group: its neighbourhoods are free for another one, its people are no longer members, its past stays.

    Raises DomainError when it is closed already.
    """
    group = ZaloGroup.objects.select_for_update().get(pk=group.pk)
    require(actor, "groups.appoint", group)
    before = transitions.move(group, ZaloGroup.Status.ARCHIVED)
    now = timezone.now()
    group.archived_at = now
    group.save(update_fields=["status", "archived_at", "updated_at"])
    places = []
    for rows in (
        GroupNeighbourhood.objects.filter(ward_id=group.ward_id, group=group, held__endswith__isnull=True),
        Appointment.objects.filter(ward_id=group.ward_id, group=group, held__overlap=DateTimeTZRange(now, None)),
    ):
        for row in rows:
            if isinstance(row, GroupNeighbourhood):
                places.append(row.neighbourhood_id)
            if row.held.lower >= now:
                row.delete()
                continue
            row.held = DateTimeTZRange(row.held.lower, now)
            row.save(update_fields=["held"])
    Membership.objects.filter(ward_id=group.ward_id, group=group, left_at__isnull=True).update(left_at=now)
    recount_ward(ward_id=group.ward_id, neighbourhood_ids=places)
    audit.record(actor=actor, action="groups.archived", target=group, reason=reason, values={"before": before})
    return group


@transaction.atomic
def report_group(*, group: ZaloGroup, kind: str, text: str, link: str = "") -> GroupReport:
    """Store what a resident reports on the group's public page; runs in the ward's scope, without an actor.

    The leader and the management team get a notice. Raises DomainError for an empty text and when a group has had more
    reports today than people can read.
    """
    body = "\n".join(part for part in (nfc(text), nfc(link)) if part)
    if len(nfc(text)) < 10:
        raise DomainError(_("Write in a sentence what you have seen."), field="text")
    now = timezone.now()
    today = GroupReport.objects.filter(ward_id=group.ward_id, group=group, received_at__gt=now - timedelta(days=1))
    if today.count() >= REPORTS_A_DAY:
        raise DomainError(_("Too many reports came in today. Please telephone the ward police instead."))
    row = _store_report(group, kind, body, received_at=now, asked="complaint")
    if kind == GroupReport.Kind.FAKE:
        enter_from_report(row)
    audit.record(actor=None, action="groups.reported", target=row, values={"kind": kind})
    _tell_leader(group, now)
    return row


@transaction.atomic
def enter_order(*, actor: Actor, group: ZaloGroup, authority: str, received_at: datetime, text: str) -> GroupReport:
    """Enter an authority's request to remove a post: its clock runs from when it was received.

    Raises DomainError for a time in the future.
    """
    group = ZaloGroup.objects.select_for_update().get(pk=group.pk)
    require(actor, "groups.report_handle", group)
    now = timezone.now()
    if received_at > now:
        raise DomainError(_("That time has not come yet. Enter when the request was received."), field="received_at")
    row = _store_report(
        group, GroupReport.Kind.ORDER, nfc(text), received_at=received_at, asked="authority", authority=nfc(authority)
    )
    audit.record(actor=actor, action="groups.order_entered", target=row, values={"group": group.pk})
    _tell_leader(group, now)
    return row


def _store_report(
    group: ZaloGroup, kind: str, body: str, *, received_at: datetime, asked: str, authority: str = ""
) -> GroupReport:
    term = term_on(asked, received_at)
    key = uuid.uuid4().hex
    return GroupReport.objects.create(
        ward_id=group.ward_id,
        group=group,
        kind=kind,
        text=crypto.encrypt(body.encode(), ward_id=group.ward_id, context=REPORT_TEXT, row=key),
        key=key,
        received_at=received_at,
        due_at=received_at + timedelta(hours=term.hours),
        basis=term.basis,
        authority=authority,
    )


def _tell_leader(group: ZaloGroup, now: datetime) -> None:
    leaders = Appointment.objects.filter(
        ward_id=group.ward_id, group=group, role=Appointment.Role.LEADER, held__contains=now
    )
    notify(
        ward_id=group.ward_id,
        user_ids=list(leaders.values_list("user_id", flat=True)),
        kind="tip_new",
        url=f"/nhom/{group.pk}/",
    )


@transaction.atomic
def handle_report(*, actor: Actor, report: GroupReport, outcome: str, note: str) -> GroupReport:
    """Record what was done about a resident's report. Raises DomainError when it was dealt with already."""
    report = GroupReport.objects.select_for_update(of=("self",)).select_related("group").get(pk=report.pk)
    require(actor, "groups.report_handle", report.group)
    if report.handled_at is not None:
        raise DomainError(_("Somebody has dealt with this report meanwhile."))
    report.outcome, report.note = outcome, nfc(note)
    report.handled_at, report.handled_by = timezone.now(), actor.user
    report.save(update_fields=["outcome", "note", "handled_at", "handled_by"])
    audit.record(actor=actor, action="groups.report_handled", target=report, values={"outcome": outcome})
    return report
