"""The wards app."""

from django.apps import AppConfig


class WardsConfig(AppConfig):
    """See docs/architecture.md for what lives here."""

    name = "wards"
