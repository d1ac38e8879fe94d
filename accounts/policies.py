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


@rule("accounts.rights", _("See who can see what, and why"))
def can_see_rights(actor: Actor, obj: Any) -> bool:
    """The chief, the committee head and the ward administrator."""
    return actor.has(Kind.CHIEF, Kind.COMMITTEE_HEAD, Kind.WARD_ADMIN)


@rule("accounts.staff", _("See the people and posts of the ward"))
def can_see_staff(actor: Actor, obj: Any) -> bool:
    """Management team, committee head and the ward administrator."""
    return actor.has(Kind.CHIEF, Kind.DEPUTY_CHIEF, Kind.COMMITTEE_HEAD, Kind.WARD_ADMIN)
