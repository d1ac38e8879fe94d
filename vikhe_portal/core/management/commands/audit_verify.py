"""`manage.py audit_verify WARD [--anchor SEQ:DIGEST]`: recompute a ward's audit chain and name the first break.

The anchors the portal has written to its own folder are compared by themselves; one kept elsewhere is named.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from vikhe_portal.core import audit
from vikhe_portal.core.scope import ward_scope


class Command(BaseCommand):
    """Prints the head of the chain, to be kept outside the database; fails at the first broken link."""

    help = "Verify a ward's audit chain (0: the installation's own events)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Options of the command."""
        parser.add_argument("ward", type=int)
        parser.add_argument("--anchor", help="SEQ:DIGEST as printed before and kept elsewhere")

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify and print."""
        anchor = None
        if options["anchor"]:
            seq, _colon, digest = options["anchor"].partition(":")
            if not seq.isdigit() or len(digest) != 64:
                raise CommandError("the anchor is written as SEQ:DIGEST")
            anchor = (int(seq), digest)
        try:
            kept = audit.read_anchors(options["ward"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        with ward_scope(options["ward"] or None):
            verdict = audit.verify(options["ward"], anchor=anchor, anchors=[(seq, digest) for _at, seq, digest in kept])
        if verdict.problem:
            raise CommandError(f"ward {verdict.ward}: {verdict.problem}")
        self.stdout.write(f"compared with {len(kept)} anchors in {audit.anchor_file(options['ward'])}")
        self.stdout.write(f"ward {verdict.ward}: {verdict.links} links hold, head {verdict.links}:{verdict.head}")
