"""Calling Lever in a tenant's name: with the token at hand, a refreshed one, or not at all."""

import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from integrations.errors import AuthorizationError, IntegrationError, RateLimitedError, TransientError
from integrations.lever import oauth
from integrations.lever.provider import LeverProvider
from integrations.models import Connection, TokenSet
from integrations.providers import ProviderClient
from integrations.services import connections, grants, pace
from integrations.services.allowances import Allowance
from tenants.models import AuditEvent
from tenants.scoping import tenant_scope
from tests.lever_world import connect

from .customer import Customer

pytestmark = pytest.mark.django_db
TOKEN = {"path_prefix": "/oauth/token"}


def count(customer: Customer) -> int:
    return grants.call(customer.tenant.pk, lambda client: client.posting_count())


def expire(customer: Customer, **values: object) -> None:
    customer.change(customer.tokens(), expires_at=timezone.now() + timedelta(seconds=30), **values)


def refreshes(customer: Customer) -> int:
    return sum(it.path == "/oauth/token" for it in customer.server.world.log) - 1  # one exchanged the code


def holds_the_newest_token(customer: Customer) -> bool:
    kept = hashlib.sha256(customer.tokens().refresh_token.encode()).hexdigest()
    return kept == customer.server.world.grants.newest_refresh_token_sha256(customer.account)


def stops(customer: Customer) -> list[str]:
    with tenant_scope(customer.tenant.pk):
        events = AuditEvent.objects.filter(action="connection.stopped")
        return list(events.values_list("subject", flat=True))


def test_each_call_waits_until_the_account_takes_one_more(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "CALLS", Allowance("one", most=1, seconds=3600))
    monkeypatch.setattr(pace, "LONGEST_WAIT", timedelta())
    asked = len(customer.server.world.log)
    with pytest.raises(RateLimitedError):
        grants.call(customer.tenant.pk, lambda client: [client.posting_count(), client.posting_count()])
    assert len(customer.server.world.log) == asked + 1


def test_a_fresh_token_is_used_as_it_is(customer: Customer) -> None:
    assert count(customer) == 21
    assert refreshes(customer) == 0


def test_an_answer_proves_the_connection_once_a_minute(customer: Customer) -> None:
    assert customer.connection().proved_at is None
    count(customer)
    proved_at = customer.connection().proved_at
    assert proved_at
    count(customer)
    assert customer.connection().proved_at == proved_at


def test_a_token_that_is_about_to_end_is_renewed_before_the_call(customer: Customer) -> None:
    expire(customer)
    assert count(customer) == 21
    assert refreshes(customer) == 1
    assert holds_the_newest_token(customer)
    assert customer.tokens().expires_at - timezone.now() > timedelta(minutes=59)


def test_a_token_that_lever_refuses_is_renewed_and_the_call_repeated_once(customer: Customer) -> None:
    customer.server.world.grants.access_tokens.clear()
    assert count(customer) == 21
    assert (refreshes(customer), holds_the_newest_token(customer)) == (1, True)


def test_a_grant_that_is_refused_with_a_new_token_too_stops_the_connection(customer: Customer) -> None:
    customer.order("401", path_prefix="/v1/")
    with pytest.raises(AuthorizationError):
        count(customer)
    connection = customer.connection()
    assert (connection.status, connection.error_code) == ("needs_authorization", "lever.token_refused")
    assert refreshes(customer) == 1


def test_a_revoked_grant_stops_the_connection_with_its_reason_and_a_trace(customer: Customer) -> None:
    customer.server.world.grants.revoke(customer.account)
    with pytest.raises(AuthorizationError, match=r"lever\.grant_revoked"):
        count(customer)
    connection = customer.connection()
    assert (connection.status, connection.error_code) == ("needs_authorization", "lever.grant_revoked")
    assert "Super Admin" in str(connection.error_message)
    assert connection.failing_since
    assert stops(customer) == ["lever.grant_revoked"]
    before = len(customer.server.world.log)
    with pytest.raises(AuthorizationError, match=r"connection\.inactive"):
        count(customer)
    assert len(customer.server.world.log) == before


@pytest.mark.parametrize("kind", ["503", "500", "lose_answer"])
def test_trouble_on_the_way_never_disconnects(customer: Customer, kind: str) -> None:
    expire(customer)
    customer.order(kind, **TOKEN, times_left=1)
    with pytest.raises(TransientError):
        count(customer)
    assert (customer.connection().status, stops(customer)) == ("active", [])


def test_after_a_refresh_whose_answer_was_lost_support_is_asked_and_not_the_customer(
    customer: Customer,
) -> None:
    expire(customer)
    customer.order("lose_answer", **TOKEN, times_left=1)
    with pytest.raises(TransientError):
        count(customer)
    with pytest.raises(AuthorizationError, match=r"connection\.refresh_interrupted"):
        count(customer)
    connection = customer.connection()
    assert (connection.status, connection.error_code) == (
        "needs_authorization",
        "connection.refresh_interrupted",
    )
    assert "Super Admin" not in str(connection.error_message)


def test_a_refresh_that_lever_turned_away_leaves_no_doubt(customer: Customer) -> None:
    """Nothing happened there, so a grant that is revoked later was revoked by the customer."""
    expire(customer)
    customer.order("429", **TOKEN, times_left=1)
    with pytest.raises(RateLimitedError):
        count(customer)
    assert customer.tokens().refresh_begun_at is None
    customer.server.world.grants.revoke(customer.account)
    with pytest.raises(AuthorizationError, match=r"lever\.grant_revoked"):
        count(customer)


def test_a_refresh_that_never_left_leaves_no_doubt(customer: Customer, settings: Settings) -> None:
    expire(customer)
    settings.LEVER_AUTH_URL = "http://127.0.0.1:1"
    settings.OUTGOING_TRUSTED_ORIGINS = [customer.server.url, "http://127.0.0.1:1"]
    with pytest.raises(TransientError):
        count(customer)
    assert customer.tokens().refresh_begun_at is None


def test_an_older_doubt_is_not_forgotten_by_a_later_attempt(customer: Customer) -> None:
    expire(customer, refresh_begun_at=timezone.now())
    customer.order("429", **TOKEN, times_left=1)
    with pytest.raises(RateLimitedError):
        count(customer)
    assert customer.tokens().refresh_begun_at


def test_a_refresh_that_succeeds_ends_the_doubt(customer: Customer) -> None:
    expire(customer, refresh_begun_at=timezone.now())
    count(customer)
    assert customer.tokens().refresh_begun_at is None


def test_who_finds_a_refresh_under_way_waits_for_it_and_takes_over_what_was_left(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that began it was killed: its lease runs out, and its refresh counts as interrupted."""
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        customer.change(customer.tokens(), refreshing_until=timezone.now() - timedelta(seconds=1))

    expire(customer, refreshing_until=timezone.now() + grants.LEASE, refresh_begun_at=timezone.now())
    monkeypatch.setattr("integrations.services.grants.time.sleep", wait)
    assert count(customer) == 21
    assert (len(waited), refreshes(customer)) == (1, 1)
    assert customer.tokens().refreshing_until is None


@pytest.mark.parametrize("kind", ["503", "429", "lose_answer"])
def test_a_refresh_that_failed_is_in_nobodys_way(customer: Customer, kind: str) -> None:
    expire(customer)
    customer.order(kind, **TOKEN, times_left=1)
    with pytest.raises(IntegrationError):
        count(customer)
    assert customer.tokens().refreshing_until is None


def test_a_lease_outlasts_the_refresh_that_it_is_for() -> None:
    """The resolver asks three servers twice each, five seconds long, unless the machine is set up otherwise."""
    name_looked_up = 3 * 2 * 5
    longest = name_looked_up + oauth.QUICK.connect_seconds + oauth.QUICK.whole_seconds
    assert longest < grants.LEASE.total_seconds()


def meanwhile(customer: Customer, monkeypatch: pytest.MonkeyPatch, what: Callable[[], None]) -> None:
    """Something happens between a refresh and its answer."""
    real = LeverProvider.refresh

    def refresh(provider: LeverProvider, refresh_token: str) -> object:
        monkeypatch.setattr(LeverProvider, "refresh", real)
        what()
        return real(provider, refresh_token)

    monkeypatch.setattr(LeverProvider, "refresh", refresh)


def test_who_authorizes_during_a_refresh_keeps_the_newer_grant(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    expire(customer)
    kept: list[str] = []

    def authorize() -> None:
        connect(customer.server, customer.tenant, customer.user)
        kept.append(customer.tokens().refresh_token)

    meanwhile(customer, monkeypatch, authorize)
    count(customer)
    assert customer.tokens().refresh_token == kept[0]


def test_who_authorizes_while_the_old_grant_dies_stays_connected(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    expire(customer)

    def revoke_and_authorize() -> None:
        customer.server.world.grants.revoke(customer.account)
        connect(customer.server, customer.tenant, customer.user)

    meanwhile(customer, monkeypatch, revoke_and_authorize)
    with pytest.raises(AuthorizationError):
        count(customer)
    assert customer.connection().status == Connection.Status.ACTIVE
    assert count(customer) == 21


def test_who_disconnects_during_a_refresh_stays_disconnected(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    expire(customer)
    meanwhile(customer, monkeypatch, lambda: connections.disconnect(customer.connection(), customer.user))
    with pytest.raises(AuthorizationError, match=r"connection\.inactive"):
        count(customer)
    with tenant_scope(customer.tenant.pk):
        assert not TokenSet.objects.exists()


def test_a_quiet_grant_is_refreshed_after_a_week(customer: Customer) -> None:
    grants.refresh_if_idle(customer.tenant.pk)
    assert refreshes(customer) == 0
    customer.change(customer.tokens(), refreshed_at=timezone.now() - timedelta(days=8))
    grants.refresh_if_idle(customer.tenant.pk)
    assert (refreshes(customer), holds_the_newest_token(customer)) == (1, True)


def test_the_client_speaks_for_the_tenant_alone(customer: Customer) -> None:
    seen: list[ProviderClient] = []
    grants.call(customer.tenant.pk, seen.append)
    assert customer.tokens().access_token not in repr(seen[0])
