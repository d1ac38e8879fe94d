"""A part split off a report is classified within the hour of the splitting; its legal limits count from the reception."""

from datetime import date

from django.db import migrations


def add(apps, schema_editor):
    apps.get_model("tips", "ClockPolicy").objects.update_or_create(
        key="TIP_ASSESS_PART",
        version=1,
        defaults={
            "label": "Phân loại phần tin được tách ra", "amount": 1, "unit": "hours", "start": "classified",
            "owner_role": "duty_officer", "nature": "internal", "basis": "Chỉ tiêu nội bộ của phường",
            "effective_from": date(2025, 7, 1), "climb_minutes": 240, "certainty": "unconfirmed",
        },
    )


class Migration(migrations.Migration):
    dependencies = [("tips", "0005_joined_reports")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
