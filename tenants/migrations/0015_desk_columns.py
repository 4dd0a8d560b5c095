import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0014_session_key_hashed'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='desk_columns',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, db_default=[], default=list, editable=False, size=None, verbose_name="columns of the desk's list of tenants"),
        ),
    ]
