import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Coalesce

from tenants.isolation import IsolateTenants

# As each event is committed it is linked to the one before it in its tenant's chain, under a lock that is held for no
# longer than the commit. The trigger brings its own scope, since the one of the change is over by then.
# The last link is looked for in two ways, since row security lets no index be searched by coalesce(), and in the whole
# order of that index, else all of the chain would be sorted.
CHAIN = """
CREATE FUNCTION link_audit_event(event tenants_auditevent) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    tenant_before text := coalesce(current_setting('app.tenant', true), '');
    reason_before text := coalesce(current_setting('app.across_tenants', true), '');
    last record;
BEGIN
    PERFORM set_config('app.tenant', '', true), set_config('app.across_tenants', 'the chain of audit events', true);
    PERFORM pg_advisory_xact_lock(hashtextextended('audit chain:' || coalesce(event.tenant_id, 0), 0));
    IF event.tenant_id IS NULL THEN
        SELECT number, hash INTO last FROM tenants_auditlink
            WHERE tenant_id IS NULL ORDER BY tenant_id, number DESC LIMIT 1;
    ELSE
        SELECT number, hash INTO last FROM tenants_auditlink
            WHERE tenant_id = event.tenant_id ORDER BY tenant_id, number DESC LIMIT 1;
    END IF;
    INSERT INTO tenants_auditlink (tenant_id, event_id, number, hash) VALUES (
        event.tenant_id, event.id, coalesce(last.number, 0) + 1,
        encode(sha256(convert_to(coalesce(last.hash, '') || jsonb_build_array(
            event.id, event.tenant_id, event.actor_id, event.actor_label, event.action, event.subject, event.detail,
            extract(epoch FROM event.at)
        )::text, 'UTF8')), 'hex')
    );
    PERFORM set_config('app.tenant', tenant_before, true), set_config('app.across_tenants', reason_before, true);
END $$;
REVOKE EXECUTE ON FUNCTION link_audit_event(tenants_auditevent) FROM PUBLIC;

CREATE FUNCTION link_new_audit_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM link_audit_event(NEW);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER chained AFTER INSERT ON tenants_auditevent DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION link_new_audit_event();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON tenants_auditlink
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
UNCHAIN = """
DROP TRIGGER chained ON tenants_auditevent;
DROP FUNCTION link_new_audit_event;
DROP FUNCTION link_audit_event;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0008_data_keys'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveBigIntegerField()),
                ('hash', models.CharField(max_length=64)),
                ('event', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='link', to='tenants.auditevent')),
                ('tenant', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', '-number'], name='links_by_tenant')],
                'constraints': [models.UniqueConstraint(Coalesce('tenant', 0), models.F('number'), name='one_link_per_number')],
            },
        ),
        IsolateTenants("AuditLink"),
        migrations.RunSQL(CHAIN, UNCHAIN),
    ]
