"""Authorizing a provider by OAuth: there, back, and what was bound to the way."""

import base64
import hashlib
import secrets
from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from tenants import audit
from tenants.models import Tenant, User
from tenants.scoping import across_tenants, tenant_scope

from ..errors import ConfigurationError, IntegrationError
from ..models import AuthorizationAttempt, Connection, TokenSet
from ..providers import get_provider
from ..types import Grant
from . import discoveries, forms, grants, locks

LIFETIME = timedelta(minutes=10)


def begin(
    tenant: Tenant, user: User, session_key: str, provider: str = "lever", *, is_sparing: bool = False
) -> str:
    """The address of the provider's consent page. The way back works once, for this person in this browser.

    A consent page knows all or nothing, so who wants to allow only what is needed is asked for no more.
    """
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    permissions = get_provider(provider).permissions
    scopes = [it.scope for it in permissions if it.is_required or not is_sparing]
    with tenant_scope(tenant.pk):
        AuthorizationAttempt.objects.create(
            tenant=tenant,
            provider=provider,
            state_hash=_hash(state),
            session_hash=_hash(session_key),
            user=user,
            code_verifier=verifier,
            scopes=scopes,
            expires_at=timezone.now() + LIFETIME,
        )
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return get_provider(provider).authorize_url(
        state=state, scopes=scopes, redirect_uri=redirect_uri(provider), code_challenge=challenge
    )


def was_sparing(provider: str, asked: Collection[str]) -> bool:
    """Only what is needed was asked for, although there is more."""
    optional = {it.scope for it in get_provider(provider).permissions if not it.is_required}
    return bool(optional and asked) and optional.isdisjoint(asked)


def redirect_uri(provider: str) -> str:
    path = reverse("onboarding:oauth_callback", args=[provider])
    return f"{settings.PUBLIC_URL}{path}"


def returned(state: str, user: User, session_key: str, provider: str = "lever") -> AuthorizationAttempt:
    """The attempt that this return belongs to, spent by it.

    Raises ConfigurationError `oauth.state_unknown`, which says nothing about attempts of others.
    """
    with across_tenants("the provider sends people back to one address for all tenants"):
        attempt = (
            AuthorizationAttempt.objects.select_related("tenant")
            .select_for_update(of=("self",))
            .filter(
                state_hash=_hash(state),
                session_hash=_hash(session_key),
                user=user,
                provider=provider,
                used_at=None,
                expires_at__gt=timezone.now(),
            )
            .first()
        )
        if attempt is None:
            raise ConfigurationError(
                "oauth.state_unknown",
                "This way back from Lever was used already, is older than ten minutes, or began in another "
                "browser. Nothing was changed: please start the authorization once more.",
            )
        attempt.used_at = timezone.now()
        attempt.save(update_fields=["used_at"])
    return attempt


def complete(attempt: AuthorizationAttempt, code: str) -> Connection:
    """Exchange the code and keep the grant. Raises IntegrationError."""
    grant = get_provider(attempt.provider).exchange_code(
        code=code, redirect_uri=redirect_uri(attempt.provider), code_verifier=attempt.code_verifier
    )
    _refuse_another_site(attempt, grant)
    try:
        with tenant_scope(attempt.tenant_id):
            connection = _keep(attempt, grant)
    except IntegrityError:
        raise ConfigurationError(
            "oauth.account_taken",
            "This Lever account is already connected to another company here. Please ask Appcast support.",
        ) from None
    discoveries.start(connection)
    forms.try_failed(connection.tenant_id)
    return connection


def allow_another_account(connection: Connection, by: User) -> None:
    """The next authorization may be of any account: what was read of this one is no measure any more."""
    with tenant_scope(connection.tenant_id):
        audit.record(
            "connection.other_account_allowed",
            connection,
            tenant_id=connection.tenant_id,
            actor=by,
            account=connection.account_external_id,
            site=connection.site,
        )
        connection.account_external_id = connection.site = ""
        connection.save(update_fields=["account_external_id", "site"])


def disconnect(connection: Connection, by: User | str) -> None:
    with tenant_scope(connection.tenant_id):
        connection.status = Connection.Status.DISCONNECTED
        connection.save(update_fields=["status"])
        TokenSet.objects.filter(connection=connection).delete()
        audit.record("connection.disconnected", connection, tenant_id=connection.tenant_id, actor=by)


def _refuse_another_site(attempt: AuthorizationAttempt, grant: Grant) -> None:
    """Where a token does not name its account, the account's site tells, read before anything is overwritten."""
    with tenant_scope(attempt.tenant_id):
        connection = Connection.objects.exclude(site="").first()
    if connection is None or (connection.account_external_id and grant.account_external_id):
        return
    try:
        site = get_provider(attempt.provider).client(grant.access_token).account().site
    except IntegrationError:  # what cannot be read proves nothing
        return
    if site and site != connection.site:
        raise _another_account(f"expected the site {connection.site!r}, got {site!r}")


def _another_account(detail: str = "") -> ConfigurationError:
    return ConfigurationError(
        "oauth.other_account",
        "This is another Lever account than the one connected before. Sign in to Lever with the account "
        "that you used first, or ask Appcast support to change it.",
        detail,
    )


def _keep(attempt: AuthorizationAttempt, grant: Grant) -> Connection:
    locks.take_until_commit(f"connection:{attempt.tenant_id}")
    now = timezone.now()
    connection = Connection.objects.select_for_update().first() or Connection(tenant_id=attempt.tenant_id)
    if connection.account_external_id and grant.account_external_id not in {
        "",
        connection.account_external_id,
    }:
        raise _another_account()
    connection.provider = attempt.provider
    connection.status = Connection.Status.ACTIVE
    connection.account_external_id = grant.account_external_id or connection.account_external_id
    connection.asked_scopes = attempt.scopes
    connection.scopes = sorted(grant.scopes or attempt.scopes)
    connection.authorized_by, connection.authorized_at = attempt.user, now
    connection.error_code = connection.error_message = ""
    connection.failing_since = connection.proved_at = None
    with transaction.atomic():
        connection.save()
    grants.store(connection, grant)
    audit.record(
        "connection.authorized",
        connection,
        tenant_id=attempt.tenant_id,
        actor=attempt.user,
        scopes=connection.scopes,
        asked_scopes=connection.asked_scopes,
    )
    return connection


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
