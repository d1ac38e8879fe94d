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
"""
BACK = "DROP TRIGGER signed_stays ON oversight_review; DROP FUNCTION oversight_signed_stays()"


class Migration(migrations.Migration):
    dependencies = [("oversight", "0001_initial"), ("core", "0001_extensions"), ("accounts", "0002_walls")]
    operations = [
        WardWalls("oversight", append_only=["directivenote"]),
        migrations.RunSQL(SIGNED_STAYS, BACK),
    ]
