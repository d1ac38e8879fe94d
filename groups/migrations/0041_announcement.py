import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('groups', '0033_last_mark'),
    ]

    operations = [
        migrations.AddField(
            model_name='handoverstep',
            name='announcement',
            field=models.UUIDField(blank=True, help_text='the broadcast that tells the group', null=True),
        ),
        migrations.AddField(
            model_name='handoverstep',
            name='announced_by',
            field=models.ForeignKey(blank=True, help_text='who had it drafted', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
    ]
