"""When a group is left alone: the ward's quiet hours, and how many posts a week a group may get.

Emergencies know neither. What does not fit into a group's week is held back: it goes out by itself once there is room,
or earlier when somebody of the management team says so.
"""

from __future__ import annotations

from datetime import datetime, time

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.services import notify
from broadcasts.models import Broadcast, Delivery
from broadcasts.policies import visible_deliveries
from broadcasts.selectors.limits import WEEK, posts_of_week
from broadcasts.services.planning import DEPUTIES_AFTER, send_until, settle
from vikhe_portal.core import audit
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.jobs import enqueue_on_commit
from vikhe_portal.core.permissions import Actor, require, system_actor
from vikhe_portal.core.scope import ward_scope
from wards import services as ward_services
from wards.models import WardProfile

S = Delivery.State
MOST_A_WEEK = 50
LEAST_OPEN = 6 * 60  # minutes of a day in which something may be posted


def held_wards() -> list[int]:
    """Wards in which something is held back. For the worker, which may sweep this table."""
    return list(
        Delivery.objects.filter(state=S.HELD_BACK).order_by("ward_id").values_list("ward_id", flat=True).distinct()
    )


def release_ward(*, ward_id: int) -> int:
    """Let out what a group has room for again, oldest first; end what waited a week or is no longer valid."""
    now = timezone.now()
    with ward_scope(ward_id):
        profile = WardProfile.objects.select_for_update().get(ward_id=ward_id)
        if profile.quiet_until(now) is not None:
            return 0
        used = {group: len(posts) for group, posts in posts_of_week(ward_id, now).items()}
        gone, free = [], []
        for row in _held(Delivery.objects.filter(ward_id=ward_id)):
            valid = row.broadcast.valid_until
            if row.not_before <= now - WEEK or (valid and valid < timezone.localdate(now)):
                gone.append(row)
            elif not profile.weekly_budget or used.get(row.group_id, 0) < profile.weekly_budget:
                used[row.group_id] = used.get(row.group_id, 0) + 1
                free.append(row)
        Delivery.objects.filter(ward_id=ward_id, pk__in=[row.pk for row in gone]).update(state=S.EXPIRED)
        for occurrence_id in sorted({row.occurrence_id for row in gone}):
            settle(ward_id=ward_id, occurrence_id=occurrence_id)
        for row in free:
            _let_out(row, now, profile)
            audit.record(actor=system_actor(ward_id), action="broadcasts.let_out", target=row)
        return len(free)


def _held(rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    locked = rows.filter(state=S.HELD_BACK).select_for_update(of=("self",))
    return locked.select_related("broadcast", "group").order_by("not_before", "pk")


def _let_out(row: Delivery, now: datetime, profile: WardProfile) -> None:
    row.state = S.PENDING if row.kind == Delivery.Kind.GMF else S.HANDED_TO
    row.not_before, row.deadline, row.deputies_from = now, send_until(profile, now), now + DEPUTIES_AFTER
    row.save(update_fields=["state", "not_before", "deadline", "deputies_from"])
    if row.state == S.PENDING:
        enqueue_on_commit("broadcasts.dispatch")
    elif row.holder_id:
        notify(ward_id=row.ward_id, user_ids=[row.holder_id], kind="broadcast_card", url=reverse("broadcasts:cards"))


@transaction.atomic
def let_out(*, actor: Actor, delivery_id: int) -> Delivery:
    """Post it all the same, above the week's number. Raises DomainError at night or when it waits no more."""
    require(actor, "broadcasts.let_out")
    profile = WardProfile.objects.get(ward_id=actor.ward_id)
    now = timezone.now()
    until = profile.quiet_until(now)
    if until is not None:
        raise DomainError(
            _("Groups are not disturbed now. Try again from %(time)s on.")
            % {"time": f"{timezone.localtime(until):%H:%M}"}
        )
    row = _held(visible_deliveries(actor).filter(pk=delivery_id)).first()
    if row is None or row.broadcast.status != Broadcast.Status.DELIVERING:
        raise DomainError(_("This post is not held back any more."))
    _let_out(row, now, profile)
    audit.record(actor=actor, action="broadcasts.let_out", target=row)
    return row


def set_limits(*, actor: Actor, quiet_from: time, quiet_to: time, weekly_budget: int) -> bool:
    """Decide the quiet hours and the number of posts a week; returns whether anything changed. Raises DomainError.

    What is planned for an hour that is quiet now goes out when the quiet hours are over; what a group has room for now
    is let out by the next tick.
    """
    require(actor, "broadcasts.set_limits")
    if not 0 <= weekly_budget <= MOST_A_WEEK:
        raise DomainError(
            _("Give a number from 0 to %(most)s. 0 means: no limit.") % {"most": MOST_A_WEEK}, field="weekly_budget"
        )
    if quiet_from != quiet_to and WardProfile(quiet_from=quiet_from, quiet_to=quiet_to).open_minutes() < LEAST_OPEN:
        raise DomainError(_("At least six hours of the day must be left for posting."), field="quiet_to")
    with transaction.atomic():
        before = ward_services.set_posting_limits(
            actor=actor, quiet_from=quiet_from, quiet_to=quiet_to, weekly_budget=weekly_budget
        )
        profile = WardProfile.objects.get(ward_id=actor.ward_id)
        now = profile.posting_limits()
        if now == before:
            return False
        audit.record(
            actor=actor,
            action="broadcasts.limits_set",
            target=profile,
            fields=[name for name in now if now[name] != before[name]],
            values={"before": before, "now": now},
        )
        enqueue_on_commit("broadcasts.plan")
    return True
