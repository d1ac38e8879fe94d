"""The groups app."""

from django.apps import AppConfig


class GroupsConfig(AppConfig):
    """See docs/architecture.md for what lives here."""

    name = "groups"
