"""The migration operation that raises the ward walls of an app's tables, and the one way to touch walled data in one.

See docs/adr/0002-ward-walls.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.migrations.operations.base import Operation

WARD_SETTING = "NULLIF(current_setting('app.ward', true), '')::int"
ACTOR_SETTING = "NULLIF(current_setting('app.actor', true), '')::bigint"
PROVINCE_SETTING = "NULLIF(current_setting('app.province', true), '')::int"
DOOR_SETTING = "NULLIF(current_setting('app.door', true), '')"


def _ward_models(apps: Any, app_label: str) -> list[Any]:
    return [
        model
        for model in apps.get_app_config(app_label).get_models()
        if any(field.name == "ward" and field.is_relation for field in model._meta.local_fields)
    ]


def _has_ward(model: Any) -> bool:
    return any(field.name == "ward" and field.is_relation for field in model._meta.local_fields)


class WardWalls(Operation):
    """Raise the wall on every table of `app_label` that carries a ward: run after the app's tables changed.

    queue: names of models without personal content whose rows the worker role may sweep across wards.
    doors: model name → SQL condition under which a single row may be read without a ward (own posts, public tokens).
    append_only: names of models whose rows nobody may change or delete, whatever the role.
    province: names of models of counts that a province's viewer may read for all wards of the province.

    Idempotent: it may stand at the end of every migration that adds a table or a key.
    """

    reversible = True
    reduces_to_sql = True

    def __init__(
        self,
        app_label: str,
        queue: Iterable[str] = (),
        doors: Mapping[str, str] | None = None,
        append_only: Iterable[str] = (),
        province: Iterable[str] = (),
    ) -> None:
        self.app_label = app_label
        self.queue = sorted(name.lower() for name in queue)
        self.doors = {name.lower(): condition for name, condition in (doors or {}).items()}
        self.append_only = sorted(name.lower() for name in append_only)
        self.province = sorted(name.lower() for name in province)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (
            type(self).__name__,
            [],
            {
                "app_label": self.app_label,
                "queue": self.queue,
                "doors": self.doors,
                "append_only": self.append_only,
                "province": self.province,
            },
        )

    def describe(self) -> str:
        return f"Raise the ward walls of {self.app_label}"

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The wall changes no Django state."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        models = _ward_models(to_state.apps, self.app_label)
        for model in models:
            self._wall(schema_editor, model)
        for model in models:
            self._same_ward_keys(schema_editor, model)
        for name in self.append_only:
            self._append_only(schema_editor, to_state.apps.get_model(self.app_label, name)._meta.db_table)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Tables that are dropped take their walls along; the others keep them."""

    def _wall(self, schema_editor: Any, model: Any) -> None:
        table, name = model._meta.db_table, model._meta.model_name
        run = schema_editor.execute
        run(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
        run(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
        run(f'DROP POLICY IF EXISTS ward_wall ON "{table}"')
        run(
            f'CREATE POLICY ward_wall ON "{table}" USING (ward_id = {WARD_SETTING}) '
            f"WITH CHECK (ward_id = {WARD_SETTING})"
        )
        # What an earlier migration opened stays open unless it is said anew: two migrations written side by side do
        # not know each other's lists.
        if name in self.queue:
            run(f'DROP POLICY IF EXISTS worker_sweep ON "{table}"')
            run(f'CREATE POLICY worker_sweep ON "{table}" TO app_worker USING (true) WITH CHECK (true)')
        if name in self.doors:
            run(f'DROP POLICY IF EXISTS door ON "{table}"')
            run(f'CREATE POLICY door ON "{table}" FOR SELECT USING ({self.doors[name]})')
        if name in self.province:
            run(f'DROP POLICY IF EXISTS province_counts ON "{table}"')
            run(
                f'CREATE POLICY province_counts ON "{table}" FOR SELECT USING (ward_id IN '  # noqa: S608  (fixed text)
                f"(SELECT id FROM wards_ward WHERE province_id = {PROVINCE_SETTING}))"
            )
        key = model._meta.pk.column
        self._constraint(schema_editor, table, f"{table}_ward_pk", f'UNIQUE (ward_id, "{key}")')

    def _same_ward_keys(self, schema_editor: Any, model: Any) -> None:
        table = model._meta.db_table
        for field in model._meta.local_fields:
            target = field.related_model if field.is_relation else None
            if target is None or isinstance(target, str) or field.name == "ward" or not _has_ward(target):
                continue
            name = f"{table}_{field.column}"[:52] + "_same_ward"
            self._constraint(
                schema_editor,
                table,
                name,
                f'FOREIGN KEY (ward_id, "{field.column}") REFERENCES "{target._meta.db_table}" '
                f'(ward_id, "{target._meta.pk.column}") DEFERRABLE INITIALLY DEFERRED',
            )

    def _constraint(self, schema_editor: Any, table: str, name: str, definition: str) -> None:
        name = name[:63]
        schema_editor.execute(
            "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = '%s' "  # noqa: S608, UP031
            'AND conrelid = \'"%s"\'::regclass) THEN ALTER TABLE "%s" ADD CONSTRAINT "%s" %s; END IF; END $$'
            % (name, table, table, name, definition)
        )

    def _append_only(self, schema_editor: Any, table: str) -> None:
        run = schema_editor.execute
        run(
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'rows of %% are never changed or deleted', TG_TABLE_NAME; END $$"
        )
        run(f'REVOKE UPDATE, DELETE, TRUNCATE ON "{table}" FROM app_web, app_worker')
        run(f'DROP TRIGGER IF EXISTS append_only ON "{table}"')
        run(
            f'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON "{table}" '
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def for_each_ward(
    apps: Any,
    schema_editor: Any,
    model: tuple[str, str],
    change: Callable[[Any, int], int],
    expected: int | None = None,
) -> None:
    """Run a data migration on walled rows, one ward at a time.

    Forced policies turn an owner's ordinary data migration into a silent no-op; this sets the scope for each ward,
    calls `change(historical_model, ward_id)` (which returns the number of rows it changed) and, when `expected` is
    given, raises RuntimeError unless the total is that number.
    """
    total = 0
    ward_model = apps.get_model("wards", "Ward")
    for ward_id in ward_model.objects.order_by("id").values_list("id", flat=True):
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.ward', %s, true)", [str(ward_id)])
        total += change(apps.get_model(*model), ward_id)
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.ward', '', true)")
    if expected is not None and total != expected:
        raise RuntimeError(f"{total} rows changed, {expected} expected")
