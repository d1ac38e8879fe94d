"""The broadcasts app."""

from django.apps import AppConfig


class BroadcastsConfig(AppConfig):
    """See docs/architecture.md for what lives here."""

    name = "broadcasts"
