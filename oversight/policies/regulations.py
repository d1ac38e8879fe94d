"""Who publishes the regulation of the groups, and who must acknowledge it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.models import Post
from oversight.models import Regulation
from oversight.policies.rooms import READERS, WORKERS
from vikhe_portal.core.permissions import Actor, rule

Kind = Post.Kind
# Leaders and deputies of groups keep the regulation and say so (II.4.a).
BOUND = (Kind.AREA_OFFICER, Kind.GROUP_DEPUTY)


@rule("regulations.list", _("Read the regulation of the groups"))
def can_read(actor: Actor, row: Regulation | None) -> bool:
    """Committee, police and group deputies."""
    return actor.has(*READERS, *WORKERS)


@rule("regulations.publish", _("Publish a version of the regulation of the groups"))
def can_publish(actor: Actor, row: Regulation | None) -> bool:
    """The chief, head of the management team."""
    return actor.has(Kind.CHIEF)


@rule("regulations.acknowledge", _("Acknowledge the regulation of the groups"))
def can_acknowledge(actor: Actor, row: Regulation | None) -> bool:
    """Leaders and deputies."""
    return actor.has(*BOUND)


@rule("regulations.follow", _("See who has not acknowledged the regulation yet"))
def can_follow(actor: Actor, row: Regulation | None) -> bool:
    """Committee and management team."""
    return actor.has(*READERS)
