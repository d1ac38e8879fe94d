"""The core app: audit trail, permission engine, walls, base pages."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Holds what every app stands on; imports none of them."""

    name = "vikhe_portal.core"
    label = "core"
