"""Doors of the gateways: the webhook, and the page that shows whether the connection is well."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt

from gateways import selectors
from gateways.services import channels, inbox
from gateways.zalo.webhook import WebhookRefused
from vikhe_portal.core.views import ButtonView, PublicView, TemplatePage


@method_decorator(csrf_exempt, name="dispatch")  # Zalo signs the raw body instead; the only exemption there is
class ZaloWebhookView(PublicView):
    """Zalo's events for one Official Account. Answers within moments; work is done after."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, oa_id: str) -> HttpResponse:
        """200 when taken (or dropped on purpose), 401 for a wrong signature, 404 for an account that is not ours."""
        try:
            inbox.receive_zalo(
                oa_id=oa_id,
                raw=request.body,
                signature=request.headers.get("X-ZEvent-Signature"),
                base=request.build_absolute_uri("/"),
            )
        except inbox.UnknownAccount as error:
            raise Http404 from error
        except WebhookRefused:
            return HttpResponse(status=401)
        return HttpResponse(status=200)


class ChannelsView(TemplatePage):
    """The ward's Official Accounts and how they are."""

    permission = "gateways.manage"
    template_name = "gateways/channels.html"

    def get_context(self, **kwargs: Any) -> dict[str, Any]:
        """Each account with its state."""
        return {"rows": selectors.health(self.actor)}


class ReleaseView(ButtonView):
    """Let a held account send again."""

    permission = "gateways.manage"

    def find(self) -> Any:
        """The account of the address."""
        return selectors.channel(self.actor, self.kwargs["pk"])

    def act(self, row: Any) -> None:
        """One service call."""
        channels.release(actor=self.actor, channel=row)

    def error_url(self) -> str:
        """Back to the list."""
        return reverse("gateways:channels")
