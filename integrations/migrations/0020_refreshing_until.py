from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0019_feed_history_and_outgoing'),
    ]

    operations = [
        migrations.AddField(
            model_name='tokenset',
            name='refreshing_until',
            field=models.DateTimeField(null=True, verbose_name='one process alone refreshes until then'),
        ),
    ]
