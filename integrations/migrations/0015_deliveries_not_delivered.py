from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0014_manifests'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(
                condition=models.Q(('status', 'delivered'), _negated=True),
                fields=['tenant', '-id'],
                name='delivery_not_delivered',
            ),
        ),
    ]
