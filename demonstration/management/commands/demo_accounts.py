"""`manage.py demo_accounts`: print the demonstration's accounts, one per role."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from demonstration.cast import PASSPHRASE, PASSWORD, ROLES


class Command(BaseCommand):
    """One line a role, then the password they share."""

    help = "Print the accounts of the demonstration ward."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print."""
        for role in ROLES:
            title = (
                role.title
                or {
                    "party_secretary": "Bí thư chi bộ",
                    "neighbourhood_head": "Tổ trưởng tổ dân phố",
                    "security_head": "Tổ trưởng Tổ bảo vệ ANTT",
                }[role.capacity]
            )
            self.stdout.write(f"  {role.username:<10} {title} – {role.rank + ' ' if role.rank else ''}{role.name}")
        self.stdout.write(f"  Mật khẩu chung: {PASSWORD}")
        self.stdout.write(f"  Cụm mật khẩu mở danh tính niêm phong (truongca, phoca): {PASSPHRASE}")
