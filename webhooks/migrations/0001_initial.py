import django.db.models.deletion
import integrations.fields
import uuid
import webhooks.models.endpoints
from django.conf import settings
from django.db import migrations, models

from tenants.isolation import IsolateTenants


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenants', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='WebhookEndpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider', models.CharField(default='lever', max_length=20)),
                ('event_kind', models.CharField(max_length=30)),
                ('key', models.CharField(default=webhooks.models.endpoints.new_path_key, max_length=40, unique=True)),
                ('made_by', models.CharField(choices=[('hand', 'by hand'), ('api', 'through the API')], default='hand', max_length=4)),
                ('external_id', models.CharField(blank=True, max_length=100, verbose_name='webhook in the ATS')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='SigningSecret',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('secret', integrations.fields.SealedTextField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('last_matched_at', models.DateTimeField(null=True)),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('set_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
                ('endpoint', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='secrets', to='webhooks.webhookendpoint')),
            ],
            options={
                'ordering': ['created_at'],
            },
        ),
        migrations.CreateModel(
            name='RejectedRequest',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('reason', models.CharField(choices=[('not_a_webhook', 'not a webhook of the ATS'), ('unsigned', 'no signature'), ('wrong_signature', 'signed with another token'), ('other_events_token', "signed with the other event's token"), ('no_token_yet', 'no signature token is set yet')], max_length=20)),
                ('detail', models.CharField(blank=True, max_length=200)),
                ('event_name', models.CharField(blank=True, max_length=100)),
                ('body', integrations.fields.SealedBytesField()),
                ('received_at', models.DateTimeField(auto_now_add=True)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
                ('endpoint', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rejected', to='webhooks.webhookendpoint')),
            ],
            options={
                'ordering': ['-received_at'],
            },
        ),
        migrations.CreateModel(
            name='WebhookEvent',
            fields=[
                ('next_attempt_at', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('unfinished', models.PositiveSmallIntegerField(default=0, verbose_name='claims since the last recorded outcome')),
                ('lease', models.PositiveIntegerField(default=0)),
                ('leased_until', models.DateTimeField(blank=True, null=True)),
                ('rung_at', models.DateTimeField(blank=True, null=True)),
                ('error_code', models.CharField(blank=True, max_length=60)),
                ('error_message', models.CharField(blank=True, max_length=500)),
                ('error_detail', models.CharField(blank=True, max_length=500)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=64)),
                ('body_hash', models.CharField(max_length=64)),
                ('body', integrations.fields.SealedBytesField()),
                ('kind', models.CharField(max_length=30)),
                ('name', models.CharField(max_length=100)),
                ('triggered_at', models.DateTimeField()),
                ('received_at', models.DateTimeField(auto_now_add=True)),
                ('opportunity_external_id', models.CharField(blank=True, max_length=100)),
                ('application_external_id', models.CharField(blank=True, max_length=100)),
                ('stage_external_id', models.CharField(blank=True, max_length=100)),
                ('archive_reason_external_id', models.CharField(blank=True, max_length=100)),
                ('status', models.CharField(choices=[('received', 'waiting to be processed'), ('parked', 'waiting for its application'), ('processed', 'processed'), ('ignored', 'nothing to do'), ('quarantined', 'kept aside'), ('dead', 'given up')], default='received', max_length=12)),
                ('outcome', models.CharField(blank=True, max_length=200, verbose_name='why it ended so')),
                ('processed_at', models.DateTimeField(null=True)),
                ('endpoint', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='webhooks.webhookendpoint')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'ordering': ['-received_at'],
                'abstract': False,
            },
        ),
        migrations.AddConstraint(
            model_name='webhookendpoint',
            constraint=models.UniqueConstraint(fields=('tenant', 'event_kind'), name='one_endpoint_per_event'),
        ),
        migrations.AddIndex(
            model_name='webhookevent',
            index=models.Index(condition=models.Q(('next_attempt_at__isnull', False)), fields=['next_attempt_at'], name='webhookevent_due'),
        ),
        migrations.AddIndex(
            model_name='webhookevent',
            index=models.Index(fields=['tenant', 'opportunity_external_id'], name='event_by_opportunity'),
        ),
        migrations.AddIndex(
            model_name='webhookevent',
            index=models.Index(fields=['endpoint', '-received_at'], name='event_by_endpoint'),
        ),
        migrations.AddConstraint(
            model_name='webhookevent',
            constraint=models.UniqueConstraint(fields=('tenant', 'key', 'body_hash'), name='one_event_per_signed_body'),
        ),
        IsolateTenants(
            "WebhookEndpoint",
            "SigningSecret",
            "RejectedRequest",
            "WebhookEvent",
        ),
    ]
