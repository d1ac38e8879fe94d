"""The limits on personal data are in force from 1 January 2026, with the law and the decree that set them."""

from datetime import date

from django.db import migrations

KEYS = ["DSR_REPLY", "DSR_VIEW_FIX", "DSR_WITHDRAW", "DSR_DELETE", "PDP_BREACH"]


def put_right(apps, schema_editor):
    policies = apps.get_model("tips", "ClockPolicy").objects.filter(key__in=KEYS, version=1)
    policies.update(effective_from=date(2026, 1, 1))


class Migration(migrations.Migration):
    dependencies = [("tips", "0003_clock_policies")]
    operations = [migrations.RunPython(put_right, migrations.RunPython.noop)]
