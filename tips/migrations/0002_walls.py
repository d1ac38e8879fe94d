"""The ward walls of the app's tables; a receipt opens its own tip; the story of a tip is never rewritten."""

from django.db import migrations

from vikhe_portal.core.walls import DOOR_SETTING, WardWalls

APPEND_ONLY = """
CREATE OR REPLACE FUNCTION tips_refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME; END $$;
REVOKE UPDATE, DELETE, TRUNCATE ON tips_tipevent FROM app_web, app_worker;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON tips_tipevent
FOR EACH ROW EXECUTE FUNCTION tips_refuse_change();
"""
BACK = "DROP TRIGGER append_only ON tips_tipevent; DROP FUNCTION tips_refuse_change()"


class Migration(migrations.Migration):
    dependencies = [("tips", "0001_initial"), ("groups", "0002_walls"), ("accounts", "0002_walls")]
    operations = [
        WardWalls("tips", queue=["clock"], doors={"tip": f"receipt_hash = {DOOR_SETTING}"}),
        migrations.RunSQL(APPEND_ONLY, BACK),
    ]
