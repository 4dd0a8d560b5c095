import threading
from collections.abc import Callable
from contextlib import nullcontext

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from tenants.models import Membership, Tenant, User
from tenants.scoping import (
    NoScopeError,
    across_tenants,
    current_scope,
    fetch_across_tenants,
    fetch_in_scope,
    tenant_scope,
)
from tests.factories import TenantFactory

from .database import sql, told

pytestmark = pytest.mark.django_db
BACKEND = "SELECT pg_backend_pid()"


def fail_in_python() -> None:
    raise KeyError


def fail_in_the_database() -> None:
    TenantFactory.create(slug="northwind")


def test_without_a_scope_no_manager_gives_rows() -> None:
    with pytest.raises(NoScopeError, match="enter tenant_scope"):
        Membership.objects.all()


def test_without_a_scope_the_database_shows_nothing_either(alice: User) -> None:
    assert sql("SELECT * FROM tenants_membership") == []


def test_a_scope_shows_the_rows_of_its_tenant_alone(northwind: Tenant, alice: User, charlie: User) -> None:
    with tenant_scope(northwind.pk):
        assert [it.user for it in Membership.objects.all()] == [alice]


def test_a_persons_memberships_are_scoped_too(southgate: Tenant, alice: User, charlie: User) -> None:
    with tenant_scope(southgate.pk):
        assert not alice.memberships.exists()
    with pytest.raises(NoScopeError):
        alice.memberships.all()


def test_all_tenants_are_seen_with_a_reason_that_the_database_hears_too(alice: User, charlie: User) -> None:
    with across_tenants("a count for the desk"):
        assert {it.user for it in Membership.objects.all()} == {alice, charlie}
        assert told() == ("", "a count for the desk")


def test_all_tenants_are_not_seen_without_a_reason() -> None:
    with pytest.raises(NoScopeError, match="Say why"), across_tenants(""):
        pass


def test_a_tenant_that_was_never_saved_cannot_be_entered() -> None:
    with pytest.raises(NoScopeError), tenant_scope(Tenant(name="Nobody").pk):
        pass


def test_the_outer_scope_is_back_after_an_inner_one(northwind: Tenant, southgate: Tenant) -> None:
    with across_tenants("outer"):
        with tenant_scope(northwind.pk):
            with tenant_scope(southgate.pk):
                assert told() == (str(southgate.pk), "")
            assert current_scope().tenant_id == northwind.pk
            assert told() == (str(northwind.pk), "")
        assert current_scope().reason == "outer"
        assert told() == ("", "outer")


@pytest.mark.parametrize("fail", [fail_in_python, fail_in_the_database])
def test_the_outer_scope_is_back_after_an_inner_one_failed(
    fail: Callable[[], None], northwind: Tenant, southgate: Tenant
) -> None:
    with tenant_scope(northwind.pk):
        with pytest.raises((KeyError, IntegrityError)), tenant_scope(southgate.pk):
            fail()
        assert current_scope().tenant_id == northwind.pk
        assert told() == (str(northwind.pk), "")


def test_what_a_failed_scope_wrote_is_gone(northwind: Tenant, alice: User) -> None:
    def leave_and_fail() -> None:
        Membership.objects.all().delete()
        fail_in_python()

    with pytest.raises(KeyError), tenant_scope(northwind.pk):
        leave_and_fail()
    with tenant_scope(northwind.pk):
        assert Membership.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fail", [fail_in_python, fail_in_the_database])
def test_a_scope_that_fails_leaves_the_connection_clean(fail: Callable[[], None], northwind: Tenant) -> None:
    backend = sql(BACKEND)
    with pytest.raises((KeyError, IntegrityError)), tenant_scope(northwind.pk):
        fail()
    assert (sql(BACKEND), told()) == (backend, ("", ""))
    with pytest.raises(NoScopeError):
        current_scope()


@pytest.mark.django_db(transaction=True)
def test_a_scope_that_ends_well_leaves_the_connection_clean_too(northwind: Tenant) -> None:
    with tenant_scope(northwind.pk):
        backend = sql(BACKEND)
    assert (sql(BACKEND), told()) == (backend, ("", ""))
    with transaction.atomic():
        assert told() == ("", "")


@pytest.mark.django_db(transaction=True)
def test_another_thread_does_not_share_the_scope(northwind: Tenant) -> None:
    seen: list[object] = []

    def look() -> None:
        try:
            seen.append(current_scope())
        except NoScopeError as error:
            seen.append(type(error))
        finally:
            connection.close()

    with tenant_scope(northwind.pk):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert seen == [NoScopeError]


@pytest.mark.parametrize("is_within", [False, True])
@pytest.mark.django_db(transaction=True)
def test_statements_of_one_round_trip_see_their_tenant_alone(
    is_within: bool, northwind: Tenant, southgate: Tenant, alice: User, charlie: User
) -> None:
    with transaction.atomic() if is_within else nullcontext():
        [people], [(tenant,)] = fetch_in_scope(
            northwind.pk,
            ("SELECT user_id FROM tenants_membership", []),
            ("SELECT current_setting('app.tenant')", []),
        )
        assert (people, tenant) == ((alice.pk,), str(northwind.pk))
        assert told() == ("", "")
    with pytest.raises(NoScopeError):
        current_scope()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_within", [False, True])
def test_prepared_statements_see_all_tenants_where_a_reason_is_named(
    is_within: bool, northwind: Tenant, southgate: Tenant, alice: User, charlie: User
) -> None:
    with transaction.atomic() if is_within else nullcontext():
        [people] = fetch_across_tenants("a test", ("SELECT DISTINCT tenant_id FROM tenants_membership", []))
        assert {pk for (pk,) in people} == {northwind.pk, southgate.pk}
        assert told() == ("", "")


@pytest.mark.django_db(transaction=True)
def test_what_one_statement_of_a_round_trip_fails_at_undoes_all(northwind: Tenant, alice: User) -> None:
    with pytest.raises(DataError):
        fetch_in_scope(northwind.pk, ("DELETE FROM tenants_membership", []), ("SELECT 1 / %s", [0]))
    with tenant_scope(northwind.pk):
        assert Membership.objects.exists()
