"""The core app: audit trail, permission engine, walls, base pages."""

from importlib import import_module

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Holds what every app stands on; imports none of them."""

    name = "vikhe_portal.core"
    label = "core"

    def ready(self) -> None:
        """Register the recurring work of the installation."""
        import_module("vikhe_portal.core.tasks")
