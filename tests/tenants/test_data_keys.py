"""Each tenant has a key of its own: nobody else's opens what it seals, and without it nothing does."""

import time

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries, Settings

from tenants import data_keys
from tenants.data_keys import seal_for, unseal_for
from tenants.models import DataKey, Tenant
from tenants.scoping import tenant_scope
from tenants.sealing import SealError, close, seal
from tests.factories import TenantFactory

from .keys import new_key

pytestmark = pytest.mark.django_db
PLACE = "integrations_sendersecret.secret:1:7"


@pytest.fixture(autouse=True)
def forgetful() -> None:
    data_keys._remembered.clear()


def keys_of(tenant: Tenant) -> list[DataKey]:
    with tenant_scope(tenant.pk):
        return list(DataKey.objects.all())


def erase_keys(tenant: Tenant) -> None:
    with tenant_scope(tenant.pk):
        DataKey.objects.all().delete()


def test_a_tenant_is_made_with_its_key(northwind: Tenant, southgate: Tenant) -> None:
    (own,), (other,) = keys_of(northwind), keys_of(southgate)
    assert own.sealed != other.sealed
    northwind.save()
    assert [it.pk for it in keys_of(northwind)] == [own.pk]
    assert str(own).startswith("data key of 20")


def test_what_a_tenants_key_seals_no_other_tenants_key_opens(northwind: Tenant, southgate: Tenant) -> None:
    sealed = seal_for(northwind.pk, b"secret", PLACE)
    assert unseal_for(northwind.pk, sealed, PLACE) == b"secret"
    assert sealed.startswith(f"v2.{keys_of(northwind)[0].pk.hex}.".encode())
    with pytest.raises(SealError, match="not its tenant's"):
        unseal_for(southgate.pk, sealed, PLACE)


def test_what_was_sealed_before_tenants_had_keys_still_opens(northwind: Tenant) -> None:
    assert unseal_for(northwind.pk, seal(b"older", PLACE), PLACE) == b"older"


def test_once_the_key_is_deleted_nothing_opens_and_nothing_is_sealed(northwind: Tenant) -> None:
    sealed = seal_for(northwind.pk, b"secret", PLACE)
    erase_keys(northwind)
    data_keys.forget(northwind.pk)
    with pytest.raises(SealError, match="erased"):
        unseal_for(northwind.pk, sealed, PLACE)
    with pytest.raises(SealError, match=f"Tenant {northwind.pk} has no data key"):
        seal_for(northwind.pk, b"more", PLACE)


def test_a_process_knows_a_deleted_key_for_a_minute(
    northwind: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = seal_for(northwind.pk, b"secret", PLACE)
    erase_keys(northwind)
    assert unseal_for(northwind.pk, sealed, PLACE) == b"secret"
    later = time.monotonic() + data_keys.REMEMBERED_SECONDS
    monkeypatch.setattr("tenants.data_keys.time.monotonic", lambda: later)
    with pytest.raises(SealError):
        unseal_for(northwind.pk, sealed, PLACE)


def test_the_newest_key_seals_and_one_that_another_process_made_opens(northwind: Tenant) -> None:
    before = seal_for(northwind.pk, b"before", PLACE)
    newer = DataKey.make(northwind.pk)
    remembered = data_keys._remembered[northwind.pk]
    after = close("v2", newer.pk.hex, newer.cipher(), b"after", PLACE)
    assert unseal_for(northwind.pk, after, PLACE) == b"after"
    assert data_keys._remembered[northwind.pk] is not remembered
    assert unseal_for(northwind.pk, before, PLACE) == b"before"
    assert seal_for(northwind.pk, b"then", PLACE).startswith(f"v2.{newer.pk.hex}.".encode())


def test_a_key_that_another_row_or_tenant_holds_does_not_open(northwind: Tenant, southgate: Tenant) -> None:
    """Somebody who can write rows gives a tenant the sealed key of another."""
    (own,), (other,) = keys_of(northwind), keys_of(southgate)
    own.sealed = other.sealed
    with pytest.raises(SealError, match="does not belong to"):
        own.cipher()


def test_without_the_key_of_the_ring_the_tenants_key_does_not_open_and_the_missing_one_is_named(
    northwind: Tenant, settings: Settings
) -> None:
    settings.SEALING_KEYS = [new_key("elsewhere")]
    with pytest.raises(SealError, match=r"'laptop'.*add it back"):
        seal_for(northwind.pk, b"secret", PLACE)


def test_keys_that_are_read_ahead_are_asked_for_once(
    northwind: Tenant, southgate: Tenant, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    newer, (other,) = DataKey.make(northwind.pk), keys_of(southgate)
    sealed = close("v2", newer.pk.hex, newer.cipher(), b"secret", PLACE)
    data_keys.read_ahead({northwind.pk, southgate.pk})
    with django_assert_num_queries(0):
        data_keys.read_ahead({northwind.pk})
        assert unseal_for(northwind.pk, sealed, PLACE) == b"secret"
        assert seal_for(southgate.pk, b"more", PLACE).startswith(f"v2.{other.pk.hex}.".encode())


def test_a_key_that_does_not_open_keeps_no_other_from_being_read_ahead(
    northwind: Tenant, southgate: Tenant
) -> None:
    (own,), (other,) = keys_of(northwind), keys_of(southgate)
    with tenant_scope(northwind.pk):
        DataKey.objects.filter(pk=own.pk).update(sealed=other.sealed)
    data_keys.read_ahead({northwind.pk, southgate.pk})
    assert southgate.pk in data_keys._remembered
    with pytest.raises(SealError, match="does not belong to"):
        seal_for(northwind.pk, b"secret", PLACE)


def test_what_a_process_remembers_shows_no_key(northwind: Tenant) -> None:
    seal_for(northwind.pk, b"secret", PLACE)
    assert "AESGCM" not in repr(data_keys._remembered)


def test_a_tenant_that_was_undone_leaves_no_key() -> None:
    with transaction.atomic():
        tenant = TenantFactory.create()
        transaction.set_rollback(True)
    assert keys_of(tenant) == []
