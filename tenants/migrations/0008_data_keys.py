import uuid

import django.db.models.deletion
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import migrations, models

from tenants.isolation import IsolateTenants
from tenants.sealing import seal


def give_every_tenant_one(apps, schema_editor):
    DataKey, Tenant = (apps.get_model("tenants", it) for it in ("DataKey", "Tenant"))
    using = schema_editor.connection.alias
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.across_tenants', 'data keys of all tenants', true)")
    for tenant_id in Tenant.objects.using(using).values_list("pk", flat=True):
        pk = uuid.uuid4()
        sealed = seal(AESGCM.generate_key(256), f"tenants_datakey.sealed:{tenant_id}:{pk}")
        DataKey.objects.using(using).create(pk=pk, tenant_id=tenant_id, sealed=sealed)


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0007_audit_by_subject'),
    ]

    operations = [
        migrations.CreateModel(
            name='DataKey',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('sealed', models.BinaryField(verbose_name='the key, sealed with one of SEALING_KEYS')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'ordering': ['-created_at'],
            },
        ),
        IsolateTenants("DataKey"),
        migrations.RunPython(give_every_tenant_one, migrations.RunPython.noop, elidable=True),
    ]
