"""The ward walls of the app's tables."""

from django.db import migrations

from vikhe_portal.core.walls import WardWalls


class Migration(migrations.Migration):
    dependencies = [("wards", "0001_initial")]
    operations = [WardWalls("wards")]
