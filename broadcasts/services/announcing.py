"""The announcement of a handover: a draft for its groups; posted in a group, it ticks that group's step."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from broadcasts.models import Broadcast, Category
from broadcasts.services.writing import Draft, write
from groups.models import Handover, HandoverStep, ZaloGroup
from groups.policies.visibility import visible_groups
from groups.services import handover_steps
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.permissions import Actor
from wards.models import Ward

S = Broadcast.Status


@transaction.atomic
def draft_announcement(*, actor: Actor, handover: Handover) -> Broadcast:
    """Write the draft for every group of the handover that has not been told and waits for no other draft.

    Who leads the group and the link of its public page are filled in per group when it is posted. Raises DomainError
    before the handover is in effect, and when no group is left to tell.
    """
    waiting = HandoverStep.objects.filter(
        ward_id=actor.ward_id, handover=handover, key="announcement", done_at__isnull=True
    )
    under_way = Broadcast.objects.filter(ward_id=actor.ward_id).exclude(status__in=[S.STOPPED, S.DONE])
    untold = waiting.filter(Q(announcement__isnull=True) | ~Q(announcement__in=under_way.values("uuid")))
    wanted = list(untold.select_for_update(of=("self",)).values_list("group_id", flat=True))
    groups = visible_groups(actor).filter(pk__in=wanted, status=ZaloGroup.Status.ACTIVE)
    ids = sorted(groups.values_list("pk", flat=True))
    if not ids:
        raise DomainError(_("Every group of this handover was told, or waits for a draft that exists already."))
    ward = Ward.objects.get(pk=actor.ward_id)
    police = _("Police of %(ward)s") % {"ward": ward.name[:1].lower() + ward.name[1:]}
    row = write(
        actor=actor,
        draft=Draft(
            title=_("Who leads this group now"),
            body=_(
                "From now on {ten_cskv} of the %(police)s is the area officer of {tdp} and leads this group.\n\n"
                "Check it on the official page of the group: {trang_nhom}"
            )
            % {"police": police},
            category=Category.objects.get(key="emergencies-3"),
            source_line=police,
            group_ids=ids,
        ),
    )
    handover_steps.note_announcement(actor=actor, handover=handover, group_ids=ids, reference=row.uuid)
    return row
