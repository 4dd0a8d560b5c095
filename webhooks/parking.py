"""Events that came before their application was known wait until somebody wakes them.

They look by themselves too, seldom: most are of candidates who never came through Appcast.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.utils import timezone

from integrations.services import work
from integrations.types import OpportunityRecord
from tenants.commits import SharedCommits
from tenants.prepared import Statement
from tenants.scoping import fetch_in_scope

from .models import WebhookEvent

PARKED_FOR = timedelta(days=30)
SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(days=7)
# How many times as long as it has waited it waits on.
GROWTH = 9
# In the order of arrival, as others lock them.
WAKE = """
    UPDATE webhooks_webhookevent SET next_attempt_at = statement_timestamp() WHERE id IN (
        SELECT id FROM webhooks_webhookevent WHERE tenant_id = %s AND {named_by} = %s AND status = 'parked'
        ORDER BY received_at, id FOR UPDATE
    )
"""
wakes = SharedCommits()


def is_over(event: WebhookEvent) -> bool:
    return event.received_at < timezone.now() - PARKED_FOR


def parked(event: WebhookEvent, opportunity: OpportunityRecord | None) -> dict[str, Any]:
    ids = opportunity.application_external_ids if opportunity else ()
    waited = timezone.now() - event.received_at
    pause = min(max(GROWTH * waited, SHORTEST_PAUSE), LONGEST_PAUSE, PARKED_FOR - waited + SHORTEST_PAUSE)
    return {
        "status": WebhookEvent.Status.PARKED,
        "outcome": "no application of ours is known for it yet",
        "application_external_id": event.application_external_id or (ids[0] if len(ids) == 1 else ""),
        "looked_at": event.looked_at,
        "next_attempt_at": work.after(pause),
        "attempts": 0,
    }


def waiting_of(candidacies: Collection[str]) -> set[str]:
    """In the tenant's scope: those of which something that waits speaks."""
    waiting = WebhookEvent.objects.filter(
        opportunity_external_id__in=candidacies, status=WebhookEvent.Status.PARKED
    )
    return set(waiting.values_list("opportunity_external_id", flat=True))


def wake_named(tenant_id: int, external_id: str, **_: object) -> None:
    """What speaks of an application whose id is known by now. Many are named at once, by the threads that deliver them.

    In a transaction of its own: a worker that holds one of these waits for its application, which is free by now.
    Should we die before it, each looks again by itself.
    """
    wakes.fetch(tenant_id, _wake("application_external_id", tenant_id, external_id))


def wake_candidacy(tenant_id: int, external_id: str) -> None:
    """What speaks of a candidacy that is known for ours by now; in a transaction of its own, as well."""
    if external_id:
        fetch_in_scope(tenant_id, _wake("opportunity_external_id", tenant_id, external_id))


def _wake(named_by: str, tenant_id: int, external_id: str) -> Statement:
    return WAKE.format(named_by=named_by), [tenant_id, external_id]
