"""The wards app."""

from importlib import import_module

from django.apps import AppConfig


class WardsConfig(AppConfig):
    """See docs/architecture.md for what lives here."""

    name = "wards"

    def ready(self) -> None:
        """Register the app's permission and menu entry."""
        import_module("wards.policies")
        import_module("wards.registry")
