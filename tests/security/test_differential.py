"""A report about staff changes nothing at all for whoever may not know of it: every page, file, count and search of the
portal is the same, byte for byte, with and without it. The addresses come from the URL configuration."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator

import pytest
import time_machine
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import WARD_ID, NeighbourhoodFactory
from tests.security.objects import Ward, arguments_of, names_objects
from tests.security.test_permission_matrix import POSTS, addresses, person_of
from tests.tips.factories import make_tip
from tips.services import ticking

pytestmark = [pytest.mark.django_db, pytest.mark.security]

# What differs between two readings whatever happens: tokens of forms and the reference of a request.
NOISE = re.compile(
    rb'(name="(csrfmiddlewaretoken|submission|token)" value="[^"]*"|X-CSRFToken[^}]+|\d\d:\d\d(:\d\d)? \d\d/\d\d/\d{4}'
    rb"|D:\d{14}[^)]*|/ID ?\[[^\]]*\]|<[0-9A-Fa-f]{32}>"
    rb"|\d+ (ph\xc3\xbat|gi\xc3\xa2y)|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*)"
)
QUERIES = ("", "?q=CB", "?q=n%C3%B3i+n%C4%83ng&state=all", "?period=year&sort=-received_at")
# Who may know of it, by what it is about; the way of NĐ 224/2025. Everybody else must see no difference.
KNOWS = {"police": {"chief"}, "bribery": {"chief"}, "leader": {"committee_head"}, "head": {"chief"}}
# Files that are asked for by a form, with what one types into it.
FILES = {
    "accounts:trail-export": {"purpose": "Kiểm tra định kỳ"},
    "groups:households-export": {"purpose": "Đi từng nhà", "kind": "csv"},
    "groups:households-gaps": {"purpose": "Đi từng nhà"},
}
# Declared: the printed anchor counts all lines of the chain, and is for the administrator, who reads no lines.
DECLARED = {("ward_admin", "accounts:trail-anchor")}


def comparable(answer) -> bytes:
    """Status and content; an archive by its parts, without the moment each was written."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            content = b"".join(name.encode() + parts.read(name) for name in sorted(parts.namelist()))
    where = answer.headers.get("Location", "").encode()
    return b"%d %s " % (answer.status_code, where) + NOISE.sub(b"", content)


def everything(client: Client, ward: Ward) -> Iterator[tuple[str, bytes]]:
    """Every address a person can ask for, with searches and filters; what a request writes is taken back."""
    for name, method, wanted in addresses():
        if method != "get":
            continue
        arguments = arguments_of(name, wanted, ward) | ward.real_words(name, wanted)
        address = reverse(name, kwargs=arguments)
        for query in ("",) if names_objects(wanted) else QUERIES:
            with transaction.atomic():
                answer = client.get(address + query)
                transaction.set_rollback(True)
            yield f"{name} {query}", comparable(answer)
    for name, typed in FILES.items():
        with transaction.atomic():
            answer = client.post(reverse(name), typed)
            transaction.set_rollback(True)
        yield f"{name} POST", comparable(answer)


@pytest.fixture
def made(ward, other_ward) -> Ward:
    """Something of every kind in the ward, made before anybody looks."""
    own = Ward(WARD_ID, NeighbourhoodFactory())
    for name, _method, wanted in addresses():
        arguments_of(name, wanted, own)
    make_tip()
    return own


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every post and kind of report in `make security`; with all other tests three of them."""
    if "abouts" in metafunc.fixturenames:
        whole = metafunc.config.getoption("markexpr", "") == "security"
        few = [("area_officer_own", ["police"]), ("chief", ["leader"]), ("party_secretary", ["bribery"])]
        metafunc.parametrize(("post", "abouts"), [(post, list(KNOWS)) for post in POSTS] if whole else few)


@pytest.fixture
def one_moment():
    """The clock stands: forms that offer the present time offer the same one in both readings."""
    with time_machine.travel(timezone.now(), tick=False):
        yield


@pytest.mark.usefixtures("one_moment")
def test_no_page_differs_by_a_report_one_may_not_know_of(made, post, abouts):
    reader = person_of(post, made["neighbourhood"], made)
    others = {kind: reader if kind == post else person_of(kind, None, made) for kind in ("chief", "committee_head")}
    colleague = person_of("duty_officer", None, made)
    officer = reader if post in ("duty_officer", "area_officer", "area_officer_own") else colleague
    subjects = {"leader": others["chief"], "head": others["committee_head"]}
    client = Client()
    client.force_login(reader)
    ticking.announce_ward(ward_id=WARD_ID)
    cache.clear()
    before = dict(everything(client, made))
    for about in abouts:
        with transaction.atomic():
            report = make_tip(about, text="Nói năng khó nghe với dân", subject_id=subjects.get(about, officer).pk)
            ticking.announce_ward(ward_id=WARD_ID)
            cache.clear()
            after = dict(everything(client, made))
            found = client.get(reverse("tips:detail", args=[report.uuid])).status_code
            never = client.get(reverse("tips:detail", args=["00000000-0000-4000-8000-000000000000"])).status_code
            transaction.set_rollback(True)
        differing = sorted(key for key in before if before[key] != after[key])
        differing = [key for key in differing if (post, key.split()[0]) not in DECLARED]
        assert {before[f"{name} POST"][:3] for name in FILES} <= {b"200", b"403"}, "a form was not filled in"
        if post in KNOWS[about]:
            assert "tips:queue " in differing, "who may know of it must find it"
            continue
        assert (about, differing) == (about, [])
        assert str(report.uuid).encode() not in b"".join(after.values())
        assert found == never
