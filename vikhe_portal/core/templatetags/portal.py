"""Template tags available everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from django import forms, template
from django.forms.utils import flatatt
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join

from vikhe_portal.core.permissions import allows
from vikhe_portal.core.text import mask_phone

register = template.Library()
ICON = '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>'


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


@register.simple_tag
@cache
def icon(name: str) -> str:
    """`{% icon "check" %}`: a sign of the sprite, beside words that say the same; a page has eighty of them."""
    return format_html(ICON, static("icons.svg"), name)


@register.filter
def percent(part: Any, whole: Any) -> str:
    """Part of whole in per cent, rounded down, so that 99.9 % never reads as complete; a dash for nothing."""
    if not whole:
        return "–"
    return f"{int(part * 100 / whole)}%"


@register.simple_tag
def heat(part: int, whole: int, name: str) -> str:
    """A part of a whole as figure and bar, in tables of many rows (an include would cost more than the rows)."""
    return format_html(
        '<div class="meter-line"><strong class="nums">{}</strong><span class="nums text-secondary">{}/{}</span></div>'
        '<meter class="meter" min="0" max="{}" low="{}" high="{}" optimum="{}" value="{}" aria-label="{}"></meter>',
        *(percent(part, whole), part, whole),
        *(whole or 1, round(whole / 2), round(whole * 4 / 5), whole or 1, part, name),
    )


@register.filter
def initials(name: Any) -> str:
    """First letters of the middle and given name, for the round badge: "Đinh Văn Cường" → "VC"."""
    parts = str(name or "").split()
    return "".join(part[0] for part in parts[-2:]).upper()


OPTION, OPTION_CHOSEN = '<option value="{}">{}</option>', '<option value="{}" selected>{}</option>'
# Widgets whose markup is nothing but a select with options.
PLAIN_SELECTS = (forms.Select, forms.NullBooleanSelect)

# Django's message levels in the words of the alert component.
TONES = {"success": "good", "error": "bad", "warning": "warn", "info": "info", "debug": "info"}


@register.filter
def tone(level: Any) -> str:
    """The alert's tone of a message level."""
    return TONES.get(str(level).split(" ")[-1], "info")


@register.filter
def is_checkbox(field: forms.BoundField) -> bool:
    """Whether the field is one tick box."""
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def is_choices(field: forms.BoundField) -> bool:
    """Whether the field is a list of radio buttons or tick boxes."""
    return isinstance(field.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)


@register.simple_tag
def control(field: forms.BoundField) -> str:
    """Render a field's control with the design's class and with its hint and errors named to screen readers."""
    widget = field.field.widget
    if isinstance(widget, forms.CheckboxInput):
        kind = "form-check-input"
    elif isinstance(widget, forms.Select):
        kind = "form-select"
    else:
        kind = "form-control"
    described = [f"{field.auto_id}_hint"] if field.help_text else []
    described += [f"{field.auto_id}_wrong{number + 1}" for number in range(len(field.errors))]
    attributes: dict[str, str | bool] = {"class": f"{kind} {widget.attrs.get('class', '')}".strip()}
    if described:
        attributes["aria-describedby"] = " ".join(described)
    if field.errors:
        attributes["aria-invalid"] = "true"
    if type(widget) in PLAIN_SELECTS:
        return _select(field, attributes)
    return field.as_widget(attrs=attributes)


def _select(field: forms.BoundField, attributes: dict[str, str | bool]) -> str:
    """A list to choose one from, written out here: Django renders a template per option, a filter bar has eighty."""
    attributes = {**field.build_widget_attrs(attributes, field.field.widget), "id": field.auto_id}
    value: Any = field.field.widget.format_value(field.value())
    chosen = {value} if isinstance(value, str) else set(value)
    return format_html(
        '<select name="{}"{}>{}</select>',
        field.html_name,
        flatatt({**field.field.widget.attrs, **attributes}),
        _options(field.field.widget.choices, chosen),
    )


def _options(choices: Iterable[tuple[Any, Any]], chosen: set[str]) -> str:
    lines = []
    for value, label in choices:
        if isinstance(label, list | tuple):
            lines.append(format_html('<optgroup label="{}">{}</optgroup>', value, _options(label, chosen)))
        else:
            text = "" if value is None else str(value)
            lines.append(format_html(OPTION_CHOSEN if text in chosen else OPTION, text, label))
    return format_html_join("", "{}", ((line,) for line in lines))
