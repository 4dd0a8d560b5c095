import json

from django.conf import settings
from django.db import migrations, models

# Until now all that the settings name was asked for.
ASKED_FOR_ALL = [
    "SELECT set_config('app.across_tenants', 'connections of all tenants', true);",
    ('UPDATE integrations_connection SET asked_scopes = %s::jsonb;', [json.dumps(settings.LEVER_SCOPES)]),
    "SELECT set_config('app.across_tenants', '', true);",
]


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0015_deliveries_not_delivered'),
    ]

    operations = [
        migrations.AddField(
            model_name='authorizationattempt',
            name='scopes',
            field=models.JSONField(db_default=[], default=list),
        ),
        migrations.AddField(
            model_name='connection',
            name='asked_scopes',
            field=models.JSONField(db_default=[], default=list, verbose_name='scopes that were asked for'),
        ),
        migrations.RunSQL(ASKED_FOR_ALL, migrations.RunSQL.noop),
    ]
