"""Reads of imports: the list, and the preview with every problem in words."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groups.models import Person, RosterImport
from groups.policies.rosters import visible_imports
from groups.rosters.mapping import FIELDS
from groups.rosters.messages import IGNORED_ROWS, ROW_PROBLEMS
from vikhe_portal.core.permissions import Actor
from wards.selectors import neighbourhoods_of

OWN_PROBLEMS: dict[str, Any] = {
    "area_held": gettext_lazy("“%(value)s” has charge of this area: to change that, use the handover."),
    "deputy_held": gettext_lazy("“%(value)s” holds this post: end it first on the page of people and posts."),
}


def imports_for_list(actor: Actor) -> QuerySet[RosterImport]:
    """The ward's imports, newest first."""
    return visible_imports(actor).select_related("created_by").order_by("-id")


def one_import(actor: Actor, import_id: int) -> RosterImport | None:
    """One import of the ward, or None."""
    return visible_imports(actor).select_related("created_by", "confirmed_by").filter(pk=import_id).first()


def neighbourhood_names(actor: Actor) -> list[str]:
    """Names of the ward's neighbourhoods, for a file that names none."""
    return list(neighbourhoods_of(actor).order_by("number", "key").values_list("name", flat=True))


def sentence(code: str, value: str, params: dict[str, Any]) -> str:
    """A problem in the language now active."""
    message = ROW_PROBLEMS.get(code)
    text = _(message) if message else str(OWN_PROBLEMS[code])
    return text % {"value": value, **params}


def problems_in_words(preview: dict[str, Any]) -> list[dict[str, Any]]:
    """Problems of a preview, refusals first: sheet, row, column, refused?, sentence."""
    rows = [
        {"sheet": sheet, "row": row, "column": column, "refused": level == "refused",
         "text": sentence(code, value, params)}
        for sheet, row, column, level, code, value, params in preview["problems"]
    ]  # fmt: skip
    return sorted(rows, key=lambda item: (not item["refused"], item["sheet"], item["row"]))


def ignored_in_words(preview: dict[str, Any]) -> list[tuple[str, int]]:
    """Rows that are no data: (reason, how many)."""
    return [(_(IGNORED_ROWS[reason]), number) for reason, number in preview["ignored"].items()]


def changes_in_words(preview: dict[str, Any]) -> list[dict[str, Any]]:
    """People who change: row, name, [field, old, new]."""
    labels = {field.name: field.verbose_name for field in Person._meta.get_fields() if hasattr(field, "verbose_name")}
    yes_no = {"true": _("yes"), "false": _("no")}
    return [
        {
            "row": row,
            "name": name,
            "fields": [
                {"label": labels[field], "old": yes_no.get(old, old) or "–", "new": yes_no.get(new, new) or "–"}
                for field, old, new in fields
            ],
        }
        for _sheet, row, name, fields in preview["changes"]
    ]


def field_choices() -> list[tuple[str, Any]]:
    """What a column may be taken for; "" is not kept."""
    return [("", gettext_lazy("not kept")), *FIELDS.items()]
