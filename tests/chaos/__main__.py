"""`python -m tests.chaos [--only broadcasts|tips] [--seeds N]`: kill what works, count what people saw."""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections import Counter

import django

from tests.chaos import tips


def main() -> int:
    """Run the seeds; 1 when something was posted twice, shown as sent without being there, or lost."""
    parser = argparse.ArgumentParser(prog="chaos")
    parser.add_argument("--only", choices=("broadcasts", "tips"))
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--posts", type=int, default=150)
    parser.add_argument("--receipts", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=20, help="of each of web, worker, beat, broker, database")
    options = parser.parse_args()
    if options.only == "tips":
        return tips.report(seed=options.seeds, receipts=options.receipts, kills=options.kills)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vikhe_portal.settings.test")
    django.setup()
    totals: Counter[str] = Counter()
    for number in range(1, options.seeds + 1):
        found = one_seed(number, options.posts)
        print(f"seed {number}: " + ", ".join(f"{key} {value}" for key, value in found.items()), flush=True)
        totals.update(found)
    print(f"sent {totals['sent']} of {totals['posts']}, unknown {totals['unknown']}, kills {totals['kills']}")
    print(f"posted twice: {totals['twice']}, false sent: {totals['false']}, lost: {totals['lost']}")
    failed = bool(totals["twice"] or totals["false"] or totals["lost"])
    if options.only is None:
        failed |= bool(tips.report(seed=options.seeds, receipts=options.receipts, kills=options.kills))
    return int(failed)


def one_seed(number: int, posts: int) -> dict[str, int]:
    """A fresh database, one broadcast to `posts` groups, SIGKILL again and again until nothing waits."""
    from django.conf import settings
    from django.db import connection, connections

    from broadcasts.models import Delivery
    from tests import database
    from tests.bench import standin
    from tests.factories import WARD_ID
    from vikhe_portal.core.scope import ward_scope
    from wards import services as wards

    dice = random.Random(number)
    name = f"chaos_{os.getpid()}_{number}"
    database.clone(database.ensure_template(), name)
    connections.close_all()
    connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = name
    kills = 0
    try:
        wards.load_units()
        wards.activate_ward(ward_id=WARD_ID)
        with standin.played(posts) as played:
            standin.connect(WARD_ID, played.facts)
            groups = standin.gmf_groups(WARD_ID, played.facts)
            standin.go_out(WARD_ID, standin.people(WARD_ID), groups)
            end = time.monotonic() + 120
            while time.monotonic() < end:
                with ward_scope(WARD_ID):
                    Delivery.objects.filter(lease_until__isnull=False, state__in=["claimed", "sending"]).update(
                        lease_until="2026-01-01T00:00:00Z"
                    )
                    waiting = Delivery.objects.filter(state__in=["pending", "retry", "claimed", "sending"]).count()
                if not waiting:
                    break
                child = standin.worker(played.base)
                time.sleep(dice.uniform(0.9, 1.8))
                if child.poll() is None:
                    child.kill()
                    kills += 1
                child.wait()
            with ward_scope(WARD_ID):
                rows = list(Delivery.objects.values_list("code", "state"))
            seen = Counter(post.text.rsplit("Mã bản tin: ", 1)[1] for post in played.server.world.posts)
    finally:
        connections.close_all()
        database.drop(name)
    states = Counter(state for _code, state in rows)
    return {
        "posts": posts,
        "sent": states["sent"],
        "unknown": states["unknown"],
        "kills": kills,
        "twice": sum(count - 1 for count in seen.values() if count > 1),
        "false": sum(1 for code, state in rows if state == "sent" and code not in seen),
        "lost": sum(1 for _code, state in rows if state not in ("sent", "unknown")),
    }


if __name__ == "__main__":
    sys.exit(main())
