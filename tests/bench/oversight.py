"""The committee's room: the dashboards of ward and province, the lag of the rolled-up counts, a ward's report.

Read in the last ward, which no other part writes to.
"""

from __future__ import annotations

import secrets
import statistics
import time
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import User
from groups.models import Coverage, Household
from groups.services.rosters import mark_joined
from oversight.models import Review
from oversight.selectors.periods import period_of
from oversight.selectors.province import wards_of_province
from oversight.services import reviews
from tests import database
from tests.bench.groups import signed_in
from tests.bench.harness import Line, compare
from tests.bench.pages import pages
from vikhe_portal.core.permissions import Actor, HeldPost
from vikhe_portal.core.scope import ward_scope

MOST_LAG, MOST_REVIEW = 5.0, 5.0
MARKS = 20
MANY = 100  # wards from which on kept counts must be a hundred times faster

# The counts from the memberships themselves. The owner reads beyond the walls, in a transaction that is rolled back.
COUNTED = """
SELECT h.ward_id, h.neighbourhood_id, count(*), count(c.household_id)
FROM groups_household h
LEFT JOIN (SELECT DISTINCT p.ward_id, p.household_id FROM groups_membership m
    JOIN groups_person p ON p.ward_id = m.ward_id AND p.id = m.person_id AND p.status = 'current'
    WHERE m.left_at IS NULL) c ON c.ward_id = h.ward_id AND c.household_id = h.id
WHERE h.ended_at IS NULL GROUP BY h.ward_id, h.neighbourhood_id
"""
WALLED = ("groups_household", "groups_person", "groups_membership")


def measure(wards: list[int]) -> Iterator[Line]:
    """The lines of this part."""
    settings.ROOT_URLCONF = "tests.bench.pages"
    ward_id = wards[-1]
    member, viewer = signed_in("committee_member", ward_id), signed_in("province_viewer", ward_id)
    yield compare(
        "ward dashboard",
        product=pages(member, ["/tong-quan/"], 12),
        limit=pages(member, ["/bare/dashboard/"], 12),
        limit_is="bare view, session, one row per neighbourhood",
        unit="ms",
        at_most=4.0,
    )
    yield compare(
        f"province dashboard, {len(wards)} wards",
        product=pages(viewer, ["/tinh/"], 12),
        limit=pages(viewer, ["/bare/province/"], 12),
        limit_is="bare view, session, one row per ward",
        unit="ms",
        at_most=4.0,
    )
    yield _against_group_by(ward_id, wards)
    yield _lag(ward_id)
    yield _review(ward_id)


def _group_by() -> tuple[float, dict[tuple[int, int], tuple[int, int]]]:
    name = connection.settings_dict["NAME"]
    with database.owner_connection(name) as owner, owner.transaction(force_rollback=True):
        for table in WALLED:
            owner.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        began = time.perf_counter()
        found = owner.execute(COUNTED).fetchall()
        taken = time.perf_counter() - began
    return taken * 1000, {(row[0], row[1]): (row[2], row[3]) for row in found}


def _against_group_by(ward_id: int, wards: list[int]) -> Line:
    actor = _viewer(ward_id)

    def product() -> float:
        began = time.perf_counter()
        wards_of_province(actor)
        return (time.perf_counter() - began) * 1000

    _taken, truth = _group_by()
    rows, totals = wards_of_province(actor)
    for one in rows:
        with ward_scope(one.ward.pk):
            kept = Coverage.objects.filter(ward_id=one.ward.pk).values_list("neighbourhood_id", "households", "covered")
            for place, households, covered in kept:
                if truth[one.ward.pk, place] != (households, covered):
                    raise RuntimeError(f"ward {one.ward.pk}: {truth[one.ward.pk, place]} counted, {covered} kept")
    listed = {one.ward.pk for one in rows}  # the import is measured in wards of its own, which no page of this lists
    if not listed.issuperset(wards):
        raise RuntimeError(f"the province's page lists {len(listed)} wards, not all {len(wards)} that are measured")
    if totals["households"] != sum(value[0] for (ward, _place), value in truth.items() if ward in listed):
        raise RuntimeError("the province's sum is not the sum of the GROUP BY")
    return compare(
        f"counts of {len(wards)} wards",
        product=product,
        limit=lambda: _group_by()[0],
        limit_is="GROUP BY over households and memberships",
        unit="ms",
        at_most=0.01 if len(wards) > MANY else 1.0,
        note=f"equal to the GROUP BY in {len(truth)} neighbourhoods",
    )


def _viewer(ward_id: int) -> Actor:
    user = User.objects.get(username=f"bench-province_viewer-{ward_id}")
    return Actor(user=user, ward_id=ward_id, posts=(HeldPost(0, "province_viewer", ward_id),))


def _chief(ward_id: int) -> Actor:
    signed_in("chief", ward_id)
    user = User.objects.get(username=f"bench-chief-{ward_id}")
    return Actor(user=user, ward_id=ward_id, posts=(HeldPost(0, "chief", ward_id),))


def _lag(ward_id: int) -> Line:
    """From the mark at a door to the moment the kept count has it, whoever asks."""
    actor, taken = _chief(ward_id), []
    for _number in range(MARKS):
        with ward_scope(ward_id):
            row = Household.objects.filter(ward_id=ward_id, covered_by=0).order_by("?").first()
            if row is None:
                break
            place = Coverage.objects.filter(ward_id=ward_id, neighbourhood_id=row.neighbourhood_id)
            before = place.values_list("covered", flat=True).get()
        began = time.perf_counter()
        with ward_scope(ward_id):
            mark_joined(actor=actor, household_id=row.pk)
        while True:
            with ward_scope(ward_id):
                if place.values_list("covered", flat=True).get() == before + 1:
                    break
            if time.perf_counter() - began > MOST_LAG:
                break
        taken.append(time.perf_counter() - began)
    longest = max(taken)
    return Line(
        f"lag of the kept counts, longest of {len(taken)} marks",
        longest,
        "s",
        MOST_LAG,
        "fixed",
        longest / MOST_LAG,
        "≤ 1.0",
        longest <= MOST_LAG,
        "the mark itself included",
    )


def _review(ward_id: int) -> Line:
    """Figures of a month frozen, annexes, text, .docx: drafted and downloaded."""
    actor, taken = _chief(ward_id), []
    day = timezone.localdate()
    for _number in range(5):
        with ward_scope(ward_id):
            while Review.objects.filter(ward_id=ward_id, kind="month", start=period_of("month", day).start).exists():
                day = period_of("month", day).start - timedelta(days=1 + secrets.randbelow(400))
            began = time.perf_counter()
            review = reviews.draft_review(actor=actor, kind="month", day=day)
            reviews.download_review(actor=actor, review=review)
            taken.append(time.perf_counter() - began)
    figure = statistics.median(taken)
    return Line(
        "report of a ward, figures and document",
        figure,
        "s",
        MOST_REVIEW,
        "fixed",
        figure / MOST_REVIEW,
        "≤ 1.0",
        figure <= MOST_REVIEW,
    )
