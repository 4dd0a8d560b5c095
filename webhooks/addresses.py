"""Where webhooks come to, with the secrets that prove them: looked up once, and then remembered by this process.

What is remembered may be out of date, and is therefore never the last word: an event is stored only while its secret
is live (`storing.store`), and nothing is refused before the database was asked.
"""

import uuid
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from tenants.models import Tenant
from tenants.scoping import across_tenants

from .endpoints import MATCH_NOTED_EVERY
from .models import SigningSecret, WebhookEndpoint

MOST_REMEMBERED = 10_000


@dataclass(slots=True)
class Secret:
    """In plain, as long as this process lives."""

    id: uuid.UUID
    plain: str
    matched_at: datetime | None

    @property
    def is_noted_lately(self) -> bool:
        """Not every match is noted: a flood of deliveries would queue for one row."""
        return self.matched_at is not None and timezone.now() - self.matched_at < MATCH_NOTED_EVERY


@dataclass(frozen=True, slots=True)
class Address:
    """One tenant's endpoint for one event, with its live secrets, the newest last."""

    tenant_id: int
    endpoint_id: int
    event_kind: str
    secrets: Sequence[Secret]


_remembered: OrderedDict[tuple[str, str], Address] = OrderedDict()


def remembered(provider: str, key: str) -> Address | None:
    return _remembered.get((provider, key))


def find(provider: str, key: str) -> Address | None:
    """In the database; the usual case, an endpoint with a secret, takes one query. An ended tenant's is unknown."""
    with across_tenants("a webhook names its tenant by its address alone"):
        secrets = list(
            SigningSecret.objects.select_related("endpoint")
            .filter(endpoint__provider=provider, endpoint__key=key, withdrawn_at=None)
            .exclude(tenant__status=Tenant.Status.OFFBOARDED)
        )
        endpoint = secrets[0].endpoint if secrets else _without_secret(provider, key)
    if endpoint is None:
        return None
    return _remember(provider, endpoint, [Secret(it.pk, it.secret, it.last_matched_at) for it in secrets])


def _without_secret(provider: str, key: str) -> WebhookEndpoint | None:
    known = WebhookEndpoint.objects.filter(provider=provider, key=key)
    return known.exclude(tenant__status=Tenant.Status.OFFBOARDED).first()


def _remember(provider: str, endpoint: WebhookEndpoint, secrets: Sequence[Secret]) -> Address:
    address = Address(endpoint.tenant_id, endpoint.pk, endpoint.event_kind, secrets)
    _remembered[provider, endpoint.key] = address
    while len(_remembered) > MOST_REMEMBERED:
        _remembered.popitem(last=False)
    return address
