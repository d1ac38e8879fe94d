"""Fixtures for all tests. Rows are made by factories inside the ward's scope; requests set their own."""

from __future__ import annotations

import json
import math
import os
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection, connections
from django.test import TransactionTestCase
from django.test.utils import CaptureQueriesContext

from tests import database
from tests.factories import WARD_ID, make_post, make_user, never_quiet
from vikhe_portal.core.permissions import Actor
from vikhe_portal.core.scope import ward_scope
from wards import services as ward_services
from wards.models import Ward

BASELINE = Path(__file__).parent / "query_counts.json"
OTHER_WARD_ID = 13_699
FUZZED = Path(__file__).resolve().parent.parent / "test-results" / "fuzz.txt"
BEGAN = pytest.StashKey[float]()


def pytest_configure(config):
    config.stash[BEGAN] = time.time()


def pytest_unconfigure(config):
    """`make security` ends with the inputs of its fuzz and a line of its own, also when it ran in several processes."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if config.getoption("markexpr", "") != "security" or reporter is None or hasattr(config, "workerinput"):
        return
    if FUZZED.exists() and FUZZED.stat().st_mtime >= config.stash.get(BEGAN, math.inf):
        print(FUZZED.read_text(encoding="utf-8"), end="")
    passed, bad = (
        sum(len(reporter.stats.get(kind, [])) for kind in kinds) for kinds in (["passed"], ["failed", "error"])
    )
    print(f"security: {passed} passed, {bad} failed")


def _name(worker: str) -> str:
    return f"t_{database.fingerprint()}_{os.environ.get('TEST_RUN', 'main')}_{worker}"


@pytest.fixture(scope="session")
def django_db_setup(request, django_db_blocker):
    """Copy the migrated template and point Django at the copy, as app_web."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "gw")
    name = _name(worker)
    with django_db_blocker.unblock():
        database.clone(database.ensure_template(), name)
        connections.close_all()
        connection.settings_dict["NAME"] = name
        from django.conf import settings

        settings.DATABASES["default"]["NAME"] = name
        ward_services.load_units()
        TransactionTestCase._fixture_teardown = lambda self: (connections.close_all(), database.empty(name))  # type: ignore[method-assign]
    yield
    with django_db_blocker.unblock():
        connections.close_all()
        database.drop(name)


@pytest.fixture(autouse=True)
def _clean_cache():
    cache.clear()


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.SENDING_MARKS = tmp_path / "sending"


@pytest.fixture
def ward(db):
    """The demonstration ward, active, with its scope open for the length of the test."""
    row = ward_services.activate_ward(ward_id=WARD_ID, demonstration=True)
    with ward_scope(WARD_ID):
        never_quiet(WARD_ID)
        yield row


@pytest.fixture
def other_ward(db) -> Ward:
    """Another active ward, whose rows nobody of `ward` may see."""
    return ward_services.activate_ward(ward_id=OTHER_WARD_ID)


@pytest.fixture
def person_with_post(ward):
    """A function making a signed-in-able person with a post: person_with_post("chief") → (user, actor)."""
    from accounts.selectors import actor_for

    def make(kind: str, *, ward_id: int = WARD_ID, **post) -> tuple:
        user = make_user()
        make_post(user, kind, ward_id=ward_id, **post)
        return user, actor_for(user, ward_id)

    return make


@pytest.fixture
def chief(person_with_post) -> Actor:
    """The ward police chief as an actor."""
    return person_with_post("chief")[1]


@pytest.fixture
def duty_officer(person_with_post) -> Actor:
    """A duty officer as an actor."""
    return person_with_post("duty_officer")[1]


@pytest.fixture
def area_officer(person_with_post) -> Actor:
    """An area officer (without an area yet) as an actor."""
    return person_with_post("area_officer")[1]


@pytest.fixture
def committee_member(person_with_post) -> Actor:
    """A committee member as an actor."""
    return person_with_post("committee_member")[1]


@pytest.fixture
def signed_in(client):
    """A function that signs the test client in as an actor: signed_in(chief).get(url)."""

    def sign_in(actor: Actor):
        client.force_login(actor.user)
        return client

    return sign_in


@pytest.fixture
def run_jobs(django_capture_on_commit_callbacks):
    """Run what was queued on commit inside the block, as if the transaction had committed."""

    @contextmanager
    def run():
        with django_capture_on_commit_callbacks(execute=True):
            yield

    return run


@pytest.fixture
def assert_queries():
    """Compare with tests/query_counts.json. UPDATE_QUERY_COUNTS=1 writes the new number into the diff."""

    @contextmanager
    def check(key: str):
        with CaptureQueriesContext(connection) as captured:
            yield
        counts = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
        made = len(captured)
        if os.environ.get("UPDATE_QUERY_COUNTS"):
            BASELINE.write_text(json.dumps({**counts, key: made}, indent=2, sort_keys=True) + "\n")
            return
        sql = "\n".join(query["sql"][:200] for query in captured)
        assert made == counts.get(key), f"{key}: {counts.get(key)} expected, {made} made\n{sql}"

    return check
