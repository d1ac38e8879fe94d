"""Template tags of the roster pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.html import format_html_join

register = template.Library()


def buttons(people: Iterable[tuple[int, str]], size: str = "btn-sm") -> str:
    """A button for each (id, name), to say that this person has joined."""
    return format_html_join(
        "",
        '<button class="btn {} btn-primary" name="join" value="{}">{}</button>',
        ((size, pk, name) for pk, name in people),
    )


@register.simple_tag
def join_buttons(people: Iterable[Any], size: str = "btn-sm") -> str:
    """A button for everyone of a household who is not in the group yet."""
    return buttons(((person.pk, person.full_name) for person in people if not person.is_member), size)
