"""Writes on reporters' identities: the written decision by two persons, the keys to which they are sealed."""

from __future__ import annotations

import unicodedata
from datetime import date

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import IdentityDecision, Post, SealingKey, User
from accounts.selectors import holders
from accounts.services import notify
from vikhe_portal.core import audit, crypto
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor, require
from vikhe_portal.core.text import nfc
from wards.models import WardProfile
from wards.selectors import identity_mode
from wards.services import set_identity_mode

SHORTEST = 12
Mode = WardProfile.IdentityMode


@transaction.atomic
def propose_mode(*, actor: Actor, mode: str, decision_no: str, decision_date: date, file_ref: str) -> IdentityDecision:
    """Enter a written decision on identities; nothing changes until a second person confirms it.

    Raises DomainError for a mode in force already, words missing, a day to come, or while another decision waits.
    """
    require(actor, "accounts.identity_propose")
    if mode not in (Mode.SEALED_OFFLINE, Mode.SEALED_ONLINE):
        raise DomainError(_("Choose one of the two sealed ways."), field="mode")
    if mode == identity_mode(actor.ward_id or 0):
        raise DomainError(_("The ward already works this way."), field="mode")
    if not nfc(decision_no):
        raise DomainError(_("Write the number of the decision."), field="decision_no")
    if decision_date > timezone.localdate():
        raise DomainError(_("The decision cannot be of a day to come."), field="decision_date")
    if not nfc(file_ref):
        raise DomainError(_("Write where the signed paper is filed."), field="file_ref")
    row = IdentityDecision(
        ward_id=actor.ward_id,
        mode=mode,
        decision_no=nfc(decision_no)[:60],
        decision_date=decision_date,
        file_ref=nfc(file_ref)[:120],
        proposed_by_id=actor.id,
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise DomainError(_("Another decision is waiting. Have it confirmed or take it back first.")) from error
    audit.record(actor=actor, action="accounts.identity_proposed", target=row, values={"mode": mode})
    _tell(actor, Post.Kind.COMMITTEE_HEAD)
    return row


@transaction.atomic
def confirm_mode(*, actor: Actor, pk: int) -> IdentityDecision:
    """A second person confirms a decision, and the mode takes effect. Raises DomainError for who entered it."""
    require(actor, "accounts.identity_confirm")
    row = _waiting(actor, pk)
    if row.proposed_by_id == actor.id:
        raise DomainError(_("Another person must confirm what you entered."))
    row.confirmed_by_id, row.confirmed_at = actor.id, timezone.now()
    row.save(update_fields=["confirmed_by", "confirmed_at"])
    _take_effect(actor, row)
    _tell(actor, Post.Kind.CHIEF)
    return row


@transaction.atomic
def drop_proposal(*, actor: Actor, pk: int) -> IdentityDecision:
    """Refuse a waiting decision, or take one's own back. Raises DomainError when it was decided before."""
    require(actor, "accounts.identities")
    row = _waiting(actor, pk)
    row.dropped_at = timezone.now()
    row.save(update_fields=["dropped_at"])
    audit.record(actor=actor, action="accounts.identity_dropped", target=row, values={"mode": row.mode})
    _tell(actor, Post.Kind.COMMITTEE_HEAD, Post.Kind.CHIEF)
    return row


@transaction.atomic
def stop_identities(*, actor: Actor, reason: str) -> IdentityDecision:
    """Go back to taking no identities, at once and by one person; a waiting decision falls with it."""
    require(actor, "accounts.identities")
    if not nfc(reason):
        raise DomainError(_("Write why."), field="reason")
    if identity_mode(actor.ward_id or 0) == Mode.NONE:
        raise DomainError(_("The ward takes no identities already."))
    for waiting in IdentityDecision.objects.filter(
        ward_id=actor.ward_id, confirmed_at__isnull=True, dropped_at__isnull=True
    ):
        drop_proposal(actor=actor, pk=waiting.pk)
    row = IdentityDecision.objects.create(
        ward_id=actor.ward_id,
        mode=Mode.NONE,
        reason=nfc(reason)[:200],
        proposed_by_id=actor.id,
        confirmed_by_id=actor.id,
        confirmed_at=timezone.now(),
    )
    _take_effect(actor, row)
    _tell(actor, Post.Kind.COMMITTEE_HEAD, Post.Kind.CHIEF)
    return row


def _waiting(actor: Actor, pk: int) -> IdentityDecision:
    row = IdentityDecision.objects.select_for_update().get(ward_id=actor.ward_id, pk=pk)
    if row.confirmed_at or row.dropped_at:
        raise DomainError(_("This decision has been dealt with already."))
    return row


def _take_effect(actor: Actor, row: IdentityDecision) -> None:
    decision = f"{row.decision_no} ({row.decision_date:%d/%m/%Y})" if row.decision_date else ""
    before = set_identity_mode(actor=actor, mode=row.mode, decision=decision)
    audit.record(
        actor=actor,
        action="accounts.identity_mode_changed",
        target=row,
        reason=row.reason,
        fields=["identity_mode", "identity_decision"],
        values={"before": before, "after": row.mode, "decision": decision},
    )


def _tell(actor: Actor, *kinds: str) -> None:
    people = [user.pk for user in holders(actor.ward_id or 0, *kinds) if user.pk != actor.id]
    notify(ward_id=actor.ward_id or 0, user_ids=people, kind="identity_decision", url=reverse("accounts:identities"))


@transaction.atomic
def make_sealing_key(*, actor: Actor, user: User, passphrase: str) -> SealingKey:
    """Give a person the key pair with which sealed identities are opened. The passphrase is never stored.

    Raises DomainError when it is shorter than 12 characters or the password of the account, and in a ward whose
    opening keys must not be on a machine with network.
    """
    if not actor.system:
        require(actor, "accounts.sealing_key")
        if actor.id != user.pk:
            raise DomainError(_("Only the person may choose the passphrase of their key."))
    if len(unicodedata.normalize("NFC", passphrase).strip()) < SHORTEST or len(set(passphrase)) < SHORTEST // 2:
        raise DomainError(
            _("Choose a passphrase of at least 12 characters, best four or five words that do not belong together."),
            field="passphrase",
        )
    if not actor.system and user.check_password(passphrase):
        raise DomainError(_("Choose another one than the password of your account."), field="passphrase")
    if identity_mode(actor.ward_id or 0) == Mode.SEALED_OFFLINE:
        raise DomainError(_("The ward opens identities on a machine without network: enter the public key instead."))
    public, locked = crypto.new_key_pair(passphrase)
    return _replace_key(actor, user, public, locked, "accounts.sealing_key_made")


@transaction.atomic
def enter_public_key(*, actor: Actor, public_key: bytes) -> SealingKey:
    """Seal from now on to a key whose private half stays on a machine without network. Raises DomainError."""
    require(actor, "accounts.sealing_key")
    if identity_mode(actor.ward_id or 0) != Mode.SEALED_OFFLINE:
        raise DomainError(_("A public key is entered only where identities are opened on a machine without network."))
    try:
        crypto.check_public_key(public_key)
    except crypto.CryptoError as error:
        raise DomainError(
            _("This is not a public key. Copy all 44 signs again from the machine without network."),
            field="public_key",
        ) from error
    return _replace_key(actor, actor.user, public_key, b"", "accounts.sealing_key_entered")


def _replace_key(actor: Actor, user: User, public: bytes, locked: bytes, action: str) -> SealingKey:
    User.objects.select_for_update().get(pk=user.pk)  # two tabs make two keys one after the other
    replaced = SealingKey.objects.filter(ward_id=actor.ward_id, user=user, retired_at__isnull=True).update(
        retired_at=timezone.now()
    )
    key = SealingKey.objects.create(ward_id=actor.ward_id, user=user, public_key=public, locked_private_key=locked)
    audit.record(actor=actor, action=action, target=key, values={"fingerprint": crypto.fingerprint(public)})
    if replaced:
        people = {one.pk for one in holders(actor.ward_id or 0, Post.Kind.COMMITTEE_HEAD, Post.Kind.CHIEF)} | {user.pk}
        url = reverse("accounts:sealing-key")
        notify(ward_id=actor.ward_id or 0, user_ids=sorted(people), kind="sealing_key_replaced", url=url)
    return key
