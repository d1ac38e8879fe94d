"""The audit trail commits with its change, cannot be altered, and shows tampering."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db import InternalError, ProgrammingError, connection, connections, transaction

from tests import database
from tests.factories import WARD_ID
from vikhe_portal.core import audit
from vikhe_portal.core.scope import ward_scope
from vikhe_portal.core.tasks import link_audit

pytestmark = pytest.mark.security


@pytest.mark.django_db(transaction=True)
def test_recording_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError):
        audit.record(actor=None, action="x", ward_id=WARD_ID)


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["UPDATE core_auditevent SET action = 'y'", "DELETE FROM core_auditevent"])
def test_the_application_may_not_change_or_delete_an_event(ward, statement):
    audit.record(actor=None, action="x", ward_id=WARD_ID)
    with pytest.raises((ProgrammingError, InternalError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def chained(transactional_db, settings):
    """Five events of the ward, linked by the worker's role; yields a function that verifies."""
    from wards import services

    services.activate_ward(ward_id=WARD_ID)
    with ward_scope(WARD_ID):
        for number in range(5):
            audit.record(actor=None, action=f"a{number}", ward_id=WARD_ID)
    connections["default"].close()
    user, password = settings.DATABASES["default"]["USER"], settings.DATABASES["default"]["PASSWORD"]
    worker = settings.DATABASE_WORKER
    connections["default"].settings_dict.update(USER=worker["USER"], PASSWORD=worker["PASSWORD"])
    with ward_scope(WARD_ID):
        assert audit.link_events(WARD_ID) == 5
        assert audit.link_events(WARD_ID) == 0

    def verify(**kwargs):
        with ward_scope(WARD_ID):
            return audit.verify(WARD_ID, **kwargs)

    yield verify
    connections["default"].close()
    connections["default"].settings_dict.update(USER=user, PASSWORD=password)


def as_owner(*statements: str) -> None:
    with database.owner_connection(connection.settings_dict["NAME"]) as owner:
        owner.execute("ALTER TABLE core_auditevent NO FORCE ROW LEVEL SECURITY")
        owner.execute("ALTER TABLE core_auditlink NO FORCE ROW LEVEL SECURITY")
        owner.execute("ALTER TABLE core_auditpending NO FORCE ROW LEVEL SECURITY")
        owner.execute("ALTER TABLE core_auditevent DISABLE TRIGGER append_only")
        owner.execute("ALTER TABLE core_auditlink DISABLE TRIGGER append_only")
        try:
            for statement in statements:
                owner.execute(statement)
        finally:
            owner.execute("ALTER TABLE core_auditevent ENABLE TRIGGER append_only")
            owner.execute("ALTER TABLE core_auditlink ENABLE TRIGGER append_only")
            owner.execute("ALTER TABLE core_auditevent FORCE ROW LEVEL SECURITY")
            owner.execute("ALTER TABLE core_auditlink FORCE ROW LEVEL SECURITY")
            owner.execute("ALTER TABLE core_auditpending FORCE ROW LEVEL SECURITY")


def test_an_untouched_chain_holds(chained):
    verdict = chained()
    assert (verdict.links, verdict.broken_at, verdict.problem) == (5, None, "")


def test_an_edited_event_is_named(chained):
    as_owner("UPDATE core_auditevent SET reason = 'forged' WHERE action = 'a2'")
    assert chained().broken_at == 3


def test_a_deleted_event_is_named(chained):
    as_owner("DELETE FROM core_auditevent WHERE action = 'a1'")
    assert chained().broken_at == 2


def test_a_cut_tail_is_found_only_against_an_anchor_kept_outside(chained):
    head = chained()
    as_owner(
        "DELETE FROM core_auditlink WHERE seq > 3",
        "DELETE FROM core_auditevent WHERE action IN ('a3', 'a4')",
    )
    assert chained().problem == ""
    assert "anchor" in chained(anchor=(head.links, head.head)).problem


def test_an_event_without_a_link_for_over_a_minute_is_reported(chained):
    with ward_scope(WARD_ID):
        audit.record(actor=None, action="a5", ward_id=WARD_ID)
    assert chained().problem == ""
    as_owner("UPDATE core_auditpending SET since = since - interval '2 minutes'")
    verdict = chained()
    assert verdict.links == 5
    assert "without a link" in verdict.problem


def test_the_command_prints_a_head_that_serves_as_anchor_later(chained, capsys):
    call_command("audit_verify", str(WARD_ID))
    head = capsys.readouterr().out.split("head ")[1].strip()
    call_command("audit_verify", str(WARD_ID), anchor=head)
    as_owner("UPDATE core_auditevent SET reason = 'forged' WHERE action = 'a4'")
    with pytest.raises(CommandError, match="link 5 was changed"):
        call_command("audit_verify", str(WARD_ID), anchor=head)


def test_the_recurring_job_links_every_ward_and_the_installation(chained):
    with ward_scope(WARD_ID):
        audit.record(actor=None, action="later", ward_id=WARD_ID)
    with transaction.atomic():
        audit.record(actor=None, action="of the installation")
    link_audit()
    assert audit.wards_with_pending() == []
    assert chained().links == 6
