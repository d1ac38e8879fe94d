"""Writes on periodic reports: draft, edit, count again, approve, return, sign."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Post
from accounts.services import notify
from oversight.models import Review
from oversight.policies.rooms import Kind
from oversight.selectors import reviews as reads
from oversight.selectors.periods import last_ended, period_of
from oversight.services.review_document import bare_name, document_of
from oversight.services.review_figures import freeze_annexes, freeze_figures
from oversight.services.review_text import suggested
from vikhe_portal.core import audit, files
from vikhe_portal.core.documents import to_docx
from vikhe_portal.core.documents.pdf import to_pdf
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.figures import Period
from vikhe_portal.core.permissions import Actor, require
from vikhe_portal.core.transitions import move
from wards.models import Ward, WardProfile
from wards.services import next_number

SERIES = "BC-BCĐ"
# A missed tick is made up for so many days after the end of a period.
MADE_UP_DAYS = 3


def _holders(ward_id: int, *kinds: str) -> list[int]:
    posts = Post.objects.filter(ward_id=ward_id, kind__in=kinds, held__contains=timezone.now())
    return list(posts.values_list("user_id", flat=True).distinct())


def address(review: Review) -> str:
    """The page of a report, for notices."""
    return f"/bao-cao/{review.pk}/"


def _count(review: Review) -> None:
    """Freeze: everything the report will ever say in figures is counted here."""
    review.cutoff_at = timezone.now()
    review.figures = freeze_figures(review, reads.before(review))
    review.annexes = freeze_annexes(review)


def _suggest(review: Review) -> dict[str, str]:
    ward = Ward.objects.get(pk=review.ward_id)
    profile = WardProfile.objects.filter(ward_id=review.ward_id).first()
    committee = profile.committee_name if profile else WardProfile._meta.get_field("committee_name").default
    return suggested(review.figures, Period(review.start, review.end), committee, bare_name(ward.name))


@transaction.atomic
def draft_review(*, actor: Actor, kind: str, day: date) -> Review:
    """Draft the report on the period of `kind` in which `day` lies; its figures are frozen now. Returns it.

    Raises DomainError for an unknown kind, a period that has not begun, or one that has its report already.
    """
    require(actor, "reviews.draft")
    if kind not in Review.Kind.values:
        raise DomainError(_("Choose the kind of period."), field="kind")
    period = period_of(kind, day)
    if period.start > timezone.localdate():
        raise DomainError(_("This period has not begun yet."), field="day")
    review = Review(ward_id=actor.ward_id, kind=kind, start=period.start, end=period.end, drafted_by_id=actor.user_id)
    _count(review)
    review.sections = _suggest(review)
    try:
        with transaction.atomic():
            review.save()
    except IntegrityError as error:
        raise DomainError(_("This period already has its report. Open it in the list."), field="day") from error
    audit.record(
        actor=actor, action="reviews.drafted", target=review, values={"kind": kind, "start": period.start.isoformat()}
    )
    waiting = [user for user in _holders(actor.ward_id, *Post.MANAGEMENT) if user != actor.id]
    notify(ward_id=actor.ward_id, user_ids=waiting, kind="review", url=address(review))
    return review


def draft_due_reviews(*, actor: Actor, today: date) -> list[Review]:
    """Draft what is due on this day: every period that ended within the last days and has no report yet."""
    made = []
    for kind in Review.Kind.values:
        period = last_ended(kind, today)
        if not 0 < (today - period.end).days <= MADE_UP_DAYS:
            continue
        if Review.objects.filter(ward_id=actor.ward_id, kind=kind, start=period.start).exists():
            continue
        made.append(draft_review(actor=actor, kind=kind, day=period.start))
    return made


def _locked(review: Review) -> Review:
    return Review.objects.select_for_update(of=("self",)).get(pk=review.pk, ward_id=review.ward_id)


def _must_be_draft(review: Review) -> None:
    if review.status != Review.Status.DRAFT:
        raise DomainError(_("Only a draft can be changed. Have the report given back first."))


@transaction.atomic
def edit_sections(*, actor: Actor, review: Review, sections: dict[str, str]) -> Review:
    """Replace the text of sections (unknown keys are ignored). Figures cannot be touched here."""
    require(actor, "reviews.draft", review)
    review = _locked(review)
    _must_be_draft(review)
    known = {key for key, _title in reads.SECTIONS}
    changed = [key for key, text in sections.items() if key in known and text != review.sections.get(key, "")]
    review.sections = {**review.sections, **{key: sections[key] for key in changed}}
    review.save(update_fields=["sections", "updated_at"])
    audit.record(actor=actor, action="reviews.edited", target=review, fields=changed)
    return review


@transaction.atomic
def count_again(*, actor: Actor, review: Review) -> Review:
    """Move a draft's cut-off to now and freeze its figures anew; the text stays as people left it."""
    require(actor, "reviews.draft", review)
    review = _locked(review)
    _must_be_draft(review)
    before = review.cutoff_at
    _count(review)
    review.save(update_fields=["cutoff_at", "figures", "annexes", "updated_at"])
    audit.record(
        actor=actor, action="reviews.counted_again", target=review, values={"cutoff_before": before.isoformat()}
    )
    return review


@transaction.atomic
def approve_review(*, actor: Actor, review: Review) -> Review:
    """Put a draft before the committee head for signature; text and figures are fixed from here."""
    require(actor, "reviews.approve", review)
    review = _locked(review)
    move(review, Review.Status.APPROVED)
    review.approved_by_id, review.approved_at = actor.id, timezone.now()
    review.save(update_fields=["status", "approved_by", "approved_at", "updated_at"])
    audit.record(actor=actor, action="reviews.approved", target=review)
    notify(
        ward_id=actor.ward_id,
        user_ids=_holders(actor.ward_id, Kind.COMMITTEE_HEAD),
        kind="review",
        url=address(review),
    )
    return review


@transaction.atomic
def return_review(*, actor: Actor, review: Review, reason: str) -> Review:
    """Give an approved report back for changes: by the head who will not sign, or the chief who saw a mistake."""
    require(actor, "reviews.return", review)
    review = _locked(review)
    if not reason.strip():
        raise DomainError(_("Say what should be changed."), field="text")
    if review.status != Review.Status.APPROVED:
        raise DomainError(_("Only a report waiting for the signature can be given back."))
    move(review, Review.Status.DRAFT)
    review.approved_by, review.approved_at = None, None
    review.save(update_fields=["status", "approved_by", "approved_at", "updated_at"])
    audit.record(actor=actor, action="reviews.returned", target=review, reason=reason)
    notify(
        ward_id=actor.ward_id, user_ids=_holders(actor.ward_id, *Post.MANAGEMENT), kind="review", url=address(review)
    )
    return review


@transaction.atomic
def sign_review(*, actor: Actor, review: Review) -> Review:
    """Sign: the report takes its number of the committee's own series, and its file is made and kept for good.

    Raises DomainError unless it has been approved.
    """
    require(actor, "reviews.sign", review)
    review = _locked(review)
    move(review, Review.Status.SIGNED)
    now = timezone.now()
    review.signed_by_id, review.signed_at = actor.id, now
    review.number = next_number(ward_id=actor.ward_id, series=SERIES, year=timezone.localdate(now).year)
    content = to_docx(_document(review, actor.user.full_name))
    review.document = files.store(content, ward_id=actor.ward_id)
    review.document_digest = hashlib.sha256(content).hexdigest()
    review.save()
    audit.record(
        actor=actor,
        action="reviews.signed",
        target=review,
        values={"number": review.number, "digest": review.document_digest},
    )
    return review


def _document(review: Review, signer: str) -> Any:
    return document_of(review, signer=signer, ward=Ward.objects.get(pk=review.ward_id).name)


@transaction.atomic
def download_review(*, actor: Actor, review: Review) -> bytes:
    """The report as .docx: the kept file of a signed one, else a draft made from the frozen figures. Audited.

    Raises DomainError when the kept file is not the one that was signed.
    """
    require(actor, "reviews.list", review)
    if review.status == Review.Status.SIGNED:
        content = files.read(review.document, ward_id=review.ward_id)
        if hashlib.sha256(content).hexdigest() != review.document_digest:
            raise DomainError(_("The stored file is not the one that was signed. Tell the ward administrator."))
    else:
        content = to_docx(_document(review, ""))
    audit.record(actor=actor, action="reviews.downloaded", target=review, values={"status": review.status})
    return content


@transaction.atomic
def download_review_pdf(*, actor: Actor, review: Review) -> bytes:
    """The report as .pdf, drawn from what was frozen: the same words as the .docx. Audited."""
    require(actor, "reviews.list", review)
    signer = review.signed_by.full_name if review.signed_by else ""
    content = to_pdf(_document(review, signer), settings.DOCUMENT_FONTS)
    audit.record(
        actor=actor, action="reviews.downloaded", target=review, values={"status": review.status, "format": "pdf"}
    )
    return content
