from django.db import migrations, models

# Whether a held one was sent before it was held is all that is known of the past: then it is decided by hand.
DOUBT = """
    SELECT set_config('app.across_tenants', 'deliveries of all tenants that are held', true);
    UPDATE integrations_delivery SET is_in_doubt = true WHERE status = 'held' AND sent_at IS NOT NULL;
    SELECT set_config('app.across_tenants', '', true);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0013_tried_at'),
    ]

    operations = [
        migrations.AddField(
            model_name='delivery',
            name='is_in_doubt',
            field=models.BooleanField(db_default=False, default=False, verbose_name='held although it may have arrived'),
        ),
        migrations.AddField(
            model_name='delivery',
            name='manifest',
            field=models.JSONField(db_default={}, default=dict, verbose_name='what left last'),
        ),
        migrations.AddField(
            model_name='deliveryattempt',
            name='http_status',
            field=models.PositiveSmallIntegerField(null=True, verbose_name='HTTP status of a refusal'),
        ),
        migrations.AddField(
            model_name='deliveryattempt',
            name='is_look',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='deliveryattempt',
            name='manifest',
            field=models.JSONField(null=True),
        ),
        migrations.RunSQL(DOUBT, migrations.RunSQL.noop),
    ]
