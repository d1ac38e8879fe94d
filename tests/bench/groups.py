"""The roster page and the import of a ward's roster."""

from __future__ import annotations

import time
from collections.abc import Iterator
from io import BytesIO
from itertools import count

from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone
from python_calamine import CalamineWorkbook

from accounts.models import Post, User
from demonstration import people
from groups.services.imports.from_files import import_file
from tests.bench.harness import Line, compare
from tests.bench.pages import pages
from tests.factories import make_post, make_user
from vikhe_portal.core.scope import ward_scope
from vikhe_portal.core.spreadsheets import Sheet, xlsx_bytes
from wards import services as ward_services
from wards.models import Ward

ROWS = 40_000
PLACES = [f"Tổ dân phố số {number}" for number in range(1, 41)]
NARROW = [
    "?q=nguyen+van",
    "?q=xom+cau",
    "?joined=no",
    "",
]


def signed_in(kind: str, ward_id: int) -> Client:
    """A client signed in as whoever holds this post (another part of the bench may have filled it), made once."""
    with ward_scope(ward_id):
        held = Post.objects.filter(ward_id=ward_id, kind=kind, held__contains=timezone.now()).first()
        user = held.user if held else None
    if user is None:
        username = f"bench-{kind}-{ward_id}"
        user = User.objects.filter(username=username).first() or make_user(username=username)
        make_post(user, kind, ward_id=ward_id)
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user)
    return client


def measure(wards: list[int]) -> Iterator[Line]:
    """The lines of this part."""
    settings.ROOT_URLCONF = "tests.bench.pages"
    client = signed_in("chief", wards[0])
    yield compare(
        "roster page",
        product=pages(client, [f"/ho-dan/{tail}" for tail in NARROW], 24),
        limit=pages(client, [f"/bare/roster/{tail}" for tail in NARROW], 24),
        limit_is="bare view, session, the same rows",
        unit="ms",
        at_most=2.5,
    )
    yield _import(wards)


def _sheet() -> bytes:
    heading, *rows = people.sheet_rows(people.homes(11, PLACES, ROWS // 4, people_per_household=4.0))
    return xlsx_bytes([Sheet("Nhân khẩu", [str(cell) for cell in heading], rows[:ROWS])])


def _import(wards: list[int]) -> Line:
    content = _sheet()
    fresh = iter(Ward.objects.filter(active=False).order_by("-id").values_list("id", flat=True))
    numbers = count()

    def product() -> float:
        ward_id = next(fresh)
        ward_services.activate_ward(ward_id=ward_id)
        user = make_user(username=f"bench-import-{ward_id}-{next(numbers)}")
        make_post(user, "chief", ward_id=ward_id)
        began = time.perf_counter()
        import_file(ward_id=ward_id, username=user.username, content=content, filename="bench.xlsx", legal_basis="đo")
        return time.perf_counter() - began

    def limit() -> float:
        ward_id = next(fresh)
        began = time.perf_counter()
        _bare_import(content, ward_id)
        return time.perf_counter() - began

    return compare(
        "import of 40,000 rows",
        product=product,
        limit=limit,
        limit_is="calamine, COPY, checks and INSERT in SQL",
        unit="s",
        at_most=2.0,
        rounds=3,
        note="reading, preview and saving together",
    )


def _bare_import(content: bytes, ward_id: int) -> None:
    rows = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()[1:]
    with ward_scope(ward_id), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE bare (place text, code text, address text, name text, sex text, born int, "
            "relation text, phone text, zalo text, joined text, role text) ON COMMIT DROP"
        )
        with cursor.copy("COPY bare FROM STDIN") as copy:
            for row in rows:
                copy.write_row([None if cell == "" else int(cell) if isinstance(cell, float) else cell for cell in row])
        cursor.execute("SELECT count(*) FROM bare WHERE name IS NULL OR phone !~ '^0[0-9]{9}$'")
        cursor.execute(
            "INSERT INTO wards_neighbourhood (ward_id, name, key, exists, created_at, updated_at) "
            "SELECT %(w)s, place, lower(unaccent(place)), daterange(current_date, NULL), now(), now() "
            "FROM bare GROUP BY place",
            {"w": ward_id},
        )
        cursor.execute(
            "INSERT INTO groups_household (ward_id, neighbourhood_id, code, address, street, house_order, head_name, "
            "match_key, search_key, sort_key, children, people, covered_by, gap, channel, version, "
            "created_at, updated_at) SELECT %(w)s, n.id, code, max(address), max(address), 0, max(b.name), '', "
            "lower(unaccent(max(b.name))), max(b.name), 0, count(*), 0, '', '', 0, now(), now() FROM bare b "
            "JOIN wards_neighbourhood n ON n.ward_id = %(w)s AND n.name = b.place GROUP BY n.id, code "
            "ON CONFLICT (ward_id, neighbourhood_id, code) DO NOTHING",
            {"w": ward_id},
        )
        cursor.execute(
            "INSERT INTO groups_person (ward_id, household_id, full_name, search_key, sort_key, birth_year, is_head, "
            "phone, zalo_name, uses_zalo, security_team, claims_joined, status, created_at, updated_at) "
            "SELECT %(w)s, h.id, b.name, lower(unaccent(b.name)), b.name, born, false, coalesce(phone, ''), '', "
            "zalo IS NOT NULL, false, joined IS NOT NULL, 'current', now(), now() FROM bare b "
            "JOIN groups_household h ON h.ward_id = %(w)s AND h.code = b.code",
            {"w": ward_id},
        )
