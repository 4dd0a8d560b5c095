from django.db import migrations

# Each goes on in the rhythm that it had; what does not open is opened at once.
DUE = """
    SELECT set_config('app.across_tenants', 'policy links of all tenants', true);
    UPDATE onboarding_policylink
        SET next_attempt_at = CASE WHEN is_reachable THEN checked_at + interval '7 days' ELSE now() END;
    SELECT set_config('app.across_tenants', '', true);
"""

class Migration(migrations.Migration):

    dependencies = [
        ('onboarding', '0008_policy_link_is_work'),
    ]

    operations = [
        migrations.RunSQL(DUE, migrations.RunSQL.noop),
    ]
