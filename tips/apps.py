"""The tips app."""

from django.apps import AppConfig


class TipsConfig(AppConfig):
    """See docs/architecture.md for what lives here."""

    name = "tips"
