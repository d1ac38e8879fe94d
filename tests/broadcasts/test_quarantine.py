"""A ledger that has gone back in time, or runs elsewhere, sends nothing until two persons have looked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from broadcasts.models import Broadcast, Delivery, LedgerHome, Occurrence, Quarantine
from broadcasts.services import cards, quarantine, scheduling
from gateways.models import ZaloChannel
from gateways.zalo.standin.faults import Rule
from tests.broadcasts.factories import approved, make_group
from tests.broadcasts.test_dispatch import campaign, seen, states  # noqa: F401  (a fixture)
from tests.factories import WARD_ID
from vikhe_portal.core.errors import DomainError
from vikhe_portal.core.scope import ward_scope

pytestmark = [pytest.mark.django_db(transaction=True)]


def mark() -> Path:
    return Path(settings.SENDING_MARKS) / f"{connection.settings_dict['NAME']}.json"


def go_back() -> None:
    """Let the ledger look as an older dump does: sends the file knows of are not in it."""
    known = json.loads(mark().read_text())
    mark().write_text(json.dumps(known | {"attempt": known["attempt"] + 500, "delivery": known["delivery"] + 500}))


def test_the_first_run_is_at_home_and_notes_how_far_it_came(campaign):  # noqa: F811
    server, run, _actors = campaign
    assert run() == 0
    assert states() == ["sent", "sent"] and len(seen(server)) == 2
    assert json.loads(mark().read_text())["attempt"] == 2
    assert LedgerHome.objects.count() == 1 and not quarantined()


def quarantined() -> bool:
    with ward_scope(WARD_ID):
        return Quarantine.objects.filter(cleared_at__isnull=True).exists()


def test_an_older_ledger_sends_nothing_before_two_persons_have_looked(campaign):  # noqa: F811
    server, run, (chief, deputy) = campaign
    assert quarantine.look()
    go_back()
    with ward_scope(WARD_ID):
        last = Delivery.objects.order_by("-pk").first().pk
    assert run() == 0
    assert states() == ["unknown", "unknown"] and seen(server) == [] and quarantined()
    assert quarantine.look()  # noticed once
    with ward_scope(WARD_ID):
        with pytest.raises(DomainError):
            quarantine.clear(actor=chief)
        rows = list(Delivery.objects.order_by("pk"))
        cards.decide_resend(actor=chief, delivery_id=rows[0].pk)
        cards.decide_seen(actor=chief, delivery_id=rows[1].pk)
    assert run() == 0
    assert seen(server) == []  # a person ordered it; the word of two begins it
    with ward_scope(WARD_ID):
        assert quarantine.clear(actor=chief).cleared_at is None
        with pytest.raises(DomainError):
            quarantine.clear(actor=chief)
        with pytest.raises(IntegrityError, match="two_persons"), transaction.atomic():
            Quarantine.objects.update(second_by=chief.user, cleared_at="2026-01-01T00:00:00Z")
        assert quarantine.clear(actor=deputy).cleared_at is not None
    assert run() == 0
    assert seen(server) == [f"{rows[0].code}-2"]
    with ward_scope(WARD_ID), connection.cursor() as cursor:  # codes the ledger forgot are nobody else's
        cursor.execute("SELECT nextval('broadcasts_delivery_id_seq')")
        assert cursor.fetchone()[0] > last + 500


def test_a_copy_in_another_place_sends_nothing(campaign):  # noqa: F811
    server, run, _actors = campaign
    assert quarantine.look()
    LedgerHome.objects.update(timeline=99)
    assert run() == 0
    assert states() == ["unknown", "unknown"] and seen(server) == []
    with ward_scope(WARD_ID):
        assert Quarantine.objects.get().reason == "moved"


def test_what_was_planned_for_a_time_gone_by_is_planned_anew_by_a_person(campaign):  # noqa: F811
    _server, run, (chief, deputy) = campaign
    assert quarantine.look()
    with ward_scope(WARD_ID):
        row = approved(chief, deputy, [make_group(chief)])
        scheduling.schedule(actor=chief, broadcast=row)
    go_back()
    assert run.python("from broadcasts.services import quarantine; quarantine.look()") == 0
    with ward_scope(WARD_ID):
        assert Occurrence.objects.get(broadcast=row).state == "missed"
        assert Broadcast.objects.get(pk=row.pk).status == "approved"


def long_ago() -> None:
    with ward_scope(WARD_ID):
        Delivery.objects.filter(state="unknown").update(unknown_since="2026-01-01T00:00:00Z", looked_at=None)


def reconcile(run) -> int:
    """Look once, as the worker does; how many were found."""
    words = (
        f"import sys; from broadcasts.services import reconciling as r; sys.exit(r.reconcile_ward(ward_id={WARD_ID}))"
    )
    return run.python(words)


def test_a_post_that_arrived_is_found_by_its_code(campaign):  # noqa: F811
    server, run, _actors = campaign
    server.faults.add(Rule("reset_after", count=2))
    run()
    assert states() == ["unknown", "unknown"]
    assert reconcile(run) == 0  # it may still be on its way: not within two minutes
    long_ago()
    server.world.posts[0].text = "một bài khác"
    assert reconcile(run) == 1
    assert states() == ["sent", "unknown"]
    with ward_scope(WARD_ID):
        assert Delivery.objects.get(state="sent").remote_id == server.world.posts[1].message_id
        ZaloChannel.objects.update(state="held", held_reason="unknown")
    long_ago()
    assert reconcile(run) == 0
    with ward_scope(WARD_ID):
        assert Delivery.objects.get(state="unknown").looked == 2
    long_ago()
    assert reconcile(run) == 0
    with ward_scope(WARD_ID):
        assert Delivery.objects.get(state="unknown").looked == 2  # from here on a person looks
    assert len(server.world.posts) == 2  # looking posts nothing


def test_the_page_tells_and_takes_the_word_of_two(campaign, signed_in):  # noqa: F811
    _server, run, (chief, deputy) = campaign
    assert quarantine.look()
    go_back()
    assert run.python("from broadcasts.services import quarantine; quarantine.look()") == 0
    page = signed_in(chief).get("/ban-tin/tam-dung-gui/").content.decode()
    assert "/ban-tin/chua-ro/" in page and '<button class="btn btn-primary btn-lg">' not in page
    with ward_scope(WARD_ID):
        for row in Delivery.objects.all():
            cards.decide_seen(actor=chief, delivery_id=row.pk)
    for actor in (chief, deputy):
        assert signed_in(actor).post("/ban-tin/tam-dung-gui/").status_code == 302
    assert not quarantined()
