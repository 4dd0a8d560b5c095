"""One event once more: what it did already is not done twice."""

from uuid import UUID

from django.db.models import F, Q
from django.db.models.functions import Now

from integrations.services import bell
from tenants import audit
from tenants.models import User
from tenants.scoping import tenant_scope

from .handlers import HANDLERS
from .models import Aside, WebhookEvent
from .storing import FARTHEST_AHEAD, OLDEST


def replay(event: WebhookEvent, by: User) -> bool:
    """Whether it can be."""
    with tenant_scope(event.tenant_id):
        if not make_due(event.pk):
            return False
        audit.record("webhook.replayed", event, tenant_id=event.tenant_id, actor=by)
        bell.ring(event)
    return True


def make_due(event_id: UUID) -> bool:
    """In the tenant's scope; not while somebody has it.

    It keeps its status until it has another one: what was acted on must still be known.
    """
    is_free = Q(leased_until=None) | Q(leased_until__lt=Now())
    event = WebhookEvent.objects.filter(is_free, is_replayable(), pk=event_id)
    return bool(event.update(next_attempt_at=Now(), attempts=0))


def why_not_replayed(event: WebhookEvent) -> str:
    """Where `replay` refused it. In the tenant's scope or across tenants."""
    if event.kind not in HANDLERS:
        return "an event that the portal does not use"
    if WebhookEvent.objects.filter(is_replayable(), pk=event.pk).exists():
        return "somebody is processing it at this moment"
    is_anothers = event.kind != event.endpoint.event_kind
    return (Aside.OUT_OF_PLACE if is_anothers else Aside.OUT_OF_TIME).value


def is_replayable() -> Q:
    """What came out of time, or to another event's address, stays aside however often it is looked at."""
    is_in_time = Q(
        triggered_at__gte=F("received_at") - OLDEST,
        triggered_at__lte=F("received_at") + FARTHEST_AHEAD,
    )
    return Q(kind__in=list(HANDLERS)) & Q(kind=F("endpoint__event_kind")) & is_in_time
