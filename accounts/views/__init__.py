"""Doors of the accounts app."""

from __future__ import annotations

from typing import Any

from allauth.account.views import PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _

from accounts import selectors, services
from accounts.forms import EndPostForm, StaffForm
from accounts.services import passkeys
from accounts.services.sign_in import state_of
from vikhe_portal.core.permissions import all_permissions
from vikhe_portal.core.views import FormPage, PortalView, TemplatePage


class ChooseWardView(PortalView):
    """Switch to another ward in which the person holds a post."""

    permission = "accounts.home"

    def post(self, request: HttpRequest, ward_id: int) -> HttpResponse:
        """Remember the choice; the middleware ignores wards without a post."""
        request.session[selectors.SESSION_WARD] = ward_id
        return redirect("/")


class OwnPasswordView(PasswordChangeView):
    """Choose one's own password; the duty of the first sign-in ends with it."""

    success_url = reverse_lazy("accounts:password-changed")

    def form_valid(self, form: Any) -> HttpResponse:
        """Change it and note that it was chosen by the person."""
        response = super().form_valid(form)
        services.password_was_changed(user=self.request.user)
        return response


class PasswordChangedView(PortalView):
    """After the change: home."""

    permission = "accounts.home"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Go home."""
        return redirect("/")


class StaffListView(TemplatePage):
    """People and posts of the ward."""

    permission = "accounts.staff"
    template_name = "accounts/staff_list.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """People with their posts."""
        people: dict[int, dict[str, Any]] = {}
        for post in selectors.staff_of(self.actor):
            people.setdefault(post.user_id, {"user": post.user, "posts": []})["posts"].append(post)
        return {"people": list(people.values())}


class StaffCreateView(FormPage):
    """Make an account with its first post."""

    permission = "accounts.manage"
    form_class = StaffForm
    template_name = "accounts/staff_form.html"
    success_message = _("The account is made. Give the person a first password now.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Choices are the actor's own."""
        return {"actor": self.actor}

    def carry_out(self, form: StaffForm) -> Any:
        """One service call."""
        return services.create_staff(actor=self.actor, **form.cleaned_data)

    def success_url(self, result: Any) -> str:
        """The person's page."""
        return reverse("accounts:staff-member", args=[result.pk])


class StaffMemberView(TemplatePage):
    """One person: their posts, and what the chief can do."""

    permission = "accounts.staff"
    template_name = "accounts/staff_member.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The person and all their posts in this ward."""
        user = self.found(selectors.staff_member(self.actor, kwargs["user_id"]))
        return {
            "person": user,
            "posts": selectors.posts_of(self.actor, user),
            "today": selectors.moment(),
            "sign_in": state_of(user=user),
            "may_invite": user != self.actor.user and passkeys.may_be_invited(user),
        }


class FirstPasswordView(PortalView):
    """Give a first password and show it once."""

    permission = "accounts.manage"

    def post(self, request: HttpRequest, user_id: int) -> HttpResponse:
        """The password is in this one answer and nowhere else."""
        user = self.found(selectors.staff_member(self.actor, user_id))
        password = services.give_first_password(actor=self.actor, user=user)
        return render(request, "accounts/first_password.html", {"person": user, "password": password})

    def error_url(self) -> str:
        """Back to the list."""
        return reverse("accounts:staff")


class EndPostView(FormPage):
    """End a post now."""

    permission = "accounts.manage"
    form_class = EndPostForm
    template_name = "accounts/end_post.html"
    success_message = _("The post has ended. From this moment it opens nothing.")

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """The post to end."""
        return {"post": self.found(selectors.post_of_ward(self.actor, kwargs["post_id"]))}

    def carry_out(self, form: EndPostForm) -> Any:
        """One service call."""
        post = self.found(selectors.post_of_ward(self.actor, self.kwargs["post_id"]))
        return services.end_post(actor=self.actor, post=post, reason=form.cleaned_data["reason"])

    def success_url(self, result: Any) -> str:
        """The person's page."""
        return reverse("accounts:staff-member", args=[result.user_id])


class RightsView(TemplatePage):
    """Who may do what, as the rules say it."""

    permission = "accounts.rights"
    template_name = "accounts/rights.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Every permission against every kind of post."""
        kinds, rows = selectors.rights_table(self.actor, all_permissions())
        return {"kinds": kinds, "rows": rows}


class NoticesView(TemplatePage):
    """A person's notices."""

    permission = "accounts.home"
    template_name = "accounts/notices.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Unread ones."""
        return {"notices": selectors.notices_in_words(self.actor)}

    def post(self, request: HttpRequest) -> HttpResponse:
        """Mark all as read."""
        services.read_notices(actor=self.actor)
        return redirect("accounts:notices")
