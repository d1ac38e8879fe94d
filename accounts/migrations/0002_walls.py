"""The ward walls of the app's tables."""

from django.db import migrations

from vikhe_portal.core.walls import ACTOR_SETTING, WardWalls


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("wards", "0002_walls")]
    operations = [WardWalls("accounts", doors={"post": f"user_id = {ACTOR_SETTING}"})]
