"""What pages are measured against: bare views that do the same reads and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from vikhe_portal.core.scope import current_ward_id, province_scope
from wards.models import Ward

ROWS = """
SELECT h.id, h.head_name, h.address, h.people, h.covered_by, n.name, p.full_name, p.phone
FROM (SELECT * FROM groups_household WHERE ward_id = %(ward)s AND ended_at IS NULL {narrow}
      ORDER BY neighbourhood_id, street, house_order, code LIMIT 50) h
JOIN wards_neighbourhood n ON n.ward_id = h.ward_id AND n.id = h.neighbourhood_id
LEFT JOIN groups_person p ON p.ward_id = h.ward_id AND p.household_id = h.id
"""


def bare_roster(request: HttpRequest) -> HttpResponse:
    """Session, the page's rows in one statement, an f-string."""
    needle = request.GET.get("q", "")
    narrow = "AND search_key LIKE %(like)s" if needle else ""
    with connection.cursor() as cursor:
        cursor.execute(ROWS.format(narrow=narrow), {"ward": current_ward_id(), "like": f"%{needle}%"})
        found = cursor.fetchall()
    return HttpResponse("".join(f"<li>{row[1]} {row[2]} {row[5]} {row[6]} {row[7]}</li>" for row in found))


def bare_dashboard(request: HttpRequest) -> HttpResponse:
    """Session, one pre-aggregated row per neighbourhood, an f-string."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.name, c.households, c.covered, c.people FROM groups_coverage c "
            "JOIN wards_neighbourhood n ON n.id = c.neighbourhood_id WHERE c.ward_id = %s",
            [current_ward_id()],
        )
        found = cursor.fetchall()
    return HttpResponse("".join(f"<li>{row[0]} {row[1]} {row[2]} {row[3]}</li>" for row in found))


def bare_province(request: HttpRequest) -> HttpResponse:
    """Session, one pre-aggregated row per ward of the province, an f-string."""
    home = Ward.objects.values_list("province_id", flat=True).get(pk=current_ward_id())
    with province_scope(home), connection.cursor() as cursor:
        cursor.execute(
            "SELECT w.name, c.households, c.covered FROM wards_ward w JOIN LATERAL (SELECT households, covered "
            "FROM groups_coverage WHERE ward_id = w.id LIMIT 1) c ON true WHERE w.active AND w.province_id = %s",
            [home],
        )
        found = cursor.fetchall()
    return HttpResponse("".join(f"<li>{row[0]} {row[1]} {row[2]}</li>" for row in found))


urlpatterns = [
    path("bare/roster/", bare_roster),
    path("bare/dashboard/", bare_dashboard),
    path("bare/province/", bare_province),
    path("", include("vikhe_portal.urls")),
]


def pages(client: Client, addresses: list[str], times: int) -> Callable[[], float]:
    """Return a function that gets the addresses in turn and gives the median milliseconds of one answer."""

    def take() -> float:
        taken = []
        for number in range(times):
            began = time.perf_counter()
            answer = client.get(addresses[number % len(addresses)])
            taken.append((time.perf_counter() - began) * 1000)
            if answer.status_code != 200:
                raise RuntimeError(f"{addresses[number % len(addresses)]} answered {answer.status_code}")
        taken.sort()
        return taken[len(taken) // 2]

    return take
