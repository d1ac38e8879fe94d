"""The rules that groups have now are their first version. Apart from the tables: their keys are still being made there."""

from django.db import migrations

from vikhe_portal.core.walls import for_each_ward


def first_versions(apps, schema_editor):
    """Make version 1 of every group with rules."""

    def change(model, ward_id):
        groups = apps.get_model("groups", "ZaloGroup").objects.filter(ward_id=ward_id).exclude(rules="")
        made = [
            model(
                ward_id=ward_id,
                group_id=group.pk,
                version=1,
                text=group.rules,
                since=group.accepted_at or group.created_at,
            )
            for group in groups
        ]
        model.objects.bulk_create(made)
        return len(made)

    for_each_ward(apps, schema_editor, ("groups", "GroupRules"), change)


class Migration(migrations.Migration):
    dependencies = [("groups", "0050_joining")]

    operations = [migrations.RunPython(first_versions, migrations.RunPython.noop)]
