"""The oversight app."""

from importlib import import_module

from django.apps import AppConfig

# Modules that register something (permissions, menu entries, figures, holdings, jobs) when they are imported.
REGISTERING: tuple[str, ...] = (
    "oversight.policies.rooms",
    "oversight.policies.regulations",
    "oversight.registry",
    "oversight.registry_privacy",
    "oversight.tasks",
)


class OversightConfig(AppConfig):
    """See docs/developing.md for what lives in each room."""

    name = "oversight"

    def ready(self) -> None:
        """Register what the app offers."""
        for module in REGISTERING:
            import_module(module)
