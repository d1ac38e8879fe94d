"""The groups app: households, Zalo groups, who leads them, rosters, coverage, handovers."""

from importlib import import_module

from django.apps import AppConfig

# Modules that register something (permissions, menu entries, figures, holdings, jobs) when they are imported.
REGISTERING = (
    "groups.policies.rosters",
    "groups.policies.governance",
    "groups.tasks",
    "groups.tasks_governance",
    "groups.tasks_governance",
    "groups.registry_rosters",
    "groups.registry_governance",
)


class GroupsConfig(AppConfig):
    """See docs/developing.md for what lives in each room."""

    name = "groups"

    def ready(self) -> None:
        """Register what the app offers."""
        for module in REGISTERING:
            import_module(module)
