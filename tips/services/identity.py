"""Opening a sealed identity: a reason, a second person's approval, the holder's passphrase, a day's time."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Post
from accounts.selectors import holders
from accounts.services import notify
from tips.models import IdentityRequest, SealedReporter, SecurityReader, Tip, TipEvent
from tips.selectors import is_sealed, subject_ids
from tips.services.handling import lock
from tips.services.sealing import REPORTER, Reporter
from tips.services.story import tell
from tips.services.ticking import page_of
from vikhe_portal.core import audit, crypto
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require
from wards.models import WardProfile
from wards.selectors import identity_mode

OPEN_HOURS = 24


@transaction.atomic
def request_identity(*, actor: Actor, tip: Tip, reason: str) -> IdentityRequest:
    """Ask for the identity of a reporter to be opened. Raises DomainError without reason or anything sealed."""
    tip = lock(actor, tip)
    require(actor, "tips.identity", tip)
    if not reason.strip():
        raise DomainError(_("Please give a reason in a few words."), field="reason")
    if not is_sealed(tip):
        raise DomainError(_("No name or telephone is kept for this tip."))
    row = IdentityRequest.objects.create(
        ward_id=tip.ward_id, tip=tip, requested_by_id=actor.id, reason=reason.strip()[:300]
    )
    tell(
        tip,
        TipEvent.Kind.IDENTITY,
        actor=actor,
        action="tips.identity_requested",
        reason=reason,
        facts={"step": "requested"},
    )
    leaders = holders(tip.ward_id, Post.Kind.CHIEF, Post.Kind.DEPUTY_CHIEF).exclude(pk=actor.id)
    people = list(leaders.exclude(pk__in=subject_ids(tip)).values_list("pk", flat=True))
    notify(ward_id=tip.ward_id, user_ids=people, kind="tip_assigned", url=page_of(tip))
    return row


def _request(actor: Actor, uuid: Any) -> tuple[Tip, IdentityRequest]:
    row = IdentityRequest.objects.select_for_update().filter(ward_id=actor.ward_id, uuid=uuid).first()
    if row is None:
        raise DomainError(_("This request no longer exists."))
    return lock(actor, Tip(pk=row.tip_id, ward_id=row.ward_id)), row


@transaction.atomic
def approve_identity(*, actor: Actor, uuid: Any, approve: bool) -> IdentityRequest:
    """A second person decides on a request. Raises DomainError for who asked, or when decided before."""
    tip, row = _request(actor, uuid)
    require(actor, "tips.identity_approve", tip)
    if row.requested_by_id == actor.id:
        raise DomainError(_("Another person must decide on your request."))
    if row.approved_at or row.refused_at:
        raise DomainError(_("This request has been decided already."))
    now = timezone.now()
    if approve:
        row.approved_by_id, row.approved_at, row.expires_at = actor.id, now, now + timedelta(hours=OPEN_HOURS)
    else:
        row.refused_at = now
    row.save()
    step = "approved" if approve else "refused"
    tell(tip, TipEvent.Kind.IDENTITY, actor=actor, action=f"tips.identity_{step}", facts={"step": step})
    return row


def _approved(actor: Actor, uuid: Any) -> tuple[Tip, IdentityRequest, str]:
    """The tip, its request while the approval is valid, and how the ward opens identities; DomainError otherwise."""
    tip, row = _request(actor, uuid)
    require(actor, "tips.read", tip)
    if row.approved_at is None or row.expires_at is None or timezone.now() >= row.expires_at:
        raise DomainError(_("There is no valid approval. Ask again."))
    mode = identity_mode(tip.ward_id)
    if mode == WardProfile.IdentityMode.NONE:
        raise DomainError(_("The ward takes no identities now. Those taken before stay sealed."))
    return tip, row, mode


def _boxes(actor: Actor, tip: Tip) -> QuerySet[SealedReporter]:
    return SealedReporter.objects.filter(ward_id=tip.ward_id, tip=tip, key__user_id=actor.id).select_related("key")


@transaction.atomic
def take_identity(*, actor: Actor, uuid: Any) -> dict[str, Any]:
    """The sealed identity as it is, for its holder to open on the machine without network; recorded like an opening.

    Raises DomainError when not approved, too late, sealed to nobody's key of the actor, or in a ward that opens here.
    """
    tip, row, mode = _approved(actor, uuid)
    if mode != WardProfile.IdentityMode.SEALED_OFFLINE:
        raise DomainError(_("The ward opens identities in the portal."))
    box = _boxes(actor, tip).filter(key__locked_private_key=b"").first()
    if box is None:
        raise DomainError(_("Only the holder of the key can open it."))
    row.opened_at = timezone.now()
    row.save(update_fields=["opened_at"])
    tell(tip, TipEvent.Kind.IDENTITY, actor=actor, action="tips.identity_taken", facts={"step": "opened"})
    return {
        "version": 1,
        "tip": tip.code,
        "ward": tip.ward_id,
        "row": str(box.uuid),
        "fingerprint": crypto.fingerprint(bytes(box.key.public_key)),
        "box": base64.b64encode(bytes(box.box)).decode(),
    }


def open_identity(*, actor: Actor, uuid: Any, passphrase: str) -> Reporter:
    """The name and telephone, opened with the passphrase of the actor's own key while the approval is valid.

    Every opening and every wrong passphrase is recorded. Raises DomainError when not approved, too late, wrong
    passphrase, no key of the actor's, or when the ward opens identities on a machine without network only.
    """
    wrong = False
    with transaction.atomic():
        tip, row, mode = _approved(actor, uuid)
        if mode != WardProfile.IdentityMode.SEALED_ONLINE:
            raise DomainError(_("The ward opens identities on a machine without network only."))
        box = _boxes(actor, tip).exclude(key__locked_private_key=b"").first()
        if box is None:
            raise DomainError(_("Only the holder of the key can open it."))
        try:
            private = crypto.unlock_private_key(bytes(box.key.locked_private_key), passphrase)
            inside = crypto.unseal(
                bytes(box.box), private_key=private, ward_id=tip.ward_id, context=REPORTER, row=str(box.uuid)
            )
        except crypto.CryptoError:
            wrong = True
            audit.record(actor=actor, action="tips.identity_wrong_passphrase", target=tip)
        else:
            row.opened_at = timezone.now()
            row.save(update_fields=["opened_at"])
            tell(tip, TipEvent.Kind.IDENTITY, actor=actor, action="tips.identity_opened", facts={"step": "opened"})
    if wrong:
        raise DomainError(_("The passphrase is wrong."), field="passphrase")
    return Reporter(inside["name"], inside["phone"])


@transaction.atomic
def name_security_reader(*, actor: Actor, user_id: int, decision_no: str) -> SecurityReader:
    """The chief names a deputy chief who reads reports on national security, by a decision. Raises DomainError."""
    require(actor, "tips.readers")
    if not decision_no.strip():
        raise DomainError(_("Write the number of the decision."), field="decision_no")
    if not holders(actor.ward_id or 0, Post.Kind.DEPUTY_CHIEF).filter(pk=user_id).exists():
        raise DomainError(_("Choose a deputy chief."), field="user")
    row, made = SecurityReader.objects.get_or_create(
        ward_id=actor.ward_id, user_id=user_id, ended_at=None, defaults={"decision_no": decision_no.strip()[:60]}
    )
    if made:
        audit.record(actor=actor, action="tips.security_reader_named", target=row)
    return row


@transaction.atomic
def end_security_reader(*, actor: Actor, pk: int) -> SecurityReader:
    """The chief takes the reading back: from now on these reports do not exist to that deputy. Raises DomainError."""
    require(actor, "tips.readers")
    rows = SecurityReader.objects.select_for_update().filter(ward_id=actor.ward_id, pk=pk, ended_at__isnull=True)
    row = rows.first()
    if row is None:
        raise DomainError(_("This person does not read these reports any more."))
    row.ended_at = timezone.now()
    row.save(update_fields=["ended_at"])
    audit.record(actor=actor, action="tips.security_reader_ended", target=row)
    return row
