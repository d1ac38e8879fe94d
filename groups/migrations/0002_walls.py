"""The ward walls of the app's tables."""

from django.db import migrations

from vikhe_portal.core.walls import DOOR_SETTING, WardWalls


class Migration(migrations.Migration):
    dependencies = [("groups", "0001_initial"), ("accounts", "0002_walls")]
    operations = [WardWalls("groups", queue=["coverage", "coverageday"], doors={"zalogroup": f"token = {DOOR_SETTING}"}, province=["coverage", "coverageday"])]
