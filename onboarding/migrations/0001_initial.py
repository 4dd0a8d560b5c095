import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from tenants.isolation import IsolateTenants


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('integrations', '0001_initial'),
        ('tenants', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Rehearsal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('started_at', models.DateTimeField(auto_now_add=True)),
                ('application', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='rehearsal', to='integrations.application')),
                ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='StepOverride',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.CharField(max_length=40)),
                ('reason', models.CharField(max_length=300)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('expires_at', models.DateTimeField()),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='PolicyLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('privacy_policy', 'privacy policy'), ('terms', 'terms and conditions')], max_length=14)),
                ('locale', models.CharField(blank=True, max_length=10)),
                ('url', models.URLField(max_length=500)),
                ('checked_at', models.DateTimeField(null=True)),
                ('is_reachable', models.BooleanField(default=False)),
                ('error_message', models.CharField(blank=True, max_length=300)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'ordering': ['kind', 'locale'],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'kind', 'locale'), name='one_link_per_kind_and_locale')],
            },
        ),
        migrations.CreateModel(
            name='PolicyStatement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('privacy_policy', 'privacy policy'), ('terms', 'terms and conditions')], max_length=14)),
                ('is_needed', models.BooleanField()),
                ('stated_at', models.DateTimeField()),
                ('stated_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'kind'), name='one_statement_per_kind')],
            },
        ),
        migrations.CreateModel(
            name='Problem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=60)),
                ('subject', models.CharField(blank=True, max_length=200)),
                ('actor', models.CharField(choices=[('customer', 'the customer'), ('staff', 'Customer Success'), ('provider', 'Lever')], max_length=8)),
                ('detail', models.CharField(blank=True, max_length=500)),
                ('status', models.CharField(choices=[('open', 'open'), ('acknowledged', 'acknowledged'), ('snoozed', 'snoozed'), ('resolved', 'resolved')], default='open', max_length=12)),
                ('since', models.DateTimeField()),
                ('last_seen_at', models.DateTimeField()),
                ('snoozed_until', models.DateTimeField(blank=True, null=True)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('resolved_at', models.DateTimeField(null=True)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'ordering': ['resolved_at', 'since'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('resolved_at', None)), fields=('tenant', 'code', 'subject'), name='one_open_problem_per_subject')],
            },
        ),
        IsolateTenants(
            "Rehearsal",
            "StepOverride",
            "PolicyLink",
            "PolicyStatement",
            "Problem",
        ),
    ]
