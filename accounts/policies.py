"""Who may manage accounts and posts."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Post
from vikhe_portal.core.permissions import Actor, rule

Kind = Post.Kind


@rule("accounts.home", _("Open the portal"))
def can_open(actor: Actor, obj: Any) -> bool:
    """Everyone with a post today."""
    return True


@rule("accounts.manage", _("Make accounts and appoint people to posts"))
def can_manage(actor: Actor, obj: Any) -> bool:
    """The chief appoints; the ward administrator makes accounts."""
    return actor.has(Kind.CHIEF, Kind.WARD_ADMIN)


@rule("accounts.reset_factor", _("Reset a lost second factor"))
def can_reset_factor(actor: Actor, obj: Any) -> bool:
    """The chief; the committee head for the chief's own. Never the ward administrator, who gives first passwords."""
    return actor.has(Kind.CHIEF, Kind.COMMITTEE_HEAD)


@rule("audit.read", _("Read who looked at and changed what"))
def can_read_audit(actor: Actor, obj: Any) -> bool:
    """The chief and the committee head; rows about a report on staff stay hidden from those it concerns."""
    return actor.has(Kind.CHIEF, Kind.COMMITTEE_HEAD)


@rule("audit.export", _("Take the audit trail out as a file, with a purpose"))
def can_export_audit(actor: Actor, obj: Any) -> bool:
    """As for reading; the purpose is recorded."""
    return actor.has(Kind.CHIEF, Kind.COMMITTEE_HEAD)


@rule("audit.anchor", _("Print the anchor of the audit trail"))
def can_print_anchor(actor: Actor, obj: Any) -> bool:
    """The ward administrator alone: beside the trail itself the number of links would betray hidden lines."""
    return actor.has(Kind.WARD_ADMIN) and not actor.has(Kind.CHIEF, Kind.COMMITTEE_HEAD)


@rule("accounts.rights", _("See who can see what, and why"))
def can_see_rights(actor: Actor, obj: Any) -> bool:
    """The chief, the committee head and the ward administrator."""
    return actor.has(Kind.CHIEF, Kind.COMMITTEE_HEAD, Kind.WARD_ADMIN)


@rule("accounts.staff", _("See the people and posts of the ward"))
def can_see_staff(actor: Actor, obj: Any) -> bool:
    """Management team, committee head and the ward administrator."""
    return actor.has(Kind.CHIEF, Kind.DEPUTY_CHIEF, Kind.COMMITTEE_HEAD, Kind.WARD_ADMIN)


@rule("accounts.identities", _("See how the ward treats reporters' identities, and go back to taking none"))
def can_see_identities(actor: Actor, obj: Any) -> bool:
    """The chief and the committee head: the two who decide on it."""
    return actor.has(Kind.CHIEF, Kind.COMMITTEE_HEAD)


@rule("accounts.identity_propose", _("Enter a written decision on reporters' identities"))
def can_propose_identities(actor: Actor, obj: Any) -> bool:
    """The chief, to whose key identities are sealed."""
    return actor.has(Kind.CHIEF)


@rule("accounts.identity_confirm", _("Confirm a written decision on reporters' identities"))
def can_confirm_identities(actor: Actor, obj: Any) -> bool:
    """The committee head; the service asks besides that it is another person than who entered it."""
    return actor.has(Kind.COMMITTEE_HEAD)


@rule("accounts.sealing_key", _("Make one's own key for sealed identities"))
def can_make_sealing_key(actor: Actor, obj: Any) -> bool:
    """The chief, and the deputy chiefs who stand in for the chief."""
    return actor.has(Kind.CHIEF, Kind.DEPUTY_CHIEF)


@rule("duty.view", _("See the duty roster"))
def can_see_duty(actor: Actor, obj: Any) -> bool:
    """The ward police alone: who stands when is no matter for others."""
    return actor.has(*Post.POLICE)


@rule("duty.plan", _("Lay the duty roster and say after how many minutes the next person is alerted"))
def can_plan_duty(actor: Actor, obj: Any) -> bool:
    """The chief and the deputy chiefs."""
    return actor.has(*Post.MANAGEMENT)


@rule("duty.take", _("Take over one's own shift and leave words for the next"))
def can_take_duty(actor: Actor, obj: Any) -> bool:
    """Who stands the shift."""
    return actor.has(*Post.POLICE) and (obj is None or obj.user_id == actor.id)
