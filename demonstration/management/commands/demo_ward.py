"""`manage.py demo_ward`: load the demonstration ward once; prints nothing when it is there already."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from demonstration import build


class Command(BaseCommand):
    """Idempotent: a ward that is loaded stays as people left it."""

    help = "Load the demonstration ward (invented people) if it is not loaded yet."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load or leave."""
        if not settings.DEMONSTRATION:
            raise CommandError("This installation is not a demonstration.")
        build.load(say=self.stdout.write)
