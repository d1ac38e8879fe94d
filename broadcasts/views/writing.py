"""Writing, approving, sending out and following broadcasts."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from broadcasts import forms, selectors
from broadcasts.filters import BroadcastFilter, DeliveryFilter
from broadcasts.policies import visible_deliveries
from broadcasts.selectors import outlets
from broadcasts.selectors import removing as recalls
from broadcasts.selectors.limits import full_groups
from broadcasts.selectors.rendering import post_text, unsaved
from broadcasts.selectors.sources import item as article_of
from broadcasts.selectors.versions import approved_numbers
from broadcasts.services import cards, scheduling, sources, writing
from gateways.zalo.text import TEXT_LIMIT
from vikhe_portal.core.permissions import allows, require
from vikhe_portal.core.views import ButtonView, FilteredListView, FormPage, PortalView, TemplatePage


class ListView(FilteredListView):
    """All broadcasts the actor may know of."""

    permission = "broadcasts.list"
    filterset_class = BroadcastFilter
    template_name = "broadcasts/list.html"
    results_template_name = "broadcasts/_list_results.html"
    context_object_name = "broadcasts"

    def get_queryset(self) -> Any:
        """The actor's rows."""
        return selectors.broadcasts_for_list(self.actor)


class DeliveriesView(FilteredListView):
    """The rows behind the figures: posts by state and day."""

    permission = "broadcasts.list"
    filterset_class = DeliveryFilter
    template_name = "broadcasts/deliveries.html"
    results_template_name = "broadcasts/_delivery_results.html"
    context_object_name = "deliveries"

    def get_queryset(self) -> Any:
        """The actor's rows."""
        rows = visible_deliveries(self.actor).select_related("group", "broadcast", "holder", "done_by")
        return rows.order_by("-id")


class ComposeView(FormPage):
    """A new text."""

    permission = "broadcasts.write"
    form_class = forms.ComposeForm
    template_name = "broadcasts/compose.html"
    success_message = gettext_lazy("Saved as a draft. Read it once more as residents will see it, then submit it.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Choices are the actor's own; the words of an article of another body, with its name as source."""
        row = self.article
        if row is None:
            return {"actor": self.actor}
        text = f"{row.text}\n\n{row.link}".strip()
        return {
            "actor": self.actor,
            "initial": {
                "title": row.title,
                "body": text,
                "source_line": row.source.name,
                "category": str(row.source.category_id),
            },
        }

    @cached_property
    def article(self) -> Any:
        """The article the address names (?tu=…), or None."""
        number = self.request.GET.get("tu", "")
        return self.found(article_of(self.actor, int(number[:9]))) if number.isdecimal() else None

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Where the preview can be looked at."""
        return {"outlets": outlets.OUTLETS}

    def carry_out(self, form: Any) -> Any:
        """The text, and what it came from."""
        row = writing.write(actor=self.actor, draft=form.draft())
        if self.article is not None:
            sources.mark_used(actor=self.actor, item_id=self.article.pk, broadcast=row)
        return row

    def success_url(self, result: Any) -> str:
        """The text as it will be posted."""
        return reverse("broadcasts:detail", args=[result.uuid])


class Step(FormPage):
    """One step of one broadcast."""

    template_name = "broadcasts/step.html"
    title: Any = ""
    lead: Any = ""
    tone = "btn-primary"

    @cached_property
    def broadcast(self) -> Any:
        """The broadcast of the address."""
        row = self.found(selectors.find(self.actor, self.kwargs["uuid"]))
        require(self.actor, self.permission, row)
        return row

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """What it is about."""
        return {"broadcast": self.broadcast}

    def success_url(self, result: Any) -> str:
        """Back to the broadcast."""
        return reverse("broadcasts:detail", args=[self.kwargs["uuid"]])

    def error_url(self) -> str:
        """Back to the broadcast."""
        return self.success_url(None)


class EditView(Step):
    """Change a text; approval is asked for again."""

    permission = "broadcasts.write"
    form_class = forms.ComposeForm
    template_name = "broadcasts/compose.html"
    success_message = gettext_lazy("Saved. A changed text must be submitted for approval again.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """The text as it stands."""
        row = self.broadcast
        names = ("title", "body", "source_line", "legal_ground", "valid_until", "on_web")
        initial = {name: getattr(row, name) for name in names}
        initial |= {"category": str(row.category_id), "groups": [str(pk) for pk in selectors.target_ids(row)]}
        return {"actor": self.actor, "initial": initial}

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """What it is about, and where the preview can be looked at."""
        return super().get_context(**kwargs) | {"outlets": outlets.OUTLETS}

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        return writing.edit(actor=self.actor, broadcast=self.broadcast, draft=form.draft())


class PreviewView(PortalView):
    """The text as an outlet will show it, and its marks, while it is written. Keeps nothing."""

    permission = "broadcasts.write"

    def post(self, request: HttpRequest) -> HttpResponse:
        """Answer with a fragment."""
        words = {name: request.POST.get(name, "")[:4000] for name in ("title", "body", "source_line", "legal_ground")}
        draft = unsaved(title=words["title"], body=words["body"], source_line=words["source_line"])
        group_ids = [int(pk) for pk in request.POST.getlist("groups")[:2000] if pk.isascii() and pk[:9].isdigit()]
        outlet = request.POST.get("outlet", "")
        outlet = outlet if outlet in dict(outlets.OUTLETS) else "zalo"
        findings = writing.findings_of("\n".join(words.values()), self.actor.ward_id)
        return render(
            request,
            "broadcasts/_preview.html",
            {
                "shown": outlets.draft_shown(self.actor, draft, outlet, group_ids),
                "gaps": outlets.gaps(self.actor, f"{draft.title}\n{draft.body}", group_ids),
                "count": len(post_text(draft, {}, writing.LONGEST_CODE)),
                "words": len(f"{draft.title} {draft.body}".split()),
                "limit": TEXT_LIMIT,
                "findings": list({f.rule_id: f for f in findings}.values()),
            },
        )


class DetailView(TemplatePage):
    """What will be, or was, posted where; and the next step."""

    permission = "broadcasts.list"
    template_name = "broadcasts/detail.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The broadcast, its texts per group, its deliveries."""
        row = self.found(selectors.find(self.actor, kwargs["uuid"]))
        rows = list(selectors.deliveries_of(self.actor, row))
        marks = {f.rule_id: f for f in writing.findings_of(f"{row.title}\n{row.body}", row.ward_id)}
        may_approve = row.status == "submitted" and allows(self.actor, "broadcasts.approve", row)
        return {
            "broadcast": row,
            "previews": [] if rows else selectors.previews(row),
            "elsewhere": outlets.elsewhere(row),
            "deliveries": rows,
            "progress": selectors.progress(rows),
            "reach": selectors.reach(row),
            "marks": list(marks.values()) if row.status in ("draft", "submitted", "returned") else [],
            "may_write": row.status in row.EDITABLE and allows(self.actor, "broadcasts.write", row),
            "may_approve": may_approve,
            "changed_since": may_approve and row.version > 1 and bool(approved_numbers(row)),
            "may_schedule": allows(self.actor, "broadcasts.schedule", row),
            "may_decide": allows(self.actor, "broadcasts.decide"),
            "may_call_back": recalls.standing(rows, row) and allows(self.actor, "broadcasts.schedule", row),
            "waiting": recalls.WAITING,
            "removals": recalls.of_broadcast(self.actor, row),
            "approve_form": forms.ApproveForm(initial={"version": row.version}, marked=bool(row.holds)),
            "moving": row.status in ("scheduled", "delivering"),
            "plans": selectors.plans_of(row),
            "again": selectors.repeats(row),
            "now": selectors.moment(),
        }


class CampaignView(DetailView):
    """The moving part of the page: groups and states."""

    template_name = "broadcasts/_campaign.html"


class SubmitView(ButtonView):
    """Ask for approval."""

    permission = "broadcasts.write"
    message = gettext_lazy("Submitted. The chief and the deputy chiefs have been told.")

    def find(self) -> Any:
        """The broadcast of the address."""
        return selectors.find(self.actor, self.kwargs["uuid"])

    def act(self, row: Any) -> None:
        """One service call."""
        writing.submit(actor=self.actor, broadcast=row)

    def error_url(self) -> str:
        """The broadcast."""
        return reverse("broadcasts:detail", args=[self.kwargs["uuid"]])


class ApproveView(Step):
    """Approve what one has read."""

    permission = "broadcasts.approve"
    form_class = forms.ApproveForm
    title = gettext_lazy("Approve")
    success_message = gettext_lazy("Approved. It can be sent out now.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """The tick for marks only when there are some."""
        return {"marked": bool(self.broadcast.holds), "initial": {"version": self.broadcast.version}}

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        data = form.cleaned_data
        return writing.approve(
            actor=self.actor,
            broadcast=self.broadcast,
            version=data["version"],
            accept_findings=data.get("accept", False),
        )


class ReturnView(Step):
    """Return it to the writer."""

    permission = "broadcasts.approve"
    form_class = forms.ReasonForm
    title = gettext_lazy("Return to the writer")
    success_message = gettext_lazy("Returned to the writer.")

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        return writing.send_back(actor=self.actor, broadcast=self.broadcast, reason=form.cleaned_data["reason"])


class ScheduleView(Step):
    """Now or at a time."""

    permission = "broadcasts.schedule"
    form_class = forms.ScheduleForm
    title = gettext_lazy("Send out")
    success_message: Any = gettext_lazy("Planned. It goes out by itself at that time.")

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        chosen = form.cleaned_data["at"]
        again = {name: form.cleaned_data[name] for name in ("repeat", "until")}
        plan = scheduling.schedule(actor=self.actor, broadcast=self.broadcast, at=chosen, **again)
        if chosen is None and plan.planned_at > selectors.moment():
            self.success_message = _("It is night: planned for %(time)s, when the quiet hours are over.") % {
                "time": f"{timezone.localtime(plan.planned_at):%H:%M %d/%m/%Y}"
            }
        return plan

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Where it would be held back."""
        return super().get_context(**kwargs) | {"full": full_groups(self.broadcast)}


class StopView(Step):
    """Stop what has not been posted."""

    permission = "broadcasts.schedule"
    form_class = forms.ReasonForm
    title = gettext_lazy("Stop this broadcast")
    lead = gettext_lazy("Groups that have not had it will not get it. What is posted already stays in the groups.")
    tone = "btn-danger"
    success_message = gettext_lazy("Stopped. Nothing more is posted.")

    def carry_out(self, form: Any) -> Any:
        """One service call."""
        return writing.stop(actor=self.actor, broadcast=self.broadcast, reason=form.cleaned_data["reason"])


class UnknownView(TemplatePage):
    """Posts nobody is sure of: look into the group, then say what you saw."""

    permission = "broadcasts.decide"
    template_name = "broadcasts/unknown.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The list."""
        return {"cards": selectors.unknowns(self.actor)}


class DecideView(PortalView):
    """Seen, or send again."""

    permission = "broadcasts.decide"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One service call."""
        row = self.found(selectors.delivery(self.actor, pk))
        if request.POST.get("what") == "seen":
            cards.decide_seen(actor=self.actor, delivery_id=row.pk)
            messages.success(request, _("Noted: it is in the group."))
        else:
            cards.decide_resend(actor=self.actor, delivery_id=row.pk)
            messages.success(request, _("It is posted once more, under a new code."))
        return redirect("broadcasts:unknown")

    def error_url(self) -> str:
        """The list."""
        return reverse("broadcasts:unknown")
