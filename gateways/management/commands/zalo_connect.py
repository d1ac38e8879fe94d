"""`manage.py zalo_connect --ward 13972 --as USER FILE`: enter an Official Account from a JSON file of its secrets.

The file holds name, oa_id, app_id, app_secret, oa_secret and refresh_token, as the API Explorer of Zalo's developer
console shows them; it never passes through the command line, where others could read it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from accounts.selectors import actor_for
from gateways.services import channels
from vikhe_portal.core.errors import DomainError, Refused
from vikhe_portal.core.scope import ward_scope

FIELDS = ("name", "oa_id", "app_id", "app_secret", "oa_secret", "refresh_token")


class Command(BaseCommand):
    """Delete the file afterwards; the portal keeps its own encrypted copy."""

    help = "Connect an Official Account of Zalo to a ward."

    def add_arguments(self, parser: CommandParser) -> None:
        """Options of the command."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--ward", type=int, required=True)
        parser.add_argument("--as", dest="user", required=True, help="user name of the ward administrator or chief")

    def handle(self, *args: Any, **options: Any) -> None:
        """Connect."""
        try:
            facts = json.loads(options["file"].read_text(encoding="utf-8"))
            chosen = {field: str(facts[field]) for field in FIELDS}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CommandError(f"the file must be JSON with {', '.join(FIELDS)}") from error
        user = User.objects.filter(username=options["user"], is_active=True).first()
        if user is None:
            raise CommandError("no such user")
        actor = actor_for(user, options["ward"])
        try:
            with ward_scope(options["ward"], actor_id=user.pk):
                channel = channels.connect(
                    actor=actor,
                    name=chosen["name"],
                    oa_id=chosen["oa_id"],
                    app_id=chosen["app_id"],
                    app_secret=chosen["app_secret"],
                    oa_secret=chosen["oa_secret"],
                    refresh_token=chosen["refresh_token"],
                )
        except (DomainError, Refused) as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"channel {channel.pk} connected; the first post fetches its token")
