"""Taking a webhook in: parsed strictly, proved by its signature, stored, and only then answered.

What is not believed is kept beside, masked and capped, so that a wrong token can be found and mended.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from django.db import connection
from django.utils import timezone

from integrations.errors import RejectedError
from integrations.providers import PROVIDERS, Provider, get_provider
from integrations.types import SignedEvent
from tenants.scoping import tenant_scope
from tenants.sealing import SealError

from . import addresses, endpoints
from .addresses import Address, Secret
from .doors import DATABASE_IS_AWAY, IN_A_MINUTE, NotReadError, body_of
from .gathering import Gathering
from .models import RejectedRequest, SigningSecret
from .storing import Proof, count_repeat, row_of, store_all

LARGEST_BODY = 256 * 1024
MOST_REJECTED = 200
DUMMY_SECRET = "0" * 48
store = Gathering(store_all)


@dataclass(frozen=True, slots=True)
class Reply:
    """A status, and when to come back: the body of the answer tells nothing."""

    status: HTTPStatus
    headers: Mapping[str, str] = field(default_factory=dict)


ACCEPTED = Reply(HTTPStatus.OK)
NOT_BELIEVED = Reply(HTTPStatus.UNAUTHORIZED)


def answer(environ: Mapping[str, Any], provider: str, key: str) -> Reply:
    """To the WSGI request of somebody who posts to this address."""
    if provider not in PROVIDERS:
        return Reply(HTTPStatus.NOT_FOUND)
    if environ.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
        return Reply(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    try:
        return receive(provider, key, body_of(environ, LARGEST_BODY))
    except NotReadError as error:
        return Reply(error.status)
    except DATABASE_IS_AWAY:
        return Reply(HTTPStatus.SERVICE_UNAVAILABLE, IN_A_MINUTE)


def receive(provider_slug: str, key: str, body: bytes) -> Reply:
    provider = get_provider(provider_slug)
    try:
        event = provider.parse_event(body)
    except RejectedError as error:
        address = addresses.find(provider_slug, key)
        if address:
            _reject(address, body, RejectedRequest.Reason.NOT_A_WEBHOOK, detail=error.detail)
        return NOT_BELIEVED
    known = addresses.remembered(provider_slug, key)
    if known and _is_new_at(known, provider, event, body):
        return ACCEPTED
    return _looked_up(provider_slug, key, event, body)


def _is_new_at(address: Address, provider: Provider, event: SignedEvent, body: bytes) -> bool:
    """Whether what is remembered was enough to store it.

    A connection that broke since its last use is left. What does not seal is of a tenant that was erased since.
    """
    secret = _proving(provider, event, address.secrets)
    try:
        return secret is not None and _take(address, secret, event, body)
    except SealError:
        return False
    except DATABASE_IS_AWAY:
        connection.close()
        return False


def _looked_up(provider_slug: str, key: str, event: SignedEvent, body: bytes) -> Reply:
    """Where the address is unknown, the same work is done as for a wrong signature."""
    provider = get_provider(provider_slug)
    address = addresses.find(provider_slug, key)
    secret = _proving(provider, event, address.secrets if address else ())
    if address is None:
        return NOT_BELIEVED
    if secret is None:
        _reject(address, body, _reason(provider, address, event), event_name=event.name)
    elif _take(address, secret, event, body) or _is_repeated(address, secret, event, body):
        return ACCEPTED
    return NOT_BELIEVED


def _is_repeated(address: Address, secret: Secret, event: SignedEvent, body: bytes) -> bool:
    """Neither new nor repeated: its secret was withdrawn at this moment."""
    with tenant_scope(address.tenant_id):
        return count_repeat(_proof(address, secret), event, body)


def _proving(provider: Provider, event: SignedEvent, secrets: Sequence[Secret]) -> Secret | None:
    matched = provider.is_signed_with(event, [it.plain for it in secrets] or [DUMMY_SECRET])
    return secrets[matched] if secrets and matched is not None else None


def _take(address: Address, secret: Secret, event: SignedEvent, body: bytes) -> bool:
    proof = _proof(address, secret)
    is_new = store(row_of(proof, event, body))
    if is_new and proof.is_own(event) and not secret.is_noted_lately:
        secret.matched_at = timezone.now()
        with tenant_scope(address.tenant_id):
            endpoints.note_match(secret.id, address.endpoint_id)
    return is_new


def _proof(address: Address, secret: Secret) -> Proof:
    return Proof(address.tenant_id, address.endpoint_id, address.event_kind, secret.id)


def _reason(provider: Provider, address: Address, event: SignedEvent) -> RejectedRequest.Reason:
    if not event.signature:
        return RejectedRequest.Reason.UNSIGNED
    with tenant_scope(address.tenant_id):
        others = SigningSecret.objects.filter(withdrawn_at=None).exclude(endpoint=address.endpoint_id)
        if provider.is_signed_with(event, [it.secret for it in others]) is not None:
            return RejectedRequest.Reason.OTHER_EVENTS_TOKEN
    if address.secrets:
        return RejectedRequest.Reason.WRONG_SIGNATURE
    return RejectedRequest.Reason.NO_TOKEN_YET


def _reject(
    address: Address,
    body: bytes,
    reason: RejectedRequest.Reason,
    *,
    event_name: str = "",
    detail: str = "",
) -> None:
    """The newest are kept: an endless stream of them fills nothing."""
    with tenant_scope(address.tenant_id):
        RejectedRequest.objects.create(
            tenant_id=address.tenant_id,
            endpoint_id=address.endpoint_id,
            reason=reason,
            event_name=event_name,
            detail=detail[:200],
            body=body,
        )
        newest = RejectedRequest.objects.filter(endpoint=address.endpoint_id).order_by("-received_at", "pk")
        RejectedRequest.objects.filter(pk__in=newest.values("pk")[MOST_REJECTED:]).delete()
