"""`manage.py messages`: renew, check or compile the Vietnamese catalogues."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from vikhe_portal.core import catalogues


class Command(BaseCommand):
    """Without an option: renew every catalogue (or one app's) from the sources and name what lacks a translation."""

    help = "Renew (default), --check or --compile the message catalogues."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Options of the command."""
        parser.add_argument("app", nargs="?", help="renew this app's catalogue only (or core)")
        parser.add_argument("--check", action="store_true", help="fail when a string has no Vietnamese")
        parser.add_argument("--compile", action="store_true", help="write the .mo files")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what the option says."""
        root = settings.BASE_DIR
        if options["compile"]:
            self.stdout.write(f"{catalogues.compile_all(root)} messages compiled")
            return
        if options["check"]:
            found = catalogues.problems(root)
            if found:
                raise CommandError("\n".join(found[:40] + [f"{len(found)} problems in the catalogues"]))
            self.stdout.write("catalogues complete")
            return
        for place in catalogues.places(root):
            if options["app"] and place.name != options["app"]:
                continue
            missing = catalogues.renew(place, root)
            self.stdout.write(f"{place.name}: {missing} without Vietnamese")
