"""Generated databases: one ward, or a province of 129 such wards. A pure function of row numbers; nobody in it exists.

Rows are written by the application's own role, ward by ward, in set-based SQL; a filled database is kept and used again
until the migrations or this file change. Every part works in a copy of its own, so that neither parts nor runs add up.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection, connections

from tests import database
from vikhe_portal.core.scope import ward_scope
from wards import services as ward_services
from wards.models import Ward

NEIGHBOURHOODS, HOUSEHOLDS, PEOPLE, TIPS = 40, 9_300, 34_500, 3_876
HOME_WARD = 13_972
# The last ward is only read: what other parts write into the first one would otherwise be measured with it.
WARDS = {"ward": 2, "province": 129}

FAMILY = "ARRAY['Nguyễn','Trần','Lê','Phạm','Hoàng','Phan','Vũ','Đặng','Bùi','Đỗ']"
MIDDLE = "ARRAY['Văn','Thị','Hữu','Đức','Minh','Ngọc','Thanh','Xuân']"
GIVEN = (
    "ARRAY['An','Bình','Cường','Dũng','Giang','Hà','Hùng','Lan','Long','Mai','Nam','Phúc','Sơn','Thảo','Trang','Yến']"
)
STREET = "ARRAY['Đường Cây Cảnh','Đường Vị Khê','Xóm Cầu','Xóm Chùa','Xóm Đình','Khu Chợ Mới']"
NAME = f"({FAMILY})[1 + mod(n, 10)] || ' ' || ({MIDDLE})[1 + mod(n / 7, 8)] || ' ' || ({GIVEN})[1 + mod(n / 3, 16)]"
PLAIN = "replace(lower(unaccent({})), 'đ', 'd')"

FILL = f"""
INSERT INTO wards_neighbourhood (ward_id, number, name, key, exists, created_at, updated_at)
SELECT %(ward)s, n, 'Tổ dân phố số ' || n, 'to dan pho so ' || n, daterange('2025-07-01', NULL), now(), now()
FROM generate_series(1, {NEIGHBOURHOODS}) n;

INSERT INTO groups_household (ward_id, neighbourhood_id, code, address, street, house_order, head_name, match_key,
    search_key, sort_key, children, people, covered_by, gap, channel, version, created_at, updated_at)
SELECT %(ward)s, h.neighbourhood_id, 'H' || lpad(n::text, 6, '0'), 'Số ' || (1 + mod(n, 240)) || ', ' || street, street,
    1 + mod(n, 240), name, '', {PLAIN.format("name || ' so ' || (1 + mod(n, 240)) || ' ' || street")},
    {PLAIN.format("split_part(name, ' ', 3) || ' ' || name")}, 0, 3, (mod(n, 3) > 0)::int, '', '', 0, now(), now()
FROM (SELECT n, {NAME} AS name, ({STREET})[1 + mod(n, 6)] AS street FROM generate_series(1, {HOUSEHOLDS}) n) made
JOIN LATERAL (SELECT id AS neighbourhood_id FROM wards_neighbourhood
    WHERE ward_id = %(ward)s AND number = 1 + mod(made.n, {NEIGHBOURHOODS})) h ON true;

INSERT INTO groups_person (ward_id, household_id, full_name, search_key, sort_key, birth_year, is_head, phone,
    zalo_name, uses_zalo, security_team, claims_joined, status, created_at, updated_at)
SELECT %(ward)s, h.id, name, {PLAIN.format("name")}, {PLAIN.format("split_part(name, ' ', 3) || ' ' || name")},
    1940 + mod(n, 65), n <= {HOUSEHOLDS},
    CASE WHEN mod(n, 2) = 0 THEN '09' || lpad(mod(n::bigint * 7919, 100000000)::text, 8, '0') ELSE '' END,
    '', mod(n, 2) = 0, false, false, 'current', now(), now()
FROM (SELECT n, {NAME} AS name FROM generate_series(1, {PEOPLE}) n) made
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS r FROM groups_household WHERE ward_id = %(ward)s) h
    ON h.r = 1 + mod(made.n - 1, {HOUSEHOLDS});

INSERT INTO groups_zalogroup (ward_id, name, kind, status, link, remote_id, token, member_cap, rules, accepted_at,
    created_at, updated_at)
SELECT %(ward)s, 'Zalo ANTT tổ ' || number, 'ordinary', 'active', 'https://zalo.me/g/abcdef' || number, '',
    substr(md5(%(ward)s || '-' || number), 1, 16), 900, '', now(), now(), now()
FROM wards_neighbourhood WHERE ward_id = %(ward)s;

INSERT INTO groups_groupneighbourhood (ward_id, group_id, neighbourhood_id, held)
SELECT %(ward)s, g.id, n.id, tstzrange('2025-07-01', NULL)
FROM wards_neighbourhood n JOIN groups_zalogroup g ON g.ward_id = n.ward_id AND g.name = 'Zalo ANTT tổ ' || n.number
WHERE n.ward_id = %(ward)s;

INSERT INTO groups_membership (ward_id, group_id, person_id, joined_at, source)
SELECT %(ward)s, s.group_id, p.id, now(), 'import'
FROM groups_household h JOIN groups_person p ON p.ward_id = h.ward_id AND p.household_id = h.id AND p.is_head
JOIN groups_groupneighbourhood s ON s.ward_id = h.ward_id AND s.neighbourhood_id = h.neighbourhood_id
WHERE h.ward_id = %(ward)s AND h.covered_by = 1;

INSERT INTO groups_coverage (ward_id, neighbourhood_id, households, covered, confirmed, other_channel, people, members,
    updated_at)
SELECT %(ward)s, neighbourhood_id, count(*), count(*) FILTER (WHERE covered_by > 0), 0, 0, sum(people),
    count(*) FILTER (WHERE covered_by > 0), now()
FROM groups_household WHERE ward_id = %(ward)s GROUP BY neighbourhood_id;

INSERT INTO tips_tip (uuid, ward_id, neighbourhood_id, series, year, number, code, book_number, paper_reference, kind,
    track, urgency, route, channel, status, received_at, owner_role, day_part, receipt_hash, submission, next_due_at,
    answered_at, answered_late, transferred_to, closed_at, created_at, updated_at)
SELECT gen_random_uuid(), %(ward)s, h.neighbourhood_id, 'tips', 2026, n, 'T' || n, '', '',
    (ARRAY['security','crime','dispute','other'])[1 + mod(n, 4)], '', 0, 'ordinary', 'form',
    CASE WHEN mod(n, 40) = 0 THEN 'new' ELSE 'closed' END, at, 'duty_officer', '',
    md5(%(ward)s || '-r-' || n), md5(%(ward)s || '-s-' || n),
    CASE WHEN mod(n, 40) = 0 THEN now() + make_interval(hours => 24 - mod(n, 48)) END,
    CASE WHEN mod(n, 40) > 0 THEN at + make_interval(hours => mod(n, 90)) END, mod(n, 50) = 0, '',
    CASE WHEN mod(n, 40) > 0 THEN at + make_interval(hours => mod(n, 90)) END, now(), now()
FROM (SELECT n, now() - make_interval(mins => 120 * n) AS at FROM generate_series(1, {TIPS}) n) made
JOIN LATERAL (SELECT id AS neighbourhood_id FROM wards_neighbourhood
    WHERE ward_id = %(ward)s AND number = 1 + mod(made.n, {NEIGHBOURHOODS})) h ON true;

INSERT INTO wards_numberseries (ward_id, series, year, last) VALUES (%(ward)s, 'tips', 2026, {TIPS});
"""


def prepare(size: str) -> list[int]:
    """Point Django at a filled database of this size ("ward" or "province") and return its wards."""
    code = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:6]
    name = f"bench_{size}_{database.fingerprint()}_{code}"
    with database.owner_connection("postgres") as owner:
        exists = owner.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    if not exists:
        database.clone(database.ensure_template(), name)
    _use(name)
    if not exists:
        _fill(size, name)
    return list(Ward.objects.filter(active=True).order_by("id").values_list("id", flat=True))


@contextmanager
def copied(part: str) -> Iterator[None]:
    """Let Django work in a copy of the prepared database, dropped at the end."""
    name, kept = f"bench_{part}_{os.getpid()}", connection.settings_dict["NAME"]
    _use(name)  # closes what is open: a database in use cannot be copied
    database.clone(kept, name)
    try:
        yield
    finally:
        _use(kept)
        database.drop(name)


def _use(name: str) -> None:
    connections.close_all()
    connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = name


def _fill(size: str, name: str) -> None:
    started = time.perf_counter()
    ward_services.load_units()
    province = Ward.objects.get(pk=HOME_WARD).province_id
    others = Ward.objects.filter(province_id=province).exclude(pk=HOME_WARD).order_by("id")
    chosen = [HOME_WARD, *others.values_list("id", flat=True)][: WARDS[size]]
    for ward_id in chosen:
        ward_services.activate_ward(ward_id=ward_id, demonstration=True)
        with ward_scope(ward_id), connection.cursor() as cursor:
            cursor.execute(FILL, {"ward": ward_id})
    with database.owner_connection(name) as owner:
        owner.execute("ANALYZE")
    took = time.perf_counter() - started
    print(f"data: {len(chosen)} wards of {HOUSEHOLDS} households and {PEOPLE} people, {TIPS} reports in {took:.0f} s")
