"""Taking in: from the public form and from officers. Works with PostgreSQL alone; everything else may be down."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Post
from tips.models import Channel, Kind, Route, Tip, TipEvent, TipSubject, Track
from tips.selectors import police_names, sealing_keys
from tips.services import clocks, receipts, routing, sealing, words
from tips.services.sealing import Reporter
from tips.services.story import tell
from vikhe_portal.core import content_guard, context, pictures
from vikhe_portal.core.calendar import local_date
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.jobs import enqueue_on_commit
from vikhe_portal.core.permissions import Actor, require
from vikhe_portal.core.scope import ward_scope
from wards.services import next_number

MAX_TEXT = 4000
MAX_PLACE = 200
MAX_PICTURES = 5
MAX_PICTURE_BYTES = 10 * 1024 * 1024
_SECRET_RULES = ("secret.", "circulation.")


@dataclass(frozen=True)
class Receipt:
    """What the reporter is given: the code (16 digits), and what they must know of its way."""

    code: str
    tip_uuid: uuid.UUID
    route: str
    again: bool = False


@dataclass(frozen=True)
class Report:
    """What somebody reports."""

    text: str = ""
    place: str = ""
    kind: str = Kind.OTHER
    neighbourhood_id: int | None = None
    group_id: int | None = None
    occurred_on: date | None = None
    day_part: str = ""
    urgent: bool = False


def check_text(text: str, *, field: str = "text", limit: int = MAX_TEXT) -> str:
    """The text as it is stored. Raises DomainError when empty, too long, or bearing the marks of a secret document."""
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if not text:
        raise DomainError(_("Please write what happened."), field=field)
    if len(text) > limit:
        raise DomainError(
            _("The text is too long: %(length)s characters, at most %(limit)s. Please shorten it a little.")
            % {"length": len(text), "limit": limit},
            field=field,
        )
    for finding in content_guard.check(text):
        if finding.rule_id.startswith(_SECRET_RULES):
            raise DomainError(str(finding.message), field=field, code="secret")
    return text


def read_pictures(uploads: list[bytes], *, field: str = "pictures") -> list[tuple[pictures.Picture, bytes]]:
    """Check and copy uploaded pictures. Raises DomainError with the number of the one that is not taken."""
    if len(uploads) > MAX_PICTURES:
        raise DomainError(
            _("At most %(limit)s pictures can be sent. Please choose the most important ones.")
            % {"limit": MAX_PICTURES},
            field=field,
        )
    ready = []
    for number, upload in enumerate(uploads, start=1):
        if len(upload) > MAX_PICTURE_BYTES:
            raise DomainError(
                _("Picture %(number)s is larger than 10 MB. Please choose a smaller one.") % {"number": number},
                field=field,
            )
        try:
            ready.append((pictures.prepare(upload), upload))
        except pictures.PictureError as error:
            raise DomainError(
                _("Picture %(number)s: %(reason)s") % {"number": number, "reason": error.message}, field=field
            ) from error
    return ready


def submit_public_tip(
    *,
    ward_id: int,
    about: str,
    report: Report,
    submission: str,
    reporter: Reporter | None = None,
    subject_id: int | None = None,
    uploads: list[bytes] | None = None,
) -> Receipt:
    """Store a resident's report and return its receipt. The same `submission` again gives the same receipt.

    Opens the ward's scope itself. Raises DomainError (field named) for a text or picture that is not taken. Needs no
    broker and no cache: who must be told is told by a wake-up, or by the next tick when the wake-up is lost.
    Neither address nor reference of the request is kept with it.
    """
    way = routing.WAYS[about]
    text = check_text(report.text) if way.takes_words else ""
    ready = read_pictures(uploads or []) if way.takes_words else []
    mark = receipts.submission_hash(submission)
    code = receipts.code_for(submission)
    try:
        with context.acting_from(context.Origin(source="web")), ward_scope(ward_id):
            subjects = _subjects(ward_id, about, text, subject_id)
            tip = store(
                ward_id=ward_id,
                way=way,
                report=report,
                text=text,
                kind=routing.kind_for(about, report.kind),
                channel=Channel.FORM,
                mark=mark,
                receipt=receipts.receipt_hash(code),
            )
            TipSubject.objects.bulk_create(
                TipSubject(ward_id=ward_id, tip=tip, user_id=user_id, relation=TipSubject.Relation.SUBJECT)
                for user_id in subjects
            )
            if way.takes_identity and (reporter or ready):
                keys = sealing_keys(ward_id)
                if reporter:
                    sealing.seal_reporter(tip, reporter, keys)
                sealing.keep_pictures(tip, ready, keys)
            else:
                sealing.keep_pictures(tip, ready, [])
            tell(
                tip,
                TipEvent.Kind.RECEIVED,
                actor=None,
                action="tips.received",
                fresh=not subjects,
                facts={"channel": tip.channel, "kind": tip.kind},
            )
            enqueue_on_commit("tips.announce", ward_id=ward_id)
            return Receipt(code, tip.uuid, tip.route)
    except IntegrityError:
        with ward_scope(ward_id):
            known = Tip.objects.filter(ward_id=ward_id, submission=mark).only("uuid", "route", "ward_id").first()
        if known is None:
            raise
        return Receipt(code, known.uuid, known.route, again=True)


def _subjects(ward_id: int, about: str, text: str, subject_id: int | None) -> set[int]:
    """Staff a report names: chosen on the form, or by their full name in its text."""
    if about not in (routing.About.POLICE, routing.About.BRIBERY):
        return set()
    staff = police_names(ward_id)
    found = routing.named_in(text, staff)
    if any(kind in (Post.Kind.CHIEF, Post.Kind.DEPUTY_CHIEF) for _user, kind in found):
        raise DomainError(
            _(
                "This report names the chief or a deputy chief of the ward police. The provincial police decide on "
                "such reports: go back and choose “The chief or a deputy chief of the ward police”. If it is not "
                "about them, leave out the name."
            ),
            field="text",
            code="leader",
        )
    named = {user_id for user_id, _kind in found}
    if subject_id is not None and any(user_id == subject_id for user_id, _name, _kind in staff):
        named.add(subject_id)
    return named


def store(
    *,
    ward_id: int,
    way: routing.Way,
    report: Report,
    text: str,
    kind: str,
    channel: str,
    mark: str,
    receipt: str,
    received_by_id: int | None = None,
    received_at: datetime | None = None,
    part_of: Tip | None = None,
) -> Tip:
    """Number a report, encrypt its words, start its clocks and insert it. The caller tells the story."""
    now = timezone.now()
    year = local_date(now).year
    tip = Tip(
        ward_id=ward_id,
        group_id=report.group_id,
        neighbourhood_id=report.neighbourhood_id,
        series=way.series,
        year=year,
        kind=kind,
        track=way.track,
        route=way.route,
        channel=channel,
        received_at=received_at or now,
        received_by_id=received_by_id,
        owner_role=way.owner_role,
        occurred_on=report.occurred_on,
        day_part=report.day_part,
        receipt_hash=receipt,
        submission=mark,
        split_from=part_of,
    )
    if text:
        tip.content = words.close(
            words.Words(text, report.place.strip()[:MAX_PLACE]), ward_id=ward_id, tip_uuid=tip.uuid
        )
    running = clocks.build(tip, (clocks.OF_A_PART,) if part_of else way.clocks, at=now)
    tip.next_due_at = clocks.earliest(running)
    tip.number = next_number(ward_id=ward_id, series=way.series, year=year)
    tip.code = routing.code_of(way.series, year, tip.number)
    tip.save(force_insert=True)
    for clock in running:
        clock.tip = tip
    clocks.save_new(running)
    return tip


def enter_tip(
    *,
    actor: Actor,
    channel: str,
    report: Report,
    reporter: Reporter | None = None,
    uploads: list[bytes] | None = None,
    submission: str = "",
    book_number: str = "",
) -> tuple[Tip, str]:
    """An officer enters what they were told or sent; returns the tip and the receipt code to hand to the reporter.

    Only ordinary matters and questions: a report about staff is taken by the form, or on paper. Raises DomainError.
    """
    require(actor, "tips.enter")
    ward_id = actor.ward_id or 0
    text = check_text(report.text)
    ready = read_pictures(uploads or [])
    if channel not in Channel.values or channel == Channel.FORM:
        raise DomainError(_("Choose how the report came in."), field="channel")
    if report.kind == Kind.POLICE:
        raise DomainError(
            _(
                "A report about the police does not go through an officer. Show the reporter the form of the ward, "
                "or take it down on paper for the chief."
            ),
            field="kind",
        )
    submission = submission or receipts.new_submission()
    code = receipts.code_for(submission)
    about = routing.About.QUESTION if report.kind == Kind.QUESTION else routing.About.MATTER
    try:
        with ward_scope(ward_id):
            tip = store(
                ward_id=ward_id,
                way=routing.WAYS[about],
                report=report,
                text=text,
                kind=report.kind,
                channel=channel,
                mark=receipts.submission_hash(submission),
                receipt=receipts.receipt_hash(code),
                received_by_id=actor.id,
            )
            tip.book_number = book_number[:40]
            tip.save(update_fields=["book_number"])
            keys = sealing_keys(ward_id) if reporter or ready else []
            if reporter:
                sealing.seal_reporter(tip, reporter, keys)
            sealing.keep_pictures(tip, ready, keys)
            tell(
                tip,
                TipEvent.Kind.RECEIVED,
                actor=actor,
                action="tips.entered",
                facts={"channel": channel, "kind": tip.kind},
            )
            enqueue_on_commit("tips.announce", ward_id=ward_id)
            return tip, code
    except IntegrityError:
        with ward_scope(ward_id):
            known = Tip.objects.filter(ward_id=ward_id, submission=receipts.submission_hash(submission)).first()
        if known is None:
            raise
        return known, code


__all__ = ["Receipt", "Report", "Reporter", "Route", "Track", "enter_tip", "submit_public_tip"]
