from django.db import migrations

# In a transaction of its own: each link queues checks for the commit, and no table changes shape while such wait.
CHAIN_EARLIER = """
DO $$
DECLARE event tenants_auditevent;
BEGIN
    PERFORM set_config('app.across_tenants', 'the chain of audit events', true);
    FOR event IN
        SELECT earlier.* FROM tenants_auditevent earlier
        WHERE NOT EXISTS (SELECT FROM tenants_auditlink WHERE event_id = earlier.id) ORDER BY earlier.id
    LOOP
        PERFORM link_audit_event(event);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0012_tenants_by_name'),
    ]

    operations = [
        migrations.RunSQL(CHAIN_EARLIER, migrations.RunSQL.noop, elidable=True),
    ]
