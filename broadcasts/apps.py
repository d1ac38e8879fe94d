"""The broadcasts app."""

from importlib import import_module

from django.apps import AppConfig

# Modules that register something (permissions, menu entries, figures, holdings, jobs) when they are imported.
REGISTERING: tuple[str, ...] = ("broadcasts.policies", "broadcasts.registry", "broadcasts.tasks")


class BroadcastsConfig(AppConfig):
    """See docs/developing.md for what lives in each room."""

    name = "broadcasts"

    def ready(self) -> None:
        """Register what the app offers."""
        for module in REGISTERING:
            import_module(module)
