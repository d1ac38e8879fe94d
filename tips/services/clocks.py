"""Starting, meeting and stopping the clocks of a tip. The tick, which warns and climbs, is in services.ticking."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from tips.models import CRIME_TRACKS, PAPER_TRACKS, Clock, ClockPolicy, Tip, Track, Urgency
from tips.selectors import policies_of, work_calendar
from vikhe_portal.core import transitions
from vikhe_portal.core.calendar import Span, Unit, WorkCalendar, due_at, local_date

ON_RECEIPT = ("TIP_ACK", "TIP_ASSESS")
FALLBACK = "TIP_FOLLOW_UP"
OF_A_PART = "TIP_ASSESS_PART"
_COUNTED = {ClockPolicy.Unit.DAYS, ClockPolicy.Unit.WORKING_DAYS, ClockPolicy.Unit.MONTHS}

# What each track starts, besides the urgent alarm. Crime depends on urgency and has its own function.
TRACK_KEYS: dict[str, tuple[str, ...]] = {
    Track.DENUNCIATION: ("DENUNCIATION_FORWARD", "DENUNCIATION_INITIAL"),
    Track.CORRUPTION: ("DENUNCIATION_FORWARD", "DENUNCIATION_INITIAL"),
    Track.COMPLAINT: ("COMPLAINT_ACCEPT",),
    Track.FEEDBACK: ("PETITION_NOTICE", "PETITION_RESOLVE"),
    Track.STAFF_CONDUCT: ("PETITION_NOTICE", "PETITION_RESOLVE"),
    Track.VIOLATION: ("PETITION_RESOLVE",),
    Track.ACCIDENT: ("PETITION_RESOLVE",),
    Track.FIRE: ("PETITION_RESOLVE",),
    Track.DISPUTE: ("PETITION_RESOLVE",),
    Track.DOMESTIC_VIOLENCE: ("TIP_PRELIM_7D",),
    Track.OTHER_BODY: ("PETITION_NOTICE",),
    Track.SECURITY: ("TIP_TRANSFER_24H",),
    Track.QUESTION: ("QUESTION_ANSWER",),
    Track.NONE: (),
}
# Tracks that are urgent by nature, whatever was ticked.
ALWAYS_URGENT = (Track.DOMESTIC_VIOLENCE, Track.SECURITY)
AFTER_TRANSFER = ("CQDT_NOTIFY_VKS", "CQDT_RESOLVE")
# What taking a matter up again ends: its own law goes on counting.
ON_REOPENING = ("TIP_CLOSE", *AFTER_TRANSFER)
# An answer to the reporter does not meet these: the matter must still go to the body that settles it.
NOT_BY_ANSWER = ("TIP_PROPOSE_ASSIGN", "TIP_TRANSFER_24H", "TIP_PRELIM_7D")


def keys_for(track: str, urgency: int) -> tuple[str, ...]:
    """The policies that classifying into `track` starts. Crime: 24 hours when urgent, else 7 days."""
    if track in CRIME_TRACKS:
        keys: tuple[str, ...] = (
            "TIP_PROPOSE_ASSIGN",
            "TIP_TRANSFER_24H" if urgency == Urgency.URGENT else "TIP_PRELIM_7D",
        )
    else:
        keys = TRACK_KEYS[track]
    if urgency == Urgency.URGENT or track in ALWAYS_URGENT:
        keys = ("TIP_URGENT_ALERT", *keys)
    return keys


def build(tip: Tip, keys: Iterable[str], *, at: datetime) -> list[Clock]:
    """Clocks of these policies, not saved: from the reception where the law counts from it, else from `at`.

    The version is the one in force when the period begins; a running clock keeps it whatever comes later.
    """
    clocks = []
    keys = list(keys)
    if not keys:
        return []
    calendar = WorkCalendar()  # hours and minutes run through every day; the holidays are read when days count
    found = policies_of(keys, local_date(at))
    from_reception = (
        policies_of(keys, local_date(tip.counts_from)) if local_date(tip.counts_from) != local_date(at) else found
    )
    for key in keys:
        policy = found[key]
        if policy.start == ClockPolicy.Start.RECEIVED:
            policy = from_reception.get(key, policy)
        begins = tip.counts_from if policy.start == ClockPolicy.Start.RECEIVED else at
        if policy.unit in _COUNTED and not calendar.days:
            calendar = work_calendar()
        due = due_at(begins, Span(policy.amount, Unit(policy.unit)), calendar)
        warn = begins + (due - begins) * policy.warn_percent / 100
        clocks.append(
            Clock(
                ward_id=tip.ward_id,
                tip=tip,
                policy=policy,
                started_at=begins,
                warn_at=warn,
                due_at=due,
                attention_at=warn,
            )
        )
    return clocks


def earliest(clocks: Iterable[Clock]) -> datetime | None:
    """The next deadline: the ward's own and statutory ones first, those merely followed only when nothing else runs."""
    rows = [clock for clock in clocks if clock.state in Clock.LIVE]
    own = [clock.due_at for clock in rows if clock.policy.nature != ClockPolicy.Nature.TRACKING]
    return min(own or [clock.due_at for clock in rows], default=None)


def _live(tip: Tip) -> list[Clock]:
    return list(
        Clock.objects.select_for_update(of=("self",))
        .filter(ward_id=tip.ward_id, tip=tip, state__in=Clock.LIVE)
        .select_related("policy")
    )


def start(tip: Tip, keys: Iterable[str], *, at: datetime | None = None) -> list[Clock]:
    """Start the clocks of these policies that do not run yet. The caller calls `settle` and saves the tip."""
    running = {clock.policy.key for clock in _live(tip)}
    return Clock.objects.bulk_create(build(tip, [key for key in keys if key not in running], at=at or timezone.now()))


def _end(clock: Clock, state: str, now: datetime) -> None:
    transitions.move(clock, state, field="state")
    clock.ended_at, clock.attention_at = now, None


def meet(tip: Tip, keys: Iterable[str] | None = None, *, tracking: bool = False, but: Iterable[str] = ()) -> bool:
    """End running clocks as met, or as late when their time is over: those in `keys`, or all but followed and `but`.

    Returns whether one of them was late.
    """
    now, late, changed = timezone.now(), False, []
    wanted, spared = None if keys is None else set(keys), set(but)
    for clock in _live(tip):
        if clock.policy.key in spared or wanted is not None and clock.policy.key not in wanted:
            continue
        if wanted is None and clock.policy.nature == ClockPolicy.Nature.TRACKING and not tracking:
            continue
        overdue = now >= clock.due_at
        _end(clock, Clock.State.LATE if overdue else Clock.State.MET, now)
        late = late or overdue
        changed.append(clock)
    Clock.objects.bulk_update(changed, ["state", "ended_at", "attention_at"])
    return late


def stop(tip: Tip, *, keep: Iterable[str] = (), only: Iterable[str] | None = None) -> None:
    """Stop running clocks that no longer apply: all except those in `keep`, or just those in `only`."""
    now, kept, changed = timezone.now(), set(keep), []
    chosen = None if only is None else set(only)
    for clock in _live(tip):
        if clock.policy.key not in kept and (chosen is None or clock.policy.key in chosen):
            _end(clock, Clock.State.STOPPED, now)
            changed.append(clock)
    Clock.objects.bulk_update(changed, ["state", "ended_at", "attention_at"])


def settle(tip: Tip) -> None:
    """Set `next_due_at` from what runs; an open tip without a clock gets the ward's own follow-up. Caller saves."""
    rows = _live(tip)
    if not rows and tip.is_open:
        rows = start(tip, [FALLBACK])
    tip.next_due_at = earliest(rows)


def running_of(tip: Tip) -> list[Clock]:
    """The running clocks of a tip, locked."""
    return _live(tip)


def recount(tip: Tip, beside: Iterable[Clock] = ()) -> None:
    """Count the running clocks again from `tip.counts_from`, or from the earlier start of the same limit in `beside`.

    What was extended by a document stays as it is. The caller settles and saves the tip.
    """
    now, calendar, changed = timezone.now(), work_calendar(), []
    starts = {clock.policy.key: clock.started_at for clock in beside}
    for clock in _live(tip):
        policy = clock.policy
        begins = tip.counts_from if policy.start == ClockPolicy.Start.RECEIVED else clock.started_at
        begins = min(begins, starts.get(policy.key, begins))
        if begins == clock.started_at or clock.extensions:
            continue
        clock.started_at = begins
        clock.due_at = due_at(begins, Span(policy.amount, Unit(policy.unit)), calendar)
        clock.warn_at = begins + (clock.due_at - begins) * policy.warn_percent / 100
        if clock.state != Clock.State.RUNNING and now < clock.warn_at:
            transitions.move(clock, Clock.State.RUNNING, field="state")
            clock.rung = 0
        if clock.state != Clock.State.OVERDUE:
            clock.attention_at = clock.warn_at
        changed.append(clock)
    Clock.objects.bulk_update(changed, ["started_at", "due_at", "warn_at", "state", "rung", "attention_at"])


def any_overdue(tip: Tip) -> bool:
    """Whether a limit of the ward itself or of the law has passed on this tip: closing it then needs a reason."""
    return any(
        clock.due_at <= timezone.now() and clock.policy.nature != ClockPolicy.Nature.TRACKING for clock in _live(tip)
    )


def is_paper(track: str) -> bool:
    """Whether the law wants the matter on paper only."""
    return track in PAPER_TRACKS


def save_new(rows: list[Clock]) -> None:
    """Insert clocks that `build` made, once their tip has a key."""
    Clock.objects.bulk_create(rows)
