"""The accounts app."""

from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """See docs/architecture.md for what lives here."""

    name = "accounts"

    def ready(self) -> None:
        """Register the app's permissions, menu entries and recurring work."""
        import_module("accounts.policies")
        import_module("accounts.registry")
        import_module("accounts.tasks")
