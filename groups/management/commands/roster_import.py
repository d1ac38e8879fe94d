"""Import a roster or list of officers from the command line, in the name of a person who may."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError, CommandParser

from groups.management.commands.roster_preview import add_common, content_of, show
from groups.services.imports.from_files import import_file
from vikhe_portal.core.errors import DomainError


class Command(BaseCommand):
    """`manage.py roster_import FILE --ward 13972 --as USER --json`."""

    help = "Import a roster or list of officers, all or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """File, ward, and who imports."""
        add_common(parser)
        parser.add_argument("--as", dest="username", required=True, help="user name of the chief or administrator")
        parser.add_argument("--legal-basis", default="", help="source and legal basis of the file")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, save, print."""
        content = content_of(options["file"])
        try:
            result = import_file(
                ward_id=options["ward"],
                username=options["username"],
                content=content,
                filename=options["file"].name,
                neighbourhood=options["neighbourhood"],
                legal_basis=options["legal_basis"],
            )
        except DomainError as refusal:
            raise CommandError(str(refusal.message)) from refusal
        except PermissionDenied as refusal:
            raise CommandError(f"{options['username']} may not import rosters in this ward") from refusal
        show(self, result, as_json=options["as_json"])
        if result["status"] != "saved":
            raise CommandError(result["message"] or result["status"])
