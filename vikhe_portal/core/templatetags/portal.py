"""Template tags available everywhere."""

from __future__ import annotations

from typing import Any

from django import template
from django.http import HttpRequest

from vikhe_portal.core.permissions import allows
from vikhe_portal.core.text import mask_phone

register = template.Library()


@register.simple_tag(takes_context=True)
def may(context: Any, permission: str, obj: Any = None) -> bool:
    """`{% may "tips.assign" tip as can_assign %}`: whether the request's actor may."""
    return allows(context.get("actor"), permission, obj)


@register.simple_tag(takes_context=True)
def query(context: Any, **changes: Any) -> str:
    """`{% query page=3 %}`: the present query string with these parameters replaced (None removes one)."""
    request: HttpRequest = context["request"]
    parameters = request.GET.copy()
    for name, value in changes.items():
        if value is None:
            parameters.pop(name, None)
        else:
            parameters[name] = str(value)
    return "?" + parameters.urlencode()


@register.filter
def masked(value: Any) -> str:
    """A telephone number with its middle hidden."""
    return mask_phone(value)


@register.filter
def percent(part: Any, whole: Any) -> str:
    """Part of whole in per cent, rounded down, so that 99.9 % never reads as complete; a dash for nothing."""
    if not whole:
        return "–"
    return f"{int(part * 100 / whole)}%"
