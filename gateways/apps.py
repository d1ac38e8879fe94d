"""The gateways app."""

from django.apps import AppConfig


class GatewaysConfig(AppConfig):
    """See docs/architecture.md for what lives here."""

    name = "gateways"
