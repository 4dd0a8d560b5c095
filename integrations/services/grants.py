"""Calling a provider in a tenant's name: with a token that works, refreshed by one process at a time."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Self, TypeVar

from django.db import DatabaseError
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from tenants import audit
from tenants.scoping import fetch_in_scope, tenant_scope

from ..errors import AuthorizationError, IntegrationError, RateLimitedError
from ..models import Connection, TokenSet
from ..providers import PROVIDERS, Provider, ProviderClient, get_provider
from ..types import Capability, Grant
from . import pace

T = TypeVar("T")

# A token is renewed this long before it ends, so that it does not end under a call.
MARGIN = timedelta(minutes=2)
# Lever lets a refresh token die after 90 idle days.
LONGEST_IDLE = timedelta(days=7)
PROOF_IS_FRESH = timedelta(minutes=1)
# Longer than a refresh may take (`lever.oauth`), the look-up of Lever's name among it, for which no limit can be set:
# after it the process that began is gone.
LEASE = timedelta(seconds=90)
WAIT_SECONDS = 0.1
PROVED = """
    UPDATE integrations_connection SET proved_at = %s WHERE tenant_id = %s AND (proved_at > %s) IS NOT TRUE
"""


class Calls:
    """Some calls in a row in the name of the tenant whose tokens these are, as `read` finds them, at this pace.

    AuthorizationError when nobody authorizes them.
    """

    def __init__(self, tokens: TokenSet | None, at_pace: pace.Calls | None = None) -> None:
        self._tokens = _usable(_in_force(tokens))
        self._pace = at_pace or pace.Calls(self._tokens.tenant_id)
        self._is_proved = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Those that were answered prove the connection, whatever came of them; the result outweighs the note of it."""
        if self._is_proved:
            with suppress(DatabaseError):
                _note_proof(self._tokens)

    @property
    def provider(self) -> Provider:
        return get_provider(self._tokens.connection.provider)

    def make(self, operation: Callable[[ProviderClient], T]) -> T:
        """The operation's result; after a refused token once more with a new one.

        Raises IntegrationError. Never inside a transaction: it waits for the other side.
        """
        try:
            result = operation(self._client())
        except AuthorizationError:
            self._tokens = _refreshed(self._tokens)
            result = self._make_with_new_token(operation)
        self._is_proved = True
        return result

    def note_proved(self, at: datetime) -> None:
        """It has been written with something else."""
        self._tokens.connection.proved_at = at

    def _make_with_new_token(self, operation: Callable[[ProviderClient], T]) -> T:
        try:
            return operation(self._client())
        except AuthorizationError as error:
            _stop(self._tokens, error)
            raise

    def _client(self) -> ProviderClient:
        return self.provider.client(self._tokens.access_token, before_each=self._pace.wait)


def call(tenant_id: int, operation: Callable[[ProviderClient], T]) -> T:
    """One call, as `Calls.make` does it."""
    with tenant_scope(tenant_id):
        tokens = read()
    with Calls(tokens) as calls:
        return calls.make(operation)


def _note_proof(tokens: TokenSet) -> None:
    now = timezone.now()
    proved_at = tokens.connection.proved_at
    if proved_at is None or proved_at < now - PROOF_IS_FRESH:
        fetch_in_scope(tokens.tenant_id, (PROVED, [now, tokens.tenant_id, now - PROOF_IS_FRESH]))


def read() -> TokenSet | None:
    """With the connection, in the tenant's scope."""
    return TokenSet.objects.select_related("connection").first()


def provider_slug() -> str:
    """Of the tenant in scope; before anything is connected, the first that there is."""
    return Connection.objects.values_list("provider", flat=True).first() or next(iter(PROVIDERS))


def capabilities(connection: Connection) -> frozenset[Capability]:
    return get_provider(connection.provider).capabilities(connection.scopes)


def store(connection: Connection, grant: Grant) -> None:
    """Put the pair in the place of the older one, in the caller's scope."""
    _put(
        TokenSet.objects.select_for_update().filter(connection=connection).first()
        or TokenSet(tenant_id=connection.tenant_id, connection=connection),
        grant,
    )


def _put(tokens: TokenSet, grant: Grant) -> None:
    now = timezone.now()
    tokens.access_token, tokens.refresh_token = grant.access_token, grant.refresh_token
    tokens.expires_at, tokens.refreshed_at, tokens.refresh_begun_at = now + grant.lifetime, now, None
    tokens.save()


def refresh_if_idle(tenant_id: int) -> None:
    """Keeps the grant of a quiet tenant alive."""
    tokens = _tokens(tenant_id)
    if tokens.refreshed_at < timezone.now() - LONGEST_IDLE:
        _refreshed(tokens)


def _usable(tokens: TokenSet) -> TokenSet:
    is_fresh = tokens.expires_at > timezone.now() + MARGIN
    return tokens if is_fresh else _refreshed(tokens)


def _tokens(tenant_id: int) -> TokenSet:
    with tenant_scope(tenant_id):
        return _in_force(read())


def _in_force(tokens: TokenSet | None) -> TokenSet:
    if tokens is None or not tokens.connection.is_active:
        raise AuthorizationError(
            "connection.inactive", "Lever is not connected. A Super Admin must authorize Lever."
        )
    return tokens


def _refreshed(stale: TokenSet) -> TokenSet:
    """One process refreshes at a time, and those that wait take its pair."""
    while True:
        tokens = _tokens(stale.tenant_id)
        if tokens.refreshed_at != stale.refreshed_at:
            return tokens
        lease = _lease(tokens)
        if lease:
            _refresh(tokens, lease)
            return _tokens(stale.tenant_id)
        time.sleep(WAIT_SECONDS)


def _lease(tokens: TokenSet) -> datetime | None:
    """Until when this process alone may refresh; None while another one may, or where one has begun since `tokens`.

    It is *begun* from here on.
    """
    is_free = Q(refreshing_until=None) | Q(refreshing_until__lt=Now())
    with tenant_scope(tokens.tenant_id):
        as_read = {"refreshed_at": tokens.refreshed_at, "refresh_begun_at": tokens.refresh_begun_at}
        free = TokenSet.objects.filter(is_free, pk=tokens.pk, **as_read)
        if not free.update(refreshing_until=Now() + LEASE, refresh_begun_at=timezone.now()):
            return None
        return TokenSet.objects.values_list("refreshing_until", flat=True).get(pk=tokens.pk)


def _refresh(tokens: TokenSet, lease: datetime) -> None:
    """The pair that came is kept only in the place of the one it replaces: somebody may have authorized meanwhile."""
    try:
        grant = get_provider(tokens.connection.provider).refresh(tokens.refresh_token)
    except AuthorizationError as error:
        raise _stop(tokens, _stranded(error) if tokens.refresh_begun_at else error) from None
    except IntegrationError as error:
        if isinstance(error, RateLimitedError) or error.code == "http.not_sent":
            _let_go(
                tokens, lease, refresh_begun_at=tokens.refresh_begun_at
            )  # nothing happened at the other side
        raise
    else:
        with tenant_scope(tokens.tenant_id):
            current = TokenSet.objects.select_for_update().filter(
                pk=tokens.pk, refreshed_at=tokens.refreshed_at
            )
            for row in current:
                _put(row, grant)
    finally:
        _let_go(tokens, lease)


def _let_go(tokens: TokenSet, lease: datetime, **changes: object) -> None:
    """The row alone: `tokens` goes on telling whether an earlier refresh was interrupted."""
    with tenant_scope(tokens.tenant_id):
        leased = TokenSet.objects.filter(pk=tokens.pk, refreshing_until=lease)
        leased.update(refreshing_until=None, **changes)


def _stranded(error: AuthorizationError) -> AuthorizationError:
    return AuthorizationError(
        "connection.refresh_interrupted",
        "Our access was lost on our side. Appcast support is looking into it.",
        f"a refresh was interrupted before its answer was stored; then: {error.detail}",
    )


def _stop(tokens: TokenSet, error: AuthorizationError) -> AuthorizationError:
    """Pause the connection until somebody authorizes again, unless they just did."""
    with tenant_scope(tokens.tenant_id):
        connection = Connection.objects.select_for_update().get(pk=tokens.connection_id)
        is_theirs = TokenSet.objects.filter(pk=tokens.pk, refreshed_at=tokens.refreshed_at).exists()
        if connection.is_active and is_theirs:
            connection.status = Connection.Status.NEEDS_AUTHORIZATION
            connection.error_code, connection.error_message = error.code[:60], error.message
            connection.failing_since = timezone.now()
            connection.save(update_fields=["status", "error_code", "error_message", "failing_since"])
            audit.record("connection.stopped", error.code, tenant_id=tokens.tenant_id, actor="portal")
    return error
