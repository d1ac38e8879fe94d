"""What the app registers for governance: menu entries, figures, work for today, holdings, recurring jobs."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groups.policies.governance import appointed_group_ids, visible_handovers
from groups.policies.visibility import led_group_ids, visible_groups
from groups.selectors import handover as handover_selectors
from groups.selectors import held
from groups.selectors.groups import SOON, group_lines
from groups.selectors.joining import requests_for
from groups.services import handover_running
from vikhe_portal.core import figures, holdings, navigation
from vikhe_portal.core.figures import Figure, TodayEntry
from vikhe_portal.core.jobs import every
from vikhe_portal.core.navigation import Entry
from vikhe_portal.core.permissions import Actor, allows

every(15, "groups.run_handovers")
every(24 * 3600, "groups.purge_evidence")

navigation.register(Entry(gettext_lazy("Groups"), "groups:group-list", "messages", "groups.list", 30))
navigation.register(Entry(gettext_lazy("Plan of groups"), "groups:plan", "layout-grid-add", "groups.accept", 32))
navigation.register(Entry(gettext_lazy("Neighbourhoods"), "groups:places", "layout-grid-add", "groups.places", 33))
navigation.register(Entry(gettext_lazy("Suspected fakes"), "groups:fakes", "alert-triangle", "groups.fakes", 34))
navigation.register(Entry(gettext_lazy("Assignment"), "groups:board", "users-group", "groups.assign", 60))
navigation.register(Entry(gettext_lazy("Handovers"), "groups:handovers", "arrows-exchange", "groups.handover", 62))

holdings.register(
    holdings.Provider(
        held.AREA,
        gettext_lazy("Neighbourhoods in charge"),
        held.areas_held,
        handover_running.verify_area_moved,
        order=10,
    )
)
holdings.register(
    holdings.Provider(
        held.LED, gettext_lazy("Groups led"), held.groups_led, handover_running.verify_group_moved, order=20
    )
)

figures.register(
    Figure(
        key="groups_active",
        label=gettext_lazy("Groups that stand"),
        group="groups",
        permission="groups.list",
        value=lambda actor, period: visible_groups(actor).filter(status="active").count(),
        rows_url=lambda actor, period: reverse("groups:group-list"),
        order=20,
        now=True,
    )
)
figures.register(
    Figure(
        key="groups_in_breach",
        label=gettext_lazy("Groups in which something is amiss"),
        group="groups",
        permission="groups.list",
        value=lambda actor, period: sum(1 for line in group_lines(actor) if line.breaches),
        rows_url=lambda actor, period: reverse("groups:group-list") + "?breach=1",
        good="down",
        order=21,
        now=True,
    )
)
figures.register(
    Figure(
        key="handovers_open",
        label=gettext_lazy("Handovers under way"),
        group="handover",
        permission="groups.handover",
        value=lambda actor, period: visible_handovers(actor).filter(status="open").count(),
        rows_url=lambda actor, period: reverse("groups:handovers"),
        order=60,
        now=True,
    )
)


def _steps_due(actor: Actor) -> list[dict[str, Any]]:
    """Open steps that this person can do, soonest first."""
    shown = []
    for step in handover_selectors.steps_due(actor)[:60]:
        if not allows(actor, "groups.handover_step", step):
            continue
        label = str(handover_selectors.STEP_LABELS[step.key])
        shown.append(
            {
                "label": f"{label}: {step.group.name}" if step.group else label,
                "url": reverse("groups:handover", args=[step.handover_id]),
                "due": step.due_at,
                "tone": "bad" if step.due_at < timezone.now() else "",
            }
        )
    return shown[:10]


def _checks_due(actor: Actor) -> list[dict[str, Any]]:
    """Security checks of the groups the actor leads, due within a week."""
    led = led_group_ids(actor)
    if not led:
        return []
    now = timezone.now()
    lines = group_lines(actor, groups=visible_groups(actor).filter(pk__in=led, status="active"))
    return [
        {
            "label": _("Security check: %(group)s") % {"group": line.group.name},
            "url": reverse("groups:group-check", args=[line.group.pk]),
            "due": line.next_check,
            "tone": "bad" if line.next_check < now else "",
        }
        for line in lines
        if line.next_check is not None and line.next_check < now + SOON
    ]


figures.register_today(
    TodayEntry(
        "handover_steps", gettext_lazy("Steps of handovers"), "arrows-exchange", "groups.handover", _steps_due, 20
    )
)


# What the chief has to see of a group without asking: nobody leads it, nothing is posted, its security unchecked.
RED = ("leaderless", "leader_gone", "check_overdue", "silent")
RED_SHOWN = 8


def _red_groups(actor: Actor) -> list[dict[str, Any]]:
    """Groups that are leaderless, silent or unchecked, the gravest first; beyond eight a line that opens the rest."""
    red = []
    for line in group_lines(actor):
        wrong = [one for one in line.breaches if one.key in RED]
        if wrong:
            red.append((line.group, wrong))
    red.sort(key=lambda pair: (-sum(one.tone == "bad" for one in pair[1]), -len(pair[1]), pair[0].name))
    shown = [
        {
            "label": f"{group.name}: {' '.join(one.text for one in wrong)}",
            "url": reverse("groups:group", args=[group.pk]),
            "due": None,
            "tone": "bad" if any(one.tone == "bad" for one in wrong) else "",
        }
        for group, wrong in red[:RED_SHOWN]
    ]
    if len(red) > RED_SHOWN:
        label = _("%(number)s more groups in which something is amiss") % {"number": len(red) - RED_SHOWN}
        shown.append({"label": label, "url": reverse("groups:group-list") + "?breach=1", "due": None, "tone": ""})
    return shown


def _joining(actor: Actor) -> list[dict[str, Any]]:
    """Groups in which somebody waits to be admitted: those the actor leads or stands in for."""
    own = appointed_group_ids(actor)
    rows = requests_for(actor).filter(group_id__in=own).values("group_id", "group__name")
    return [
        {
            "label": _("%(number)s ask to join: %(group)s") % {"number": row["number"], "group": row["group__name"]},
            "url": reverse("groups:group-joining", args=[row["group_id"]]),
            "due": None,
            "tone": "",
        }
        for row in rows.annotate(number=Count("pk")).order_by("group__name")
    ]


figures.register_today(
    TodayEntry("groups_red", gettext_lazy("Groups to look after"), "alert-triangle", "groups.appoint", _red_groups, 25)
)
figures.register_today(
    TodayEntry("group_joining", gettext_lazy("Asking to join"), "user-plus", "groups.join", _joining, 35)
)
figures.register_today(
    TodayEntry("group_checks", gettext_lazy("Security checks due"), "shield-check", "groups.check", _checks_due, 30)
)
