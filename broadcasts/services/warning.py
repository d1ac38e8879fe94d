"""The draft of a warning of a fake: text and groups from the register's entry, for a person to read and submit."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from broadcasts.models import Broadcast, Category
from broadcasts.services.writing import Draft, write
from groups.models import SuspectedFake, ZaloGroup
from groups.policies.visibility import visible_groups
from groups.services.fakes import note_warning
from vikhe_portal.core.permissions import Actor
from wards.models import Ward


@transaction.atomic
def draft_warning(*, actor: Actor, fake: SuspectedFake) -> Broadcast:
    """Write the draft for every standing group the actor may post to; once per fake.

    Raises DomainError when the fake is not confirmed, was warned of, or the text may not stand.
    """
    fake = note_warning(actor=actor, fake=fake)
    ward = Ward.objects.get(pk=actor.ward_id)
    groups = visible_groups(actor).filter(status=ZaloGroup.Status.ACTIVE)
    body = _(
        "A %(kind)s pretends to be the ward police or an official group: %(address)s\n\n"
        "It is not official. Do not join, do not call back, do not transfer money, do not give passwords or one-time "
        "codes. Check official groups and numbers with the QR code at the neighbourhood house. "
        "If you have answered already, tell the ward police at once."
    ) % {"kind": fake.get_kind_display(), "address": fake.address}
    return write(
        actor=actor,
        draft=Draft(
            title=_("Warning: a fake that pretends to be official"),
            body=body,
            category=Category.objects.get(name="Cảnh báo lừa đảo", parent__isnull=False),
            source_line=_("Police of %(ward)s") % {"ward": ward.name[:1].lower() + ward.name[1:]},
            group_ids=list(groups.values_list("pk", flat=True)),
        ),
    )
