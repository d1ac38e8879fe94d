"""The oversight app."""

from django.apps import AppConfig


class OversightConfig(AppConfig):
    """See docs/architecture.md for what lives here."""

    name = "oversight"
