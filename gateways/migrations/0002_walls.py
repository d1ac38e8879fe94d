"""The ward walls of the app's tables; a webhook finds its account through its own id."""

from django.db import migrations

from vikhe_portal.core.walls import DOOR_SETTING, WardWalls


class Migration(migrations.Migration):
    dependencies = [("gateways", "0001_initial"), ("wards", "0002_walls")]
    operations = [
        WardWalls(
            "gateways",
            queue=["zalochannel", "inboxevent"],
            doors={"zalochannel": f"oa_id = {DOOR_SETTING}"},
        )
    ]
