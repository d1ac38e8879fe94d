"""One text as each outlet shows it: in a group, on a page, on the web, over the loudspeaker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from broadcasts.models import Broadcast
from broadcasts.selectors.rendering import Facts, facts_of, fields_in, open_facts, post_text
from groups.policies.visibility import visible_groups
from vikhe_portal.core.permissions import Actor
from vikhe_portal.core.speech import reading_seconds, spoken, unread

FACEBOOK_FOLD = 477  # characters after which a page's post shows "See more"
CODE_TO_COME = "VK-······"
OUTLETS = (
    ("zalo", _("Zalo group")),
    ("facebook", _("Facebook page")),
    ("web", _("Web")),
    ("loa", _("Loudspeaker")),
)


@dataclass(frozen=True)
class Script:
    """What the announcer reads, how long it takes, and the capitals nobody can read out."""

    text: str
    seconds: int
    unread: list[str]

    @property
    def minutes(self) -> str:
        """The time as "1:05"."""
        return f"{self.seconds // 60}:{self.seconds % 60:02d}"


@dataclass(frozen=True)
class Shown:
    """A text in one outlet. `folded`: what a reader sees only after a tap."""

    outlet: str
    text: str
    folded: str = ""
    group: str = ""
    script: Script | None = None


def script_of(version: Any, facts: dict[str, str]) -> Script:
    """The loudspeaker's text: greeting, title, words, who says so, once more the number to call."""
    source = version.source_line.strip()
    written = post_text(version, facts, "").rsplit("\n\nNguồn:", 1)[0]
    text = f"Kính thưa bà con!\n{spoken(written)}"
    text += f"\nĐó là thông báo của {spoken(source)}" if source else ""
    text += "\nXin cảm ơn bà con đã lắng nghe."
    return Script(text, reading_seconds(text), unread(f"{written}\n{source}"))


def shown(version: Any, outlet: str, *, facts: dict[str, str], group: str = "", code: str = "") -> Shown:
    """The text in one outlet; `facts` are the group's, or the open ones."""
    if outlet == "loa":
        script = script_of(version, facts)
        return Shown(outlet, script.text, script=script)
    text = post_text(version, facts, code if outlet == "zalo" else "")
    if outlet == "facebook" and len(text) > FACEBOOK_FOLD:
        end = text.rfind(" ", 0, FACEBOOK_FOLD)
        end = end if end > 0 else FACEBOOK_FOLD
        return Shown(outlet, text[:end], folded=text[end:])
    return Shown(outlet, text, group=group)


def draft_shown(actor: Actor, version: Any, outlet: str, group_ids: list[int]) -> Shown:
    """What a draft looks like: in the first chosen group, or open to everybody."""
    group = None
    if outlet == "zalo" and group_ids:
        group = visible_groups(actor).filter(pk__in=group_ids).order_by("name").first()
    facts = facts_of(actor.ward_id, [group.pk])[group.pk] if group else open_facts(actor.ward_id)
    return shown(version, outlet, facts=facts, group=group.name if group else "", code=CODE_TO_COME)


def gaps(actor: Actor, text: str, group_ids: list[int]) -> list[tuple[str, list[str]]]:
    """Merge fields of a text that would stay empty, with the groups in which they would."""
    used = fields_in(text)
    groups = visible_groups(actor).filter(pk__in=group_ids)
    names = dict(groups.order_by("name").values_list("pk", "name")) if used else {}
    facts: Facts = facts_of(actor.ward_id, names) if names else {}
    found = []
    for name in sorted(used):
        empty = [names[pk] for pk, values in facts.items() if not values.get(name, "")]
        if empty:
            found.append(("{" + name + "}", empty))
    return found


def elsewhere(broadcast: Broadcast) -> list[Shown]:
    """The text as page, web and loudspeaker show it."""
    facts = open_facts(broadcast.ward_id)
    return [shown(broadcast, outlet, facts=facts) for outlet in ("facebook", "web", "loa")]
