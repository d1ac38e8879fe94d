"""What happens to a matter outside the ward, noted on the strength of a document: acceptance, extension, result.

The periods of the investigating body are followed, not run by the ward: art. 147-149 of the Criminal Procedure Code.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tips.models import CRIME_TRACKS, PAPER_TRACKS, Clock, ClockPolicy, Progress, Tip, TipEvent, Track
from tips.selectors import policies_of, work_calendar
from tips.services import clocks
from tips.services.handling import S, lock
from tips.services.story import tell
from vikhe_portal.core import transitions
from vikhe_portal.core.calendar import Span, Unit, ask_before, due_at, extended_due, local_date
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require

FOLLOWED = ("CQDT_NOTIFY_VKS", "CQDT_RESOLVE", "CQDT_EXTEND", "CQDT_EXTEND_VKS", "CQDT_ASK_EXTEND", "CQDT_RESUME")
RESOLVE = ("COMPLAINT_RESOLVE", "DENUNCIATION_RESOLVE")
CEILING = Span(4, Unit.MONTHS)  # two months from the receipt and once two more: art. 147


def steps_for(tip: Tip) -> list[str]:
    """What may be noted on this tip now."""
    if not tip.is_open:
        return []
    if tip.track in (Track.COMPLAINT, *PAPER_TRACKS):
        known = Clock.objects.filter(ward_id=tip.ward_id, tip=tip, policy__key__in=RESOLVE)
        return [] if known.exists() else [Progress.ACCEPTED]
    if tip.track in CRIME_TRACKS and tip.status == S.TRANSFERRED:
        return [Progress.COMPLEX, Progress.EXTENDED, Progress.SUSPENDED, Progress.RESUMED, Progress.RESULT]
    return []


@transaction.atomic
def note_progress(*, actor: Actor, tip: Tip, step: str, document: str) -> Tip:
    """Note one development with the document that shows it; it sets the limits that follow. Raises DomainError."""
    tip = lock(actor, tip)
    require(actor, "tips.transfer", tip)
    document = document.strip()[:200]
    if not document:
        raise DomainError(_("Name the document: its number, date and issuer."), field="document")
    if step not in steps_for(tip):
        raise DomainError(_("This cannot be noted now. Reload the page and look again."), field="step")
    running = {clock.policy.key: clock for clock in clocks.running_of(tip)}
    received = tip.transferred_at or timezone.now()
    if step == Progress.ACCEPTED:
        _accept(tip)
    elif step == Progress.COMPLEX:
        if "CQDT_RESOLVE" not in running:
            raise DomainError(_("The first period no longer runs."), field="step")
        clocks.stop(tip, only=["CQDT_RESOLVE"])
        clocks.start(tip, ["CQDT_EXTEND"], at=received)
        _ask_before_the_end(tip, "CQDT_EXTEND")
    elif step == Progress.EXTENDED:
        _extend_once(tip, running, received)
    elif step == Progress.SUSPENDED:
        clocks.stop(tip, only=FOLLOWED)
    elif step == Progress.RESUMED:
        if running.keys() & set(FOLLOWED):
            raise DomainError(_("The period of the investigating body is running; it was not suspended."), field="step")
        clocks.start(tip, ["CQDT_RESUME"])
    else:
        clocks.meet(tip, FOLLOWED, tracking=True)
        clocks.meet(tip, [clocks.FALLBACK])
        clocks.start(tip, ["REPORTER_NOTIFY"])
    clocks.settle(tip)
    tip.save()
    facts = {"step": step}
    tell(tip, TipEvent.Kind.PROGRESS, actor=actor, action="tips.progress_noted", reason=document, facts=facts)
    return tip


def extendable(tip: Tip) -> list[Clock]:
    """Running limits that the law lets somebody extend once more."""
    rows = Clock.objects.filter(ward_id=tip.ward_id, tip=tip, state__in=Clock.LIVE).select_related("policy")
    return [clock for clock in rows.order_by("due_at") if clock.extensions < clock.policy.max_extensions]


def _accept(tip: Tip) -> None:
    if tip.track == Track.COMPLAINT:
        clocks.meet(tip, ["COMPLAINT_ACCEPT"])
        clocks.start(tip, ["COMPLAINT_RESOLVE"])
    else:
        clocks.meet(tip, ["DENUNCIATION_FORWARD", "DENUNCIATION_INITIAL"])
        clocks.start(tip, ["DENUNCIATION_RESOLVE"])


def _ask_before_the_end(tip: Tip, key: str) -> None:
    """The last moment at which the procuracy can still be asked, counted back from the end of the running period."""
    running = {clock.policy.key: clock for clock in clocks.running_of(tip)}
    policy = policies_of(["CQDT_ASK_EXTEND"], local_date(timezone.now()))["CQDT_ASK_EXTEND"]
    due = ask_before(running[key].due_at, Span(policy.amount, Unit(policy.unit)), work_calendar())
    _add(tip, policy, running[key].started_at, due)


def _extend_once(tip: Tip, running: dict[str, Clock], received: datetime) -> None:
    if "CQDT_EXTEND" not in running:
        raise DomainError(
            _("The procuracy extends the period of up to two months, once. That period is not running."), field="step"
        )
    policy = policies_of(["CQDT_EXTEND_VKS"], local_date(timezone.now()))["CQDT_EXTEND_VKS"]
    before, calendar = running["CQDT_EXTEND"], work_calendar()
    due = extended_due(before.due_at, Span(policy.amount, Unit(policy.unit)), calendar)
    clocks.stop(tip, only=["CQDT_EXTEND", "CQDT_ASK_EXTEND"])
    _add(tip, policy, before.due_at, min(due, due_at(received, CEILING, calendar)))


def _add(tip: Tip, policy: ClockPolicy, begins: datetime, due: datetime) -> None:
    """Start one clock whose end is not its own length after its beginning."""
    warn = min(max(begins, due - timedelta(days=5)), due)
    Clock.objects.create(
        ward_id=tip.ward_id, tip=tip, policy=policy, started_at=begins, warn_at=warn, due_at=due, attention_at=warn
    )


@transaction.atomic
def extend(*, actor: Actor, tip: Tip, clock_id: int, document: str) -> Clock:
    """Extend a running clock once more by what its policy allows, on the strength of a document.

    Raises DomainError when the policy allows no (further) extension or no document is named.
    """
    tip = lock(actor, tip)
    require(actor, "tips.transfer", tip)
    clock = next((row for row in clocks.running_of(tip) if row.pk == clock_id), None)
    if clock is None:
        raise DomainError(_("This time limit no longer runs. Reload the page."))
    if clock.extensions >= clock.policy.max_extensions:
        raise DomainError(_("The law allows no further extension of this time limit."))
    if not document.strip():
        raise DomainError(_("Name the document that extends the time limit."), field="document")
    policy = clock.policy
    span = Span(policy.extension_amount or policy.amount, Unit(policy.unit))
    clock.due_at = extended_due(clock.due_at, span, work_calendar())
    clock.extensions += 1
    if clock.state != Clock.State.RUNNING:
        transitions.move(clock, Clock.State.RUNNING, field="state")
    clock.rung = 0
    clock.warn_at = max(timezone.now(), clock.due_at - timedelta(days=5))
    clock.warn_at = min(clock.warn_at, clock.due_at)
    clock.attention_at = clock.warn_at
    clock.save(update_fields=["due_at", "extensions", "state", "rung", "warn_at", "attention_at"])
    clocks.settle(tip)
    tip.save(update_fields=["next_due_at", "updated_at"])
    facts = {"clock": policy.key}
    tell(tip, TipEvent.Kind.EXTENDED, actor=actor, action="tips.clock_extended", reason=document, facts=facts)
    return clock
