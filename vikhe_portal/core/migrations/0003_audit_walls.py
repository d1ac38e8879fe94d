"""Walls of the audit trail: a ward's events are its own, nobody changes or deletes one, whatever the role."""

from django.db import migrations

from vikhe_portal.core.walls import ACTOR_SETTING, WARD_SETTING

EVENTS = f"""
ALTER TABLE core_auditevent ENABLE ROW LEVEL SECURITY;
ALTER TABLE core_auditevent FORCE ROW LEVEL SECURITY;
CREATE POLICY ward_wall ON core_auditevent FOR SELECT USING (ward_id = {WARD_SETTING});
CREATE POLICY own_installation_events ON core_auditevent FOR SELECT
    USING (ward_id IS NULL AND actor_id = {ACTOR_SETTING});
CREATE POLICY append ON core_auditevent FOR INSERT WITH CHECK (ward_id IS NULL OR ward_id = {WARD_SETTING});
CREATE POLICY worker_sweep ON core_auditevent TO app_worker USING (true) WITH CHECK (true);
ALTER TABLE core_auditlink ENABLE ROW LEVEL SECURITY;
ALTER TABLE core_auditlink FORCE ROW LEVEL SECURITY;
CREATE POLICY ward_wall ON core_auditlink FOR SELECT USING (ward_id = {WARD_SETTING});
CREATE POLICY worker_sweep ON core_auditlink TO app_worker USING (true) WITH CHECK (true);
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME; END $$;
REVOKE UPDATE, DELETE, TRUNCATE ON core_auditevent, core_auditlink FROM app_web, app_worker;
REVOKE INSERT ON core_auditlink FROM app_web;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON core_auditevent
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON core_auditlink
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0002_initial")]
    operations = [migrations.RunSQL(EVENTS, migrations.RunSQL.noop)]
