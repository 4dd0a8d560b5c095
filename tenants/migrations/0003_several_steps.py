import django.contrib.postgres.fields
from django.db import migrations, models

# Row-level security binds the owner of the tables too.
KEEP_STEPS = """
SELECT set_config('app.across_tenants', 'one step becomes a list', true);
UPDATE tenants_membership SET steps = ARRAY[step] WHERE step <> '';
UPDATE tenants_invitation SET steps = ARRAY[step] WHERE step <> '';
SELECT set_config('app.across_tenants', '', true);
"""


def steps() -> django.contrib.postgres.fields.ArrayField:
    return django.contrib.postgres.fields.ArrayField(
        base_field=models.CharField(max_length=40), blank=True, default=list, size=None
    )


class Migration(migrations.Migration):
    dependencies = [("tenants", "0002_signincode")]

    operations = [
        migrations.AddField("membership", "steps", steps()),
        migrations.AddField("invitation", "steps", steps()),
        migrations.RunSQL(KEEP_STEPS, migrations.RunSQL.noop),
        migrations.RemoveField("membership", "step"),
        migrations.RemoveField("invitation", "step"),
        migrations.AddField(
            "invitation",
            "message",
            models.CharField(blank=True, max_length=300, verbose_name="what the inviter says"),
        ),
        migrations.AddField(
            "membership",
            "seen_at",
            models.DateTimeField(editable=False, null=True, verbose_name="last seen"),
        ),
    ]
