"""Requests at one company's address that were signed with another company's token: their URLs were mixed up.

Told only to somebody who runs both companies; to everybody else such a token is one that nobody knows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from integrations.errors import RejectedError
from integrations.providers import get_provider
from integrations.types import SignedEvent
from tenants.models import Membership, Tenant
from tenants.scoping import across_tenants, tenant_scope

from .models import RejectedRequest, SigningSecret

Reason = RejectedRequest.Reason
MATTER_FOR = timedelta(days=1)
MOST_REQUESTS, MOST_COMPANIES = 10, 20


@dataclass(frozen=True, slots=True)
class Stray:
    """A delivery of `owner` that came to an address of `addressee`."""

    owner: Tenant
    addressee: Tenant
    event_name: str
    received_at: datetime


def told_to(membership: Membership) -> list[Stray]:
    """The latest of each pair, in both directions."""
    others = _others(membership) if membership.is_owner else []
    mine = membership.tenant
    pairs = [pair for other in others for pair in ((mine, other), (other, mine))]
    doubted = _doubted([mine, *others]) if others else set()
    return [
        stray
        for owner, addressee in pairs
        if addressee.pk in doubted and (stray := _latest(owner, addressee))
    ]


def _others(membership: Membership) -> list[Tenant]:
    with across_tenants("the other companies that this person runs"):
        run = Membership.objects.filter(user=membership.user_id, role=Membership.Role.OWNER)
        others = run.exclude(tenant=membership.tenant_id).select_related("tenant")
        return [it.tenant for it in others[:MOST_COMPANIES]]


def _doubted(tenants: list[Tenant]) -> set[int]:
    """Which of them got anything at all that was not believed: seldom one, and a page asks every few seconds."""
    with across_tenants("the companies that this person runs"):
        return set(
            _unknown().filter(tenant__in=tenants).order_by().values_list("tenant", flat=True).distinct()
        )


def _latest(owner: Tenant, addressee: Tenant) -> Stray | None:
    with tenant_scope(owner.pk):
        secrets = [it.secret for it in SigningSecret.objects.filter(withdrawn_at=None)]
    if not secrets:
        return None
    with tenant_scope(addressee.pk):
        for request, event in _unbelieved():
            if get_provider(request.endpoint.provider).is_signed_with(event, secrets) is not None:
                return Stray(owner, addressee, event.name, request.received_at)
    return None


def _unbelieved() -> Iterator[tuple[RejectedRequest, SignedEvent]]:
    """Signed requests of the tenant in scope that none of its own tokens proves, the latest first."""
    for request in _unknown().select_related("endpoint")[:MOST_REQUESTS]:
        try:
            yield request, get_provider(request.endpoint.provider).parse_event(request.body)
        except RejectedError:
            continue


def _unknown() -> QuerySet[RejectedRequest]:
    return RejectedRequest.objects.filter(
        reason__in=[Reason.WRONG_SIGNATURE, Reason.NO_TOKEN_YET],
        received_at__gt=timezone.now() - MATTER_FOR,
    )
