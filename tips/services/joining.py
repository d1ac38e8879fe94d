"""Reports of one matter joined to one, taken out again; a second matter split off. Always decided by a person.

The earliest clock governs the joined matter. Each reporter goes on reading and writing with the own receipt.
"""

from __future__ import annotations

import secrets

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tips.models import Kind, Route, Tip, TipEvent, TipSubject
from tips.policies import visible_tips
from tips.services import clocks, intake, receipts, routing
from tips.services.handling import ASSESSED, S, lock, need_reason, tell_people
from tips.services.story import tell
from vikhe_portal.core import transitions
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.jobs import enqueue_on_commit
from vikhe_portal.core.permissions import Actor, require

MAY_RECEIVE = (S.NEW, S.ASSIGNED, S.ASKED, S.ESCALATED, S.ANSWERED)
MAY_JOIN = (S.NEW, S.ASSIGNED, S.ASKED, S.ESCALATED)


def _lock_both(actor: Actor, one: Tip, two: Tip) -> tuple[Tip, Tip]:
    """Both rows, locked in the order of their numbers. Raises DomainError when one does not exist to the actor."""
    wanted = visible_tips(actor).select_for_update(of=("self",)).filter(pk__in=[one.pk, two.pk]).order_by("pk")
    rows = {row.pk: row for row in wanted}
    if len(rows) != 2:
        raise DomainError(_("This tip is no longer open to you."))
    return rows[one.pk], rows[two.pk]


def _check(tip: Tip, main: Tip) -> None:
    if tip.route != Route.ORDINARY or main.route != Route.ORDINARY or tip.series != main.series:
        raise DomainError(_("These two reports go different ways by law; they cannot be joined."))
    if tip.status not in MAY_JOIN:
        raise DomainError(_("Only a report that is still being handled can be joined to another one."), field="main")
    if main.status not in MAY_RECEIVE:
        raise DomainError(
            _("The report you want to keep is transferred or finished. Take it up again first."), field="main"
        )
    if tip.track not in ("", main.track):
        raise DomainError(
            _("The two reports are classified differently. Classify them alike first: the time limits depend on it."),
            field="main",
        )


@transaction.atomic
def join(*, actor: Actor, tip: Tip, main: Tip, reason: str) -> Tip:
    """Join `tip` to `main`, which goes on for both; returns `main`. The earliest time limits govern.

    The reporter of `tip` reads the answers to `main` with the own receipt. Raises DomainError.
    """
    if tip.pk == main.pk:
        raise DomainError(_("Choose another report."), field="main")
    tip, main = _lock_both(actor, tip, main)
    for row in (tip, main):
        require(actor, "tips.join", row)
    reason = need_reason(reason)
    _check(tip, main)
    _share_distance(tip, main)
    running = clocks.running_of(tip)
    clocks.meet(tip, ASSESSED)
    clocks.stop(tip)
    before = tip.status
    transitions.move(tip, S.MERGED)
    tip.merged_into, tip.next_due_at = main, None
    tip.save()
    Tip.objects.filter(ward_id=tip.ward_id, merged_into=tip).update(merged_into=main)
    main.counted_from = min(main.counts_from, tip.counts_from)
    if tip.urgency > main.urgency:
        main.urgency = tip.urgency
        if main.track:
            keys = clocks.keys_for(main.track, main.urgency)
            clocks.stop(main, only=set(clocks.keys_for(main.track, 0)) - set(keys))
            clocks.start(main, keys)
    clocks.recount(main, running)
    clocks.settle(main)
    main.save()
    facts = {"tip": tip.pk, "main": main.pk}
    for row in (tip, main):
        values = {**facts, "before": before} if row is tip else facts
        tell(row, TipEvent.Kind.JOINED, actor=actor, action="tips.joined", reason=reason, facts=values)
    if main.assignee_id not in (None, actor.id):
        tell_people(main, "tip_assigned", main.assignee_id)
    return main


def _share_distance(tip: Tip, main: Tip) -> None:
    """Who stepped back from one of them has nothing to do with the other either."""
    rows = TipSubject.objects.filter(ward_id=tip.ward_id, tip__in=[tip, main])
    away = set(rows.values_list("user_id", flat=True))
    if main.assignee_id in away:
        raise DomainError(
            _("Who handles the report you want to keep has stepped back from the other one. Assign it first."),
            field="main",
        )
    TipSubject.objects.bulk_create(
        [
            TipSubject(ward_id=tip.ward_id, tip=row, user_id=user_id, relation=TipSubject.Relation.RECUSED)
            for row in (tip, main)
            for user_id in away
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def take_out(*, actor: Actor, tip: Tip, reason: str) -> Tip:
    """Take a joined report out again: it goes on by itself, with the time limits counted from its own reception.

    Raises DomainError.
    """
    if tip.merged_into is None:
        raise DomainError(_("This report is not joined to another one."))
    tip, main = _lock_both(actor, tip, tip.merged_into)
    for row in (tip, main):
        require(actor, "tips.join", row)
    reason = need_reason(reason)
    if tip.merged_into_id != main.pk:
        raise DomainError(_("This report is not joined to another one."))
    tip.assignee_id = main.assignee_id or actor.id
    transitions.move(tip, S.ASSIGNED)
    tip.merged_into = None
    clocks.start(tip, clocks.keys_for(tip.track, tip.urgency))
    clocks.settle(tip)
    tip.save()
    left = Tip.objects.filter(ward_id=main.ward_id, merged_into=main).only("received_at", "counted_from")
    earliest = min([main.received_at, *(row.counts_from for row in left)])
    main.counted_from = earliest if earliest < main.received_at else None
    clocks.recount(main)
    clocks.settle(main)
    main.save()
    for row in (tip, main):
        facts = {"tip": tip.pk, "main": main.pk}
        tell(row, TipEvent.Kind.TAKEN_OUT, actor=actor, action="tips.taken_out", reason=reason, facts=facts)
    return tip


@transaction.atomic
def split(*, actor: Actor, tip: Tip, text: str, kind: str, reason: str, submission: str) -> Tip:
    """Write a second matter of a report down as a report of its own, received when the first one was.

    Its answers stand behind the receipt of the first. The same `submission` again gives the same part. Raises
    DomainError.
    """
    tip = lock(actor, tip)
    require(actor, "tips.join", tip)
    reason = need_reason(reason)
    text = intake.check_text(text)
    if kind not in Kind.values or kind in (Kind.POLICE, Kind.QUESTION):
        raise DomainError(_("Choose what kind of matter it is."), field="kind")
    if tip.status in Tip.FINISHED or tip.series != Tip.Series.GENERAL:
        raise DomainError(_("Only a report that is being handled can be split."))
    mark = receipts.submission_hash(submission)
    known = Tip.objects.filter(ward_id=tip.ward_id, submission=mark).first()
    if known is not None:
        return known
    report = intake.Report(
        text=text,
        kind=kind,
        neighbourhood_id=tip.neighbourhood_id,
        group_id=tip.group_id,
        occurred_on=tip.occurred_on,
        day_part=tip.day_part,
    )
    try:
        part = intake.store(
            ward_id=tip.ward_id,
            way=routing.WAYS[routing.About.MATTER],
            report=report,
            text=text,
            kind=kind,
            channel=tip.channel,
            mark=mark,
            receipt=receipts.receipt_hash(secrets.token_hex(20)),
            received_by_id=actor.id,
            received_at=tip.received_at,
            part_of=tip.split_from or tip,
        )
    except IntegrityError as error:
        raise DomainError(_("This was sent twice. Look into the list of tips.")) from error
    away = TipSubject.objects.filter(ward_id=tip.ward_id, tip=tip).values_list("user_id", "relation")
    TipSubject.objects.bulk_create(
        TipSubject(ward_id=tip.ward_id, tip=part, user_id=user_id, relation=relation) for user_id, relation in away
    )
    facts = {"tip": part.pk, "main": tip.pk}
    tell(part, TipEvent.Kind.RECEIVED, actor=actor, action="tips.entered", facts={"kind": kind, "main": tip.pk})
    tell(tip, TipEvent.Kind.SPLIT, actor=actor, action="tips.split", reason=reason, facts=facts)
    enqueue_on_commit("tips.announce", ward_id=tip.ward_id)
    return part
