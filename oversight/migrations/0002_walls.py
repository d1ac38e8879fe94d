"""The ward walls of the app's tables; a directive's history is only appended; a signed report never changes."""

from django.db import migrations

from vikhe_portal.core.walls import WardWalls

SIGNED_STAYS = """
CREATE OR REPLACE FUNCTION oversight_signed_stays() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF OLD.status = 'signed' THEN RAISE EXCEPTION 'a signed report is never changed or deleted'; END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER signed_stays BEFORE UPDATE OR DELETE ON oversight_review
FOR EACH ROW EXECUTE FUNCTION oversight_signed_stays();
CREATE OR REPLACE FUNCTION oversight_story_stays() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the history of a directive is never changed or deleted'; END $$;
REVOKE UPDATE, DELETE, TRUNCATE ON oversight_directivenote FROM app_web, app_worker;
CREATE TRIGGER story_stays BEFORE UPDATE OR DELETE ON oversight_directivenote
FOR EACH ROW EXECUTE FUNCTION oversight_story_stays();
"""
BACK = """
DROP TRIGGER signed_stays ON oversight_review; DROP FUNCTION oversight_signed_stays();
DROP TRIGGER story_stays ON oversight_directivenote; DROP FUNCTION oversight_story_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("oversight", "0001_initial"), ("core", "0001_extensions"), ("accounts", "0002_walls")]
    operations = [
        WardWalls("oversight"),
        migrations.RunSQL(SIGNED_STAYS, BACK),
    ]
