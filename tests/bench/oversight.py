"""The ward's dashboard."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings

from tests.bench.groups import signed_in
from tests.bench.harness import Line, compare
from tests.bench.pages import pages


def measure(wards: list[int]) -> Iterator[Line]:
    """The line of this part."""
    settings.ROOT_URLCONF = "tests.bench.pages"
    client = signed_in("committee_member", wards[0])
    yield compare(
        "ward dashboard",
        product=pages(client, ["/tong-quan/"], 12),
        limit=pages(client, ["/bare/dashboard/"], 12),
        limit_is="bare view, session, one row per neighbourhood",
        unit="ms",
        at_most=4.0,
    )
