"""Who records and answers what residents ask about their own data."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Post
from groups.policies.rosters import visible_households
from oversight.models import DataRequest
from vikhe_portal.core.permissions import Actor, rule

HANDLERS = (*Post.MANAGEMENT, Post.Kind.AREA_OFFICER)


def visible_requests(actor: Actor) -> QuerySet[DataRequest]:
    """Management: the ward's; an area officer: those of residents of the own area."""
    rows = DataRequest.objects.filter(ward_id=actor.ward_id)
    return rows if actor.has(*Post.MANAGEMENT) else rows.filter(household__in=visible_households(actor))


@rule("data_requests.list", _("Record and follow residents' requests about their own data"))
def can_list(actor: Actor, row: DataRequest | None) -> bool:
    """The management team, and area officers for their area."""
    return actor.has(*HANDLERS)


@rule("data_requests.answer", _("Answer or refuse residents' requests about their own data"))
def can_answer(actor: Actor, row: DataRequest | None) -> bool:
    """The management team: it answers for the body that keeps the data."""
    return actor.has(*Post.MANAGEMENT)
