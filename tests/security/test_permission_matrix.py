"""Every address × every kind of post × own ward, another ward, signed out, against a file people have reviewed.

tests/security/permissions.csv holds one line for each address and method. Cells: y let in, n 403, - 404 (what one may
not know of does not exist). `signed_out`: l is the way to sign in. No code of the portal reads the file. A new address
fails test_every_address_has_its_lines, which prints what the lines would be: put them in after asking whether they are
right. With nothing but the heading in the file it prints all of them.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests.conftest import OTHER_WARD_ID
from tests.factories import WARD_ID, AppointmentFactory, NeighbourhoodFactory, OfficerAreaFactory, make_post, make_user
from tests.meta.test_pages import patterns, view_of
from tests.security.objects import Ward, arguments_of, names_objects

pytestmark = [pytest.mark.django_db, pytest.mark.security]

FILE = Path(__file__).parent / "permissions.csv"
CAPACITIES = ("party_secretary", "neighbourhood_head", "security_head")
POSTS = (
    *("committee_head", "chief", "deputy_head", "committee_member", "deputy_chief", "duty_officer"),
    *("area_officer", "area_officer_own", *CAPACITIES, "outlet_keeper", "ward_admin", "province_viewer"),
)
COLUMNS = ("address", "method", "signed_out", *POSTS)
# django-allauth's own pages ask for the person, not for a post: tests/accounts/test_sign_in.py looks at them.
OWN_ACCOUNT = ("account_", "mfa_", "usersessions_")


@cache
def lines() -> list[dict[str, str]]:
    with FILE.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(row for row in stream if not row.startswith("#")))


def addresses() -> list[tuple[str, str, list[str]]]:
    """(address name, method, arguments) of everything the resolver knows, but for one's own account."""
    found = []
    for name, entry in patterns():
        if name.startswith(OWN_ACCOUNT):
            continue
        for method in ("get", "post"):
            if hasattr(view_of(entry), method):
                found.append((name, method, list(entry.pattern.converters)))
    return found


def observed(client: Client, name: str, method: str, wanted: list[str], ward: Ward) -> str:
    """What this person gets, as a cell; everything the request did is taken back."""
    address = reverse(name, kwargs=arguments_of(name, wanted, ward))
    with transaction.atomic():
        answer = getattr(client, method)(address)
        transaction.set_rollback(True)
    if answer.status_code in (301, 302):
        return "l" if "dang-nhap" in answer["Location"] else "y"
    if answer.status_code < 400 or answer.status_code in (400, 409, 422):
        return "y"
    return {403: "n", 404: "-"}.get(answer.status_code, str(answer.status_code))


def person_of(column: str, place: Any, ward: Ward) -> Any:
    """A person holding just this post; deputies and the area officer `own` in the neighbourhood of the objects."""
    user = make_user()
    if column in CAPACITIES:
        make_post(user, "group_deputy", capacity=column, neighbourhood=place)
    elif column == "area_officer_own":
        make_post(user, "area_officer")
        OfficerAreaFactory(user=user, neighbourhood=place)
        AppointmentFactory(group=ward["group"], user=user)
    else:
        make_post(user, column)
    return user


@pytest.fixture
def worlds(ward, other_ward) -> tuple[Ward, Ward]:
    """The objects of the own ward and of the other."""
    return Ward(WARD_ID, NeighbourhoodFactory()), Ward(OTHER_WARD_ID)


def client_of(user: Any | None) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    return client


def test_every_address_has_its_lines(worlds):
    known = {(line["address"], line["method"]) for line in lines()}
    missing = [one for one in addresses() if one[:2] not in known]
    if missing:
        print("\n" + "\n".join(proposed(missing, worlds)))
    assert [one[:2] for one in missing] == []


def proposed(missing: list[tuple[str, str, list[str]]], worlds: tuple[Ward, Ward]) -> list[str]:
    own, _other = worlds
    place = own["neighbourhood"]
    clients = [client_of(None), *(client_of(person_of(column, place, own)) for column in POSTS)]
    return [
        ",".join([name, method, *(observed(client, name, method, wanted, own) for client in clients)])
        for name, method, wanted in missing
    ]


def test_the_file_names_only_what_exists_and_each_once():
    known = [(line["address"], line["method"]) for line in lines()]
    assert len(known) == len(set(known))
    assert set(known) - {one[:2] for one in addresses()} == set()
    assert tuple(lines()[0]) == COLUMNS


@pytest.mark.parametrize("column", ["signed_out", *POSTS])
def test_the_portal_answers_as_the_reviewed_file_says(worlds, column):
    own, other = worlds
    user = None if column == "signed_out" else person_of(column, own["neighbourhood"], own)
    client = client_of(user)
    expected = {(line["address"], line["method"]): line[column] for line in lines()}
    wrong = []
    for name, method, wanted in addresses():
        cell = expected.get((name, method))
        if cell is None:
            continue  # test_every_address_has_its_lines names it
        got = observed(client, name, method, wanted, own)
        if got != cell:
            wrong.append(f"{name} {method} as {column}: {cell} expected, {got} found")
        if names_objects(wanted) and column != "signed_out":
            # Another ward's object: refused as before, or not found; never let in.
            beyond = observed(client, name, method, wanted, other)
            if beyond not in ("n-" if cell == "n" else "-"):
                wrong.append(f"{name} {method} as {column}, other ward: {beyond} found")
    assert not wrong, "\n" + "\n".join(wrong)


def test_a_person_without_a_post_is_refused_everywhere(worlds):
    own, _other = worlds
    client = client_of(make_user())
    public = {line["address"] for line in lines() if line["signed_out"] != "l"}
    opened = [
        f"{name} {method}"
        for name, method, wanted in addresses()
        if name not in public and observed(client, name, method, wanted, own) != "n"
    ]
    assert not opened, "\n" + "\n".join(opened)
