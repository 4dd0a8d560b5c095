"""The way to Lever's consent page and back: bound to a person, a browser, ten minutes and one use."""

from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection as db
from django.utils import timezone
from pytest_django import Settings

from integrations.errors import AuthorizationError, ConfigurationError
from integrations.lever.provider import LeverProvider
from integrations.models import AuthorizationAttempt, Connection, Discovery, TokenSet
from integrations.services import connections, grants
from sandbox.server import Server
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import across_tenants, tenant_scope
from tests.factories import FEW_SCOPES, ConnectionFactory, FormCheckFactory
from tests.lever_world import connect

from .customer import Customer

pytestmark = pytest.mark.django_db


def state_of(url: str) -> str:
    return parse_qs(urlsplit(url).query)["state"][0]


def begun(tenant: Tenant, user: User) -> str:
    return state_of(connections.begin(tenant, user, "session"))


def test_the_consent_page_is_asked_for_what_the_settings_name(
    northwind: Tenant, alice: User, settings: Settings
) -> None:
    query = parse_qs(urlsplit(connections.begin(northwind, alice, "session")).query)
    assert query["scope"] == [" ".join(settings.LEVER_SCOPES)]
    assert query["redirect_uri"] == [f"{settings.PUBLIC_URL}/oauth/lever/callback/"]
    assert query["code_challenge_method"] == ["S256"]


def test_who_allows_only_what_is_needed_is_asked_for_no_more(northwind: Tenant, alice: User) -> None:
    query = parse_qs(urlsplit(connections.begin(northwind, alice, "session", is_sparing=True)).query)
    assert query["scope"] == [" ".join(FEW_SCOPES)]
    with tenant_scope(northwind.pk):
        assert AuthorizationAttempt.objects.get().scopes == FEW_SCOPES


def test_nothing_that_was_sent_along_is_kept_readable(northwind: Tenant, alice: User) -> None:
    state = begun(northwind, alice)
    with tenant_scope(northwind.pk):
        kept = AuthorizationAttempt.objects.values().get()
    assert state not in str(kept)
    assert "session" not in kept.values()


def test_the_way_back_belongs_to_the_person_and_browser_that_began(northwind: Tenant, alice: User) -> None:
    attempt = connections.returned(begun(northwind, alice), alice, "session")
    assert (attempt.tenant, attempt.user) == (northwind, alice)


@pytest.mark.parametrize("who", ["another person", "another browser", "another state"])
def test_the_way_back_is_closed_to_others(northwind: Tenant, alice: User, bob: User, who: str) -> None:
    state = begun(northwind, alice)
    given = {
        "another person": (state, bob, "session"),
        "another browser": (state, alice, "other"),
        "another state": ("guessed", alice, "session"),
    }[who]
    with pytest.raises(ConfigurationError, match=r"oauth\.state_unknown"):
        connections.returned(*given)
    assert connections.returned(state, alice, "session"), "and stays open for the one who began"


def test_the_way_back_works_once(northwind: Tenant, alice: User) -> None:
    state = begun(northwind, alice)
    connections.returned(state, alice, "session")
    with pytest.raises(ConfigurationError, match=r"oauth\.state_unknown"):
        connections.returned(state, alice, "session")


def test_the_way_back_is_open_for_ten_minutes(northwind: Tenant, alice: User) -> None:
    state = begun(northwind, alice)
    with tenant_scope(northwind.pk):
        attempt = AuthorizationAttempt.objects.get()
        assert timedelta(minutes=9) < attempt.expires_at - timezone.now() <= timedelta(minutes=10)
        AuthorizationAttempt.objects.update(expires_at=timezone.now())
    with pytest.raises(ConfigurationError, match=r"oauth\.state_unknown"):
        connections.returned(state, alice, "session")


def test_consent_connects_and_starts_reading_the_account(customer: Customer) -> None:
    connection = customer.connection()
    assert (connection.status, connection.account_external_id) == ("active", customer.account.id)
    assert connection.authorized_by == customer.user
    assert "stages:read:admin" in connection.scopes
    with tenant_scope(customer.tenant.pk):
        assert Discovery.objects.get().connection_id == connection.pk
        assert AuditEvent.objects.filter(action="connection.authorized").count() == 1


def test_what_failed_for_want_of_access_is_tried_again_with_the_new_one(customer: Customer) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    failed, read = (
        FormCheckFactory.create(tenant=customer.tenant, next_attempt_at=tomorrow, error_code=code)
        for code in ("connection.inactive", "")
    )
    connect(customer.server, customer.tenant, customer.user)
    assert customer.again(failed).next_attempt_at < timezone.now()
    assert customer.again(read).next_attempt_at == tomorrow


def test_a_code_that_lever_refuses_changes_nothing(sandbox: Server, northwind: Tenant, alice: User) -> None:
    attempt = connections.returned(begun(northwind, alice), alice, "session")
    with pytest.raises(AuthorizationError):
        connections.complete(attempt, "no-such-code")
    with tenant_scope(northwind.pk):
        assert not Connection.objects.exists()


def test_another_lever_account_than_before_is_refused(customer: Customer) -> None:
    before = customer.tokens().refresh_token
    with pytest.raises(ConfigurationError, match=r"oauth\.other_account"):
        connect(customer.server, customer.tenant, customer.user, "halden")
    assert customer.connection().account_external_id == customer.account.id
    assert customer.tokens().refresh_token == before


def test_where_the_token_names_no_account_its_site_tells(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.lever.oauth.account_id", lambda token: "")
    before = customer.tokens().refresh_token
    with tenant_scope(customer.tenant.pk):
        Connection.objects.update(site=customer.account.key)
    with pytest.raises(ConfigurationError, match=r"oauth\.other_account"):
        connect(customer.server, customer.tenant, customer.user, "halden")
    assert customer.tokens().refresh_token == before
    connect(customer.server, customer.tenant, customer.user)
    assert customer.tokens().refresh_token != before


def test_customer_success_lets_a_tenant_move_to_another_account(customer: Customer, carol: User) -> None:
    connections.allow_another_account(customer.connection(), carol)
    account = connect(customer.server, customer.tenant, customer.user, "halden")
    assert customer.connection().account_external_id == account.id
    with tenant_scope(customer.tenant.pk):
        allowed = AuditEvent.objects.get(action="connection.other_account_allowed")
    assert (allowed.actor, allowed.detail["account"]) == (carol, customer.account.id)


def test_an_account_of_another_tenant_is_refused(
    customer: Customer, southgate: Tenant, charlie: User
) -> None:
    with pytest.raises(ConfigurationError, match=r"oauth\.account_taken") as refused:
        connect(customer.server, southgate, charlie)
    assert customer.tenant.name not in str(refused.value.message)
    with across_tenants("a test counts"):
        assert (Connection.objects.count(), TokenSet.objects.count()) == (1, 1)


def test_an_account_that_the_token_does_not_name_keeps_the_known_one(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.lever.oauth.account_id", lambda token: "")
    connect(customer.server, customer.tenant, customer.user)
    assert customer.connection().account_external_id == customer.account.id


def test_authorizing_again_activates_and_clears_the_error(customer: Customer) -> None:
    customer.server.world.grants.revoke(customer.account)
    with pytest.raises(AuthorizationError):
        grants.call(customer.tenant.pk, lambda client: client.posting_count())
    connect(customer.server, customer.tenant, customer.user)
    connection = customer.connection()
    assert (connection.status, connection.error_code, connection.failing_since) == ("active", "", None)
    assert grants.call(customer.tenant.pk, lambda client: client.posting_count()) == 21


def test_fewer_permissions_are_kept_as_given(customer: Customer, settings: Settings) -> None:
    settings.LEVER_SCOPES = FEW_SCOPES
    connect(customer.server, customer.tenant, customer.user)
    assert customer.connection().scopes == sorted(FEW_SCOPES)


def test_scopes_that_lever_does_not_name_are_those_that_were_asked_for(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchanged = LeverProvider.exchange_code
    monkeypatch.setattr(
        LeverProvider,
        "exchange_code",
        lambda *given, **named: replace(exchanged(*given, **named), scopes=frozenset()),
    )
    connect(customer.server, customer.tenant, customer.user, is_sparing=True)
    assert customer.connection().scopes == sorted(FEW_SCOPES)


@pytest.mark.parametrize("is_sparing", [True, False])
def test_what_was_asked_for_is_remembered_beside_what_was_given(customer: Customer, is_sparing: bool) -> None:
    connect(customer.server, customer.tenant, customer.user, is_sparing=is_sparing)
    connection = customer.connection()
    assert sorted(connection.asked_scopes) == connection.scopes
    assert connections.was_sparing("lever", connection.asked_scopes) is is_sparing


def test_those_who_authorized_before_were_asked_for_all(northwind: Tenant, settings: Settings) -> None:
    ConnectionFactory.create(tenant=northwind, asked_scopes=[])
    with db.cursor() as cursor:
        for statement in import_module("integrations.migrations.0016_asked_scopes").ASKED_FOR_ALL:
            cursor.execute(*([statement] if isinstance(statement, str) else statement))
    with tenant_scope(northwind.pk):
        assert Connection.objects.get().asked_scopes == settings.LEVER_SCOPES


def test_disconnecting_forgets_the_tokens_and_can_be_pressed_twice(customer: Customer) -> None:
    for _ in range(2):
        connections.disconnect(customer.connection(), customer.user)
    assert customer.connection().status == "disconnected"
    with tenant_scope(customer.tenant.pk):
        assert not TokenSet.objects.exists()


def test_a_connection_without_tokens_is_not_called(northwind: Tenant) -> None:
    ConnectionFactory.create(tenant=northwind)
    with pytest.raises(AuthorizationError, match=r"connection\.inactive"):
        grants.call(northwind.pk, lambda client: client.posting_count())
