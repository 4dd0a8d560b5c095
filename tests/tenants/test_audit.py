import pytest
from django.db import DatabaseError, ProgrammingError, connections, transaction

from tenants import audit
from tenants.models import AuditEvent, Tenant, User
from tenants.roles import grant_to_portal
from tenants.scoping import NoScopeError, across_tenants, tenant_scope

from .database import sql

pytestmark = pytest.mark.django_db


@pytest.fixture
def event(northwind: Tenant, alice: User) -> AuditEvent:
    with tenant_scope(northwind.pk):
        audit.record("feed.confirmed", northwind, tenant_id=northwind.pk, actor=alice, site="acme")
        return AuditEvent.objects.get()


def test_an_event_says_who_did_what_to_what(event: AuditEvent, northwind: Tenant, alice: User) -> None:
    assert str(event) == f"alice@northwind.example: feed.confirmed tenants.tenant {northwind.pk}"
    assert (event.actor, event.tenant, event.detail) == (alice, northwind, {"site": "acme"})


def test_a_process_or_a_credential_is_named_where_no_person_acted(northwind: Tenant) -> None:
    with tenant_scope(northwind.pk):
        audit.record("feed.synced", "the feed", tenant_id=northwind.pk, actor="schedule")
        event = AuditEvent.objects.get()
    assert (event.actor, str(event)) == (None, "schedule: feed.synced the feed")


def test_an_event_goes_with_the_change_that_it_tells_of(northwind: Tenant) -> None:
    def change_and_fail() -> None:
        audit.record("feed.confirmed", northwind, tenant_id=northwind.pk, actor="test")
        raise KeyError

    with pytest.raises(KeyError), tenant_scope(northwind.pk):
        change_and_fail()
    with across_tenants("looking for what is left"):
        assert not AuditEvent.objects.exists()


def test_an_event_outside_a_scope_is_refused(northwind: Tenant) -> None:
    with pytest.raises(NoScopeError):
        audit.record("feed.confirmed", northwind, tenant_id=northwind.pk, actor="test")


def test_an_event_about_another_tenant_is_refused(northwind: Tenant, southgate: Tenant) -> None:
    refused = pytest.raises(ProgrammingError, match="row-level security")
    with refused, tenant_scope(northwind.pk):
        audit.record("feed.confirmed", southgate, tenant_id=southgate.pk, actor="test")


@pytest.mark.parametrize(
    "statement", ["UPDATE tenants_auditevent SET action = ''", "DELETE FROM tenants_auditevent"]
)
def test_the_portal_may_neither_change_nor_delete_an_event(event: AuditEvent, statement: str) -> None:
    refused = pytest.raises(ProgrammingError, match="permission denied")
    with across_tenants("somebody covers traces"), refused, transaction.atomic():
        sql(statement)


@pytest.mark.django_db(databases=["default", "owner"], transaction=True)
@pytest.mark.parametrize(
    "statement", ["UPDATE tenants_auditevent SET action = ''", "DELETE FROM tenants_auditevent"]
)
def test_a_trigger_refuses_it_to_the_owner_too(event: AuditEvent, statement: str) -> None:
    with transaction.atomic("owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SELECT set_config('app.across_tenants', 'owner', true)")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic("owner"):
            cursor.execute(statement)


def test_whoever_is_named_in_an_event_cannot_be_deleted(event: AuditEvent, alice: User) -> None:
    with across_tenants("deleting a person"), pytest.raises(DatabaseError):
        alice.delete()


@pytest.mark.parametrize("right", ["TRUNCATE", "REFERENCES", "TRIGGER"])
def test_the_portal_has_no_right_on_any_table_beyond_rows(right: str) -> None:
    tables = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    assert sql(tables)
    assert sql(f"{tables} AND has_table_privilege(oid, %s)", right) == []
    assert sql("SELECT has_schema_privilege('public', 'CREATE')") == [(False,)]


def test_one_role_for_all_is_granted_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A laptop without a role of its own for the portal: there is nobody to grant to."""
    monkeypatch.setitem(connections["default"].settings_dict, "USER", "")
    grant_to_portal(sender=None, using="nowhere")  # type: ignore[arg-type]
