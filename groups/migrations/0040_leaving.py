from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('groups', '0020_member_lists'),
    ]

    operations = [
        migrations.AddField(
            model_name='handover',
            name='credentials_revoked_at',
            field=models.DateTimeField(blank=True, help_text='when sessions and keys of who left the ward had ended', null=True),
        ),
    ]
