"""The steps of a tip as sentences: a timeline that reads as a story."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from tips.models import ClockPolicy, Progress, Tip, TipEvent, Track

K = TipEvent.Kind


@dataclass(frozen=True)
class Step:
    """One sentence of the story."""

    at: datetime
    kind: str
    text: str
    reason: str


def story_of(tip: Tip) -> list[Step]:
    """The story, oldest step first. Three queries, however long it is."""
    events = list(TipEvent.objects.filter(ward_id=tip.ward_id, tip=tip).order_by("at", "id"))
    ids = [pk for event in events for pk in (event.actor_id, event.facts.get("to")) if pk]
    names = {user.pk: user.get_full_name() for user in User.objects.filter(pk__in=ids)}
    labels = dict(ClockPolicy.objects.values_list("key", "label"))
    return [Step(event.at, event.kind, _sentence(event, names, labels), event.reason) for event in events]


def _sentence(event: TipEvent, names: dict[int, str], labels: dict[str, str]) -> str:
    who = names.get(event.actor_id or 0, _("The reporter"))
    to = names.get(event.facts.get("to") or 0, _("the next superior"))
    track = dict(Track.choices).get(event.facts.get("track", ""), "")
    clock = labels.get(event.facts.get("clock", ""), "")
    step = dict(Progress.choices).get(event.facts.get("step", ""), "")
    values = {"who": who, "to": to, "track": track, "clock": clock, "step": step}
    moved = event.facts.get("tip") == event.tip_id
    sentences = {
        K.RECEIVED: _("The report came in.") if event.actor_id is None else _("%(who)s entered the report."),
        K.READ: _("%(who)s read it for the first time."),
        K.CLASSIFIED: _("%(who)s classified it: %(track)s."),
        K.SUBJECTS: _("%(who)s marked it as concerning staff; it went behind the wall."),
        K.ASSIGNED: _("%(who)s gave it to %(to)s."),
        K.ESCALATED: _("%(who)s passed it up to %(to)s."),
        K.TRANSFERRED: _("%(who)s transferred it to the competent body."),
        K.ASKED: _("%(who)s asked the reporter."),
        K.REPLIED: _("The reporter wrote back."),
        K.ANSWERED: _("%(who)s answered the reporter."),
        K.DISAGREED: _("The reporter did not agree; %(to)s looks at it again."),
        K.CLOSED: _("%(who)s closed it."),
        K.REOPENED: _("%(who)s took it up again."),
        K.RECUSED: _("An officer stepped back because of a conflict of interest."),
        K.HANDED_OVER: _("It passed to %(to)s with a handover."),
        K.OVERDUE: _("A deadline passed: %(clock)s."),
        K.EXTENDED: _("%(who)s extended a deadline: %(clock)s."),
        K.JOINED: _("%(who)s joined this report to another one.")
        if moved
        else _("%(who)s joined another report of the same matter to this one."),
        K.TAKEN_OUT: _("%(who)s took this report out again.")
        if moved
        else _("%(who)s took a joined report out again."),
        K.PROGRESS: _("%(who)s noted: %(step)s."),
        K.SPLIT: _("%(who)s split a second matter off."),
        K.ERASED: _("Its words and sealed parts were destroyed; the matter goes on on paper."),
    }
    if event.kind == K.IDENTITY:
        return _identity(event.facts.get("step", "")) % values
    return sentences[K(event.kind)] % values


def _identity(step: str) -> str:
    return {
        "requested": _("%(who)s asked for the sealed identity to be opened."),
        "approved": _("%(who)s approved that the identity is opened."),
        "refused": _("%(who)s refused that the identity is opened."),
    }.get(step, _("%(who)s opened the sealed identity."))
