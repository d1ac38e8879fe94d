"""The ward walls of the app's tables; a receipt opens its own tip; the story of a tip is never rewritten."""

from django.db import migrations

from vikhe_portal.core.walls import DOOR_SETTING, WardWalls


class Migration(migrations.Migration):
    dependencies = [("tips", "0001_initial"), ("groups", "0002_walls"), ("accounts", "0002_walls")]
    operations = [
        WardWalls(
            "tips", queue=["clock"], doors={"tip": f"receipt_hash = {DOOR_SETTING}"}, append_only=["tipevent"]
        )
    ]
