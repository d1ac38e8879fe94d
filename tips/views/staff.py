"""Officers' pages: the queue, one's own tips, a tip, its pictures, the register."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from tips import selectors
from tips.filters import TipFilter
from tips.selectors.stories import story_of
from tips.services import reading, registers
from tips.services.progress import extendable, steps_for
from vikhe_portal.core.permissions import allows
from vikhe_portal.core.views import FilteredListView, PortalView, TemplatePage


class QueueView(FilteredListView):
    """All tips the actor may know of, what is due first on top; renews itself every 20 seconds."""

    permission = "tips.list"
    filterset_class = TipFilter
    template_name = "tips/queue.html"
    results_template_name = "tips/_queue_results.html"
    context_object_name = "tips"

    def get_queryset(self) -> Any:
        """The actor's rows."""
        return selectors.tips_for_list(self.actor)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Which rows may be opened for reading."""
        context = super().get_context_data(**kwargs)
        context["readable"] = selectors.readable_ids(self.actor, list(context["tips"]))
        context["title"], context["url"] = _("Tips"), reverse("tips:queue")
        return context


class MineView(QueueView):
    """Open tips in one's own hands."""

    permission = "tips.mine"

    def get_queryset(self) -> Any:
        """Those assigned to the actor."""
        return selectors.my_tips(self.actor)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Its own title and address."""
        context = super().get_context_data(**kwargs)
        context["title"], context["url"], context["mine"] = _("My tips"), reverse("tips:mine"), True
        return context


def actions_for(actor: Any, tip: Any) -> list[dict[str, str]]:
    """The steps this actor may take with this tip now, most needed first."""
    open_states = ("new", "assigned", "asked", "escalated")
    table: list[tuple[str, str, str, str, tuple[str, ...]]] = [
        ("tips.classify", "classify", _("Classify"), "tags", (*open_states, "transferred", "answered")),
        ("tips.assign", "assign", _("Assign"), "user-plus", (*open_states, "transferred", "answered")),
        ("tips.handle", "answer", _("Answer"), "send", (*open_states, "transferred")),
        ("tips.handle", "ask", _("Ask the reporter"), "message-question", open_states),
        ("tips.handle", "escalate", _("Pass to a superior"), "arrow-up-circle", (*open_states, "answered")),
        ("tips.transfer", "transfer", _("Transfer"), "arrow-forward-up", (*open_states, "answered")),
        ("tips.close", "close", _("Close the tip"), "circle-check", ("answered",)),
        ("tips.close", "reopen", _("Take up again"), "refresh", ("answered", "closed", "transferred")),
        ("tips.join", "split", _("Split off a second matter"), "arrows-split", open_states),
        ("tips.join", "take-out", _("Take out again"), "arrow-back-up", ("merged",)),
        ("tips.subjects", "subjects", _("Concerns a colleague"), "user-shield", open_states),
        ("tips.recuse", "recuse", _("Step back"), "user-minus", open_states),
    ]
    if steps_for(tip):
        table.insert(6, ("tips.transfer", "progress", _("Note a development"), "timeline-event", (tip.status,)))
    if extendable(tip):
        table.insert(6, ("tips.transfer", "extend", _("Extend a time limit"), "clock-plus", (tip.status,)))
    if tip.route == "security":
        table[5] = ("tips.transfer", "forward", _("Note the forwarding"), "arrow-forward-up", open_states)
    if tip.status == "answered":
        table.sort(key=lambda row: row[1] not in ("close", "reopen"))
    elif not tip.track:
        table.sort(key=lambda row: row[1] != "classify")
    elif tip.assignee_id:
        table.sort(key=lambda row: row[1] not in ("answer", "ask"))
    else:
        table.sort(key=lambda row: row[1] not in ("assign", "answer"))
    return [
        {"url": reverse(f"tips:{name}", args=[tip.uuid]), "label": label, "icon": icon, "name": name}
        for permission, name, label, icon, states in table
        if tip.status in states and allows(actor, permission, tip)
    ]


def bound_to(actor: Any, tip: Any) -> dict[str, Any]:
    """The reports of the same matter that the actor may know of: joined, the one that goes on, parts, the first one."""
    return {
        "joined": reading.open_joined(actor=actor, tip=tip),
        "main": selectors.find_by_pk(actor, tip.merged_into_id),
        "first": selectors.find_by_pk(actor, tip.split_from_id),
        "parts": selectors.parts_of(actor, tip),
        "may_join": tip.is_open and tip.status != "transferred" and allows(actor, "tips.join", tip),
    }


class TipView(TemplatePage):
    """A tip: its words for those who may read them, for others number, kind, owner, clocks and state."""

    permission = "tips.list"
    template_name = "tips/detail.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Reads the words through the service, which writes the reading down."""
        tip = self.found(selectors.find_tip(self.actor, kwargs["uuid"]))
        context: dict[str, Any] = {"tip": tip, "clocks": selectors.clocks_of(tip)}
        opened = reading.open_tip(actor=self.actor, uuid=kwargs["uuid"])
        if opened is None:
            return context
        return {
            **context,
            "opened": opened,
            "pictures": selectors.attachments_of(tip),
            "story": story_of(tip),
            "subjects": selectors.subjects_of(tip),
            "sealed": selectors.is_sealed(tip),
            "requests": selectors.identity_requests(tip),
            "opened_offline": selectors.opens_offline(tip),
            "may_ask_identity": allows(self.actor, "tips.identity", tip),
            "may_approve": allows(self.actor, "tips.identity_approve", tip),
            "actions": actions_for(self.actor, tip),
            **bound_to(self.actor, tip),
            "now": selectors.moment(),
        }


class PictureView(PortalView):
    """A picture's pixel copy, after the permission check; never cached, never sniffed, never a page."""

    permission = "tips.read"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Serve the picture (`?small=1` for the thumbnail)."""
        data = reading.read_picture(
            actor=self.actor, uuid=kwargs["uuid"], position=kwargs["position"], small="small" in request.GET
        )
        response = HttpResponse(self.found(data), content_type="image/jpeg")
        response["Content-Disposition"] = f'inline; filename="anh-{kwargs["position"] + 1}.jpg"'
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
        response["Cache-Control"] = "no-store"
        return response


class RegisterView(TemplatePage):
    """Choose the year of the intake register."""

    permission = "tips.register"
    template_name = "tips/register.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The years with entries."""
        return {"years": selectors.register_years(self.actor)}


class RegisterFileView(PortalView):
    """The register of a year as a file."""

    permission = "tips.register"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Download."""
        data = registers.export_register(actor=self.actor, year=kwargs["year"])
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        response = HttpResponse(data, content_type=kind)
        response["Content-Disposition"] = f'attachment; filename="so-tiep-nhan-{kwargs["year"]}.xlsx"'
        return response
