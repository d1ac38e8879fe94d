"""Who may look after the connections."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Post
from vikhe_portal.core.permissions import Actor, rule


@rule("gateways.manage", _("Look after the ward's connection to Zalo"))
def can_manage(actor: Actor, obj: Any) -> bool:
    """The ward administrator and the chief."""
    return actor.has(Post.Kind.WARD_ADMIN, Post.Kind.CHIEF)
