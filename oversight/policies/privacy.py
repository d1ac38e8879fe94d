"""Who reads how personal data is treated, who records breaches and checks."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Post
from oversight.models import DataBreach
from vikhe_portal.core.permissions import Actor, rule

Kind = Post.Kind


def visible_breaches(actor: Actor) -> QuerySet[DataBreach]:
    """The ward's."""
    return DataBreach.objects.filter(ward_id=actor.ward_id)


@rule("privacy.register", _("Read the register of processing, the times kept and the level of the system"))
def can_read(actor: Actor, row: object) -> bool:
    """Those who answer for the data, and the administrator who keeps the system. It names nobody."""
    return actor.has(*Post.MANAGEMENT, Kind.COMMITTEE_HEAD, Kind.WARD_ADMIN)


@rule("privacy.check", _("Record the yearly check of how personal data is treated"))
def can_check(actor: Actor, row: object) -> bool:
    """The management team."""
    return actor.has(*Post.MANAGEMENT)


@rule("privacy.breaches", _("Record a breach of personal data and follow its reports"))
def can_record(actor: Actor, row: object) -> bool:
    """The management team, and the administrator, who mostly finds it first."""
    return actor.has(*Post.MANAGEMENT, Kind.WARD_ADMIN)


@rule("privacy.close", _("Close a breach of personal data"))
def can_close(actor: Actor, row: object) -> bool:
    """The management team: it answers for the body that keeps the data."""
    return actor.has(*Post.MANAGEMENT)
