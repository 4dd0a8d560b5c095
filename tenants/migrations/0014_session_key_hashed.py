from django.db import migrations

from tenants.models.sessions import HashedKeyField


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0013_earlier_events_chained'),
    ]

    operations = [
        # Those of before hold the key in plain: their people sign in once more.
        migrations.RunSQL("DELETE FROM tenants_session", migrations.RunSQL.noop, elidable=True),
        migrations.AlterField(
            model_name='session',
            name='session_key',
            field=HashedKeyField(max_length=64, primary_key=True, serialize=False),
        ),
    ]
