"""`python -m tests.chaos.tips_inside prepare|count`: what must work inside the portal's own settings."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter

import django

WARD = 13_972
MADE_UP_WITHIN = 90  # seconds: the tick comes once a minute


def prepare() -> None:
    """A ward in use, with a duty officer to be told."""
    from tests.factories import make_post, make_user
    from wards import services

    services.load_units()
    services.activate_ward(ward_id=WARD)
    make_post(make_user(username="truc-ban"), "duty_officer", ward_id=WARD)


def count() -> dict[str, int]:
    """Compare the receipts on standard input with what is stored; wait until the desk was told of everything."""
    from tips.models import Clock, Tip
    from tips.services import receipts, words
    from vikhe_portal.core.scope import ward_scope

    given = json.load(sys.stdin)
    ends = time.monotonic() + MADE_UP_WITHIN
    with ward_scope(WARD):
        while Tip.objects.filter(announced_at__isnull=True).exists() and time.monotonic() < ends:
            time.sleep(1)
        tips = list(Tip.objects.all())
        told = Counter(tip.announced_at is None for tip in tips)
        ticking = set(Clock.objects.filter(state__in=Clock.LIVE).values_list("tip_id", flat=True))
        texts = Counter(words.read(tip).text for tip in tips)
    kept = {tip.receipt_hash for tip in tips}
    hashes = {receipts.receipt_hash(receipts.cleaned(code)) for code in given.values()}
    return {
        "tips": len(tips),
        "lost": len(hashes - kept),
        "doubled": sum(found - 1 for found in texts.values()) + len(given) - len(hashes),
        "without clock": sum(tip.pk not in ticking for tip in tips),
        "unannounced": told[True],
    }


if __name__ == "__main__":
    django.setup()
    if sys.argv[1] == "prepare":
        prepare()
    else:
        print(json.dumps(count()))
