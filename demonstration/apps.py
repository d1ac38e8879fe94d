"""The demonstration ward: invented people and a history, made through the portal's own services."""

from django.apps import AppConfig


class DemonstrationConfig(AppConfig):
    """Installed in development and demonstration only; stands above every other app and is imported by none."""

    name = "demonstration"
