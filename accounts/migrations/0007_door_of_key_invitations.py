"""Open the door of invitations again where 0006 closed it."""

from django.db import migrations

from vikhe_portal.core.walls import DOOR_SETTING, WardWalls


class Migration(migrations.Migration):

    dependencies = [("accounts", "0006_duty")]

    operations = [WardWalls("accounts", doors={"keyinvitation": f"token_hash = {DOOR_SETTING}"})]
