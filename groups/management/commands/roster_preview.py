"""Show what a roster file would change, without saving anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from groups.services.imports.from_files import preview_file
from vikhe_portal.core.errors import DomainError


def add_common(parser: CommandParser) -> None:
    """Arguments both roster commands take."""
    parser.add_argument("file", type=Path)
    parser.add_argument("--ward", type=int, required=True, help="code of the ward, for example 13972")
    parser.add_argument("--neighbourhood", default="", help="name of the neighbourhood of a file that names none")
    parser.add_argument("--json", action="store_true", dest="as_json")


def content_of(path: Path) -> bytes:
    """The file's bytes; CommandError with one sentence when it cannot be opened."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error


def show(command: BaseCommand, result: dict[str, Any], *, as_json: bool) -> None:
    """Print the account of rows, as JSON or line by line."""
    if as_json:
        command.stdout.write(json.dumps(result, ensure_ascii=False, indent=1))
        return
    for name, value in result.items():
        if name != "refused_rows":
            command.stdout.write(f"{name}: {value}")
    for row in result.get("refused_rows", []):
        command.stdout.write(f"row {row['row']}, column {row['column'] or '-'}: {row['reason']}")


class Command(BaseCommand):
    """`manage.py roster_preview FILE --ward 13972 --json`."""

    help = "Show what a roster file would change, without saving anything."

    def add_arguments(self, parser: CommandParser) -> None:
        """File and ward."""
        add_common(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, compare, print."""
        content = content_of(options["file"])
        try:
            result = preview_file(
                ward_id=options["ward"],
                content=content,
                filename=options["file"].name,
                neighbourhood=options["neighbourhood"],
            )
        except DomainError as refusal:
            raise CommandError(str(refusal.message)) from refusal
        show(self, result, as_json=options["as_json"])
