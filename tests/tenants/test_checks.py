import pytest
from pytest_django import Settings

from tenants.checks import (
    every_key_in_use_is_in_the_ring,
    every_tenant_has_a_key,
    outgoing_requests_are_guarded,
    portal_role_is_bound_by_row_security,
    sealing_keys_are_usable,
)
from tenants.models import Tenant

from .database import sql
from .keys import new_key


def test_usable_sealing_keys_pass() -> None:
    assert sealing_keys_are_usable() == []


def test_unusable_sealing_keys_are_named(settings: Settings) -> None:
    settings.SEALING_KEYS = ["2026:short"]
    [complaint] = sealing_keys_are_usable()
    assert complaint.id == "tenants.E001"
    assert "'2026' without 32 bytes" in complaint.msg


@pytest.mark.django_db
def test_the_portals_role_is_bound() -> None:
    assert portal_role_is_bound_by_row_security(databases=["default"]) == []


@pytest.mark.django_db
def test_a_role_that_walks_past_row_security_is_named_with_the_way_out() -> None:
    """The tests' server gives nobody such a role, so PostgreSQL is made to say that this one is."""
    sql(
        "CREATE TEMP VIEW pg_roles AS SELECT current_user AS rolname, false AS rolsuper, true AS rolbypassrls"
    )
    sql("SET LOCAL search_path = pg_temp, public, pg_catalog")
    [complaint] = portal_role_is_bound_by_row_security(databases=["default"])
    assert complaint.id == "tenants.E002"
    assert "walks past row-level security" in complaint.msg
    assert "NOBYPASSRLS" in str(complaint.hint)


@pytest.mark.parametrize("databases", [None, ["owner"]])
def test_a_database_that_is_not_asked_about_is_left_alone(databases: list[str] | None) -> None:
    assert portal_role_is_bound_by_row_security(databases=databases) == []


@pytest.mark.parametrize(
    ("is_production", "origins", "found"),
    [
        (True, ["http://127.0.0.1:9100"], ["tenants.E003"]),
        (True, [], []),
        (False, ["http://127.0.0.1:9100"], []),
    ],
)
def test_production_trusts_no_origin_past_the_address_check(
    settings: Settings, is_production: bool, origins: list[str], found: list[str]
) -> None:
    settings.IS_PRODUCTION, settings.OUTGOING_TRUSTED_ORIGINS = is_production, origins
    assert [it.id for it in outgoing_requests_are_guarded()] == found


@pytest.mark.django_db
def test_a_key_that_is_in_use_and_was_taken_away_is_named(northwind: Tenant, settings: Settings) -> None:
    assert every_key_in_use_is_in_the_ring(databases=["default"]) == []
    assert every_key_in_use_is_in_the_ring() == []
    settings.SEALING_KEYS = [new_key("2027")]
    [complaint] = every_key_in_use_is_in_the_ring(databases=["default"])
    assert complaint.id == "tenants.E004"
    assert "SEALING_KEYS lacks laptop" in complaint.msg


@pytest.mark.django_db
def test_before_the_first_migration_there_is_no_key_to_be_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenants.checks._tables", list)
    assert every_key_in_use_is_in_the_ring(databases=["default"]) == []


@pytest.mark.django_db
def test_a_tenant_without_a_key_is_named_unless_it_was_erased(northwind: Tenant) -> None:
    assert every_tenant_has_a_key(databases=["default"]) == []
    old, _erased = Tenant.objects.bulk_create(
        [Tenant(name="Old", slug="old"), Tenant(name="Erased", slug="erased", status="offboarded")]
    )
    assert every_tenant_has_a_key() == []
    [complaint] = every_tenant_has_a_key(databases=["default"])
    assert complaint.id == "tenants.W005"
    assert f"1 tenants have no key, and nothing can be sealed for them: [{old.pk}]" in complaint.msg
