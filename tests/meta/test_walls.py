"""The ward walls are kept by the database, for every table a ward owns and for the role the portal really uses."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import IntegrityError, ProgrammingError, connection, transaction

from groups.models import Household, Membership
from tests.factories import HouseholdFactory, NeighbourhoodFactory, PersonFactory, ZaloGroupFactory
from vikhe_portal.core.fields import WardForeignKey, WardOneToOneField
from vikhe_portal.core.scope import door_scope, ward_scope

pytestmark = [pytest.mark.django_db, pytest.mark.security]


def walled_models():
    return [
        model
        for model in apps.get_models()
        if any(field.name == "ward" and field.is_relation for field in model._meta.local_fields)
    ]


def rows(sql: str, *parameters) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(parameters))
        return cursor.fetchall()


def test_the_tests_run_as_the_application_role_and_not_as_owner_or_superuser():
    ((user, is_super, bypass),) = rows(
        "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
    )
    assert (user, is_super, bypass) == ("app_web", False, False)
    owned = rows("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user")
    assert owned == [(0,)]
    assert rows(
        "SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE rolname = 'app_web'"
    ) == [(0,)]


def test_every_table_with_a_ward_has_a_forced_wall_that_fails_closed():
    names = {model._meta.db_table for model in walled_models()}
    assert len(names) > 20
    state = {
        name: (enabled, forced)
        for name, enabled, forced in rows("SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class")
    }
    assert {name for name in names if state[name] != (True, True)} == set()
    policies = rows("SELECT tablename, qual, with_check FROM pg_policies WHERE policyname = 'ward_wall'")
    proper = {name for name, qual, check in policies if "NULLIF" in qual and "NULLIF" in (check or "")}
    assert names - proper == set()


def test_every_column_named_ward_is_walled_even_without_a_foreign_key():
    columns = {
        name for (name,) in rows("SELECT table_name FROM information_schema.columns WHERE column_name = 'ward_id'")
    }
    walled = {name for (name,) in rows("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")}
    assert columns - walled == set()


def test_keys_between_walled_tables_are_composite_in_the_model_and_in_the_database():
    walled = set(walled_models())
    wanted, wrong = set(), set()
    for model in walled:
        for field in model._meta.local_fields:
            if field.name == "ward" or not field.is_relation or field.related_model not in walled:
                continue
            if not isinstance(field, WardForeignKey | WardOneToOneField):
                wrong.add(f"{model._meta.label}.{field.name}")
            wanted.add((model._meta.db_table, field.related_model._meta.db_table, field.column))
    assert wrong == set()
    held = {
        (child, parent, columns[1])
        for child, parent, columns in rows(
            """SELECT c.conrelid::regclass::text, c.confrelid::regclass::text,
                      ARRAY(SELECT attname::text FROM unnest(c.conkey) WITH ORDINALITY k(n, o)
                            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.n ORDER BY k.o)
               FROM pg_constraint c WHERE contype = 'f' AND cardinality(c.conkey) = 2"""
        )
        if columns[0] == "ward_id"
    }
    assert wanted - held == set()


def test_without_a_scope_nothing_is_found_and_nothing_can_be_written(db, other_ward):
    HouseholdFactory(ward_id=other_ward.pk)
    assert rows("SELECT count(*) FROM groups_household") == [(0,)]
    with pytest.raises(ProgrammingError), transaction.atomic():
        rows("INSERT INTO wards_numberseries (ward_id, series, year, last) VALUES (%s, 'x', 2026, 0)", other_ward.pk)


def test_a_ward_sees_changes_and_deletes_its_own_rows_only(ward, other_ward):
    ours, theirs = HouseholdFactory(), HouseholdFactory(ward_id=other_ward.pk)
    assert list(Household.objects.values_list("pk", flat=True)) == [ours.pk]
    assert rows("SELECT id FROM groups_household") == [(ours.pk,)]
    assert Household.objects.filter(pk=theirs.pk).update(code="X") == 0
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM groups_household WHERE id = %s", [theirs.pk])
        assert cursor.rowcount == 0
    with pytest.raises(ProgrammingError), transaction.atomic():
        Household.objects.filter(pk=ours.pk).update(ward_id=other_ward.pk)


def test_a_key_cannot_reach_through_the_wall(ward, other_ward):
    theirs = ZaloGroupFactory(ward_id=other_ward.pk)
    ours = PersonFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(ward_id=ward.pk, group_id=theirs.pk, person=ours, source="door")
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_nested_scope_gives_the_outer_one_back(ward, other_ward):
    NeighbourhoodFactory()
    with ward_scope(other_ward.pk):
        assert rows("SELECT count(*) FROM wards_neighbourhood") == [(0,)]
    assert rows("SELECT count(*) FROM wards_neighbourhood") == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_a_connection_used_again_carries_no_scope(other_ward):
    HouseholdFactory(ward_id=other_ward.pk)
    with ward_scope(other_ward.pk):
        assert rows("SELECT count(*) FROM groups_household") == [(1,)]
    assert rows("SELECT count(*) FROM groups_household") == [(0,)]
    with pytest.raises(RuntimeError), ward_scope(other_ward.pk):
        raise RuntimeError
    assert rows("SELECT count(*) FROM groups_household") == [(0,)]


def test_a_public_token_opens_exactly_its_own_row(ward, other_ward):
    theirs = ZaloGroupFactory(ward_id=other_ward.pk)
    ZaloGroupFactory(ward_id=other_ward.pk)
    with ward_scope(None), door_scope(theirs.token):
        assert rows("SELECT id FROM groups_zalogroup") == [(theirs.pk,)]
        assert rows("SELECT count(*) FROM groups_appointment") == [(0,)]
    with ward_scope(None), door_scope("nosuchtoken"):
        assert rows("SELECT id FROM groups_zalogroup") == []


def test_views_do_not_look_through_the_wall():
    loose = rows(
        """SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
           WHERE nspname = 'public' AND (relkind = 'm' OR
             relkind = 'v' AND NOT coalesce('security_invoker=true' = ANY(reloptions), false))"""
    )
    assert loose == []


# What lies open beside the ward's own wall, and for whom: a line more or less is a decision, not the order of two
# migrations. "worker_sweep" is the worker's only; "door" opens one row by its token.
OPENINGS = {
    "door": {
        "accounts_keyinvitation", "accounts_post", "broadcasts_delivery", "gateways_zalochannel", "groups_zalogroup",
        "tips_tip",
    },
    "worker_sweep": {
        "broadcasts_delivery", "broadcasts_emergencyrun", "broadcasts_occurrence", "broadcasts_source",
        "core_auditevent", "core_auditlink", "core_auditpending", "gateways_inboxevent", "gateways_zalochannel",
        "groups_coverage", "groups_coverageday", "tips_clock",
    },
    "province_counts": {"groups_coverage", "groups_coverageday"},
    "append": {"core_auditevent", "core_auditpending"},
    "own_installation_events": {"core_auditevent"},
}  # fmt: skip


def test_nothing_is_open_but_what_was_decided():
    found: dict[str, set[str]] = {}
    for table, policy in rows("SELECT tablename, policyname FROM pg_policies WHERE policyname <> 'ward_wall'"):
        found.setdefault(policy, set()).add(table)
    assert found == OPENINGS
