"""Taking a webhook in: parsed strictly, proved by its signature, stored, and only then answered.

What is not believed is kept beside, masked and capped, so that a wrong token can be found and mended.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from django.core.exceptions import SynchronousOnlyOperation
from django.utils import timezone

from integrations.errors import RejectedError
from integrations.providers import PROVIDERS, Provider, get_provider
from integrations.types import SignedEvent
from tenants.scoping import Entering, tenant_scope
from tenants.sealing import SealError

from . import addresses, endpoints
from .addresses import Address, Secret
from .doors import DATABASE_IS_AWAY, IN_A_MINUTE
from .models import RejectedRequest, SigningSecret
from .storing import Proof, count_repeat, row_of, store

LARGEST_BODY = 256 * 1024
# What Lever sends has one or two thousand bytes; to read 256 of these may take long enough to hold others up.
MOST_AT_ONCE = 16 * 1024
MOST_REJECTED = 200
DUMMY_SECRET = "0" * 48


@dataclass(frozen=True, slots=True)
class Reply:
    """A status, and when to come back: the body of the answer tells nothing."""

    status: HTTPStatus
    headers: Mapping[str, str] = field(default_factory=dict)


ACCEPTED = Reply(HTTPStatus.OK)
NOT_BELIEVED = Reply(HTTPStatus.UNAUTHORIZED)


def refusal(provider: str, encoding: str) -> Reply | None:
    """Of what is not even read."""
    if provider not in PROVIDERS:
        return Reply(HTTPStatus.NOT_FOUND)
    if encoding != "identity":
        return Reply(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    return None


def answer(provider: str, key: str, body: bytes) -> Reply:
    """To somebody who posts to this address."""
    try:
        return _receive(get_provider(provider), key, body)
    except DATABASE_IS_AWAY:
        return Reply(HTTPStatus.SERVICE_UNAVAILABLE, IN_A_MINUTE)


def remembered_row(provider_slug: str, key: str, body: bytes) -> Entering | None:
    """To be stored without a question, if what this process remembers of the address proves it.

    For an event loop, where Django lets nobody ask the database: a key that must be asked for is not remembered either.
    What does not seal is of a tenant that was erased since. A secret is noted in its turn by whoever is looked up.
    """
    address, provider = addresses.remembered(provider_slug, key), get_provider(provider_slug)
    if address is None or len(body) > MOST_AT_ONCE:
        return None
    try:
        event = provider.parse_event(body)
        secret = _proving(provider, event, address.secrets)
        if secret and secret.is_noted_lately:
            return row_of(_proof(address, secret), event, body)
    except (RejectedError, SealError, SynchronousOnlyOperation):
        return None
    return None


def _receive(provider: Provider, key: str, body: bytes) -> Reply:
    """Where the address is unknown, the same work is done as for a wrong signature."""
    try:
        event = provider.parse_event(body)
    except RejectedError as error:
        address = addresses.find(provider.slug, key)
        if address:
            _reject(address, body, RejectedRequest.Reason.NOT_A_WEBHOOK, detail=error.detail)
        return NOT_BELIEVED
    address = addresses.find(provider.slug, key)
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
    is_new = store(proof, event, body)
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
