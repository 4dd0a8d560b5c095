"""Stored events become what they mean. Order is not promised: every order of arrival ends in the same state."""

from collections.abc import Iterable, Sequence
from random import SystemRandom
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from integrations.errors import (
    ConfigurationError,
    IntegrationError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    TransientError,
)
from integrations.models import Connection
from integrations.retry import next_delay
from integrations.services import bell, grants, pace, turns, work
from integrations.types import Capability, EventKind, OpportunityRecord
from tenants import audit
from tenants.models import User
from tenants.scoping import tenant_scope

from . import matching, parking
from .handlers import HANDLERS
from .models import Aside, WebhookEvent
from .storing import FARTHEST_AHEAD, OLDEST

Status = WebhookEvent.Status

# With waits of up to an hour between them, more than a day of trouble at the ATS.
MOST_ATTEMPTS_OF_LOOKING = 60
# Together within their lease, however long Lever takes for each.
CLAIMED_AT_ONCE = 5
NOT_DELETED = "webhooks.not_deleted"
NOTHING_NEW: dict[str, Any] = {"next_attempt_at": None}


def process_due(tenant_id: int) -> None:
    """What waits of the tenant, as far as its turn goes."""
    turns.take(WebhookEvent, tenant_id, f"ats:{tenant_id}", lambda: _process_oldest(tenant_id))


def _process_oldest(tenant_id: int) -> bool:
    claimed = work.claim_oldest(WebhookEvent, tenant_id, CLAIMED_AT_ONCE)
    for number, event in enumerate(claimed, 1):
        _process(event)
        if is_in_trouble(event):
            _give_back(claimed[number:])
            raise turns.TroubleError
    turns.forget_trouble(f"ats:{tenant_id}")
    return bool(claimed)


def _give_back(events: Sequence[WebhookEvent]) -> None:
    for event in events:
        with tenant_scope(event.tenant_id):
            work.give_back(event)


def is_in_trouble(event: WebhookEvent) -> bool:
    """The ATS's trouble is waited for: each further event would only join those that try again by themselves."""
    return event.error_code not in ("", NOT_DELETED) and event.next_attempt_at is not None


def process(event_id: str) -> None:
    event = work.claim(WebhookEvent, event_id)
    if event is not None:
        _process(event)


def _process(event: WebhookEvent) -> None:
    if work.is_worn_out(event):
        _end(event, Status.DEAD, "its processing broke our worker several times")
    elif event.kind not in HANDLERS:
        _end(event, Status.IGNORED, "an event that the portal does not use")
    else:
        _work_on(event)


def replay(event: WebhookEvent, by: User) -> bool:
    """Process it once more; what it did already is not done twice. Whether it can be."""
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


def _work_on(event: WebhookEvent) -> None:
    try:
        opportunity = _read(event)
    except IntegrationError as error:
        _try_later(event, error)
        return
    with tenant_scope(event.tenant_id):
        work.record(event, **_outcome(event, opportunity), **work.NO_ERROR)
        are_parked = event.status == Status.PROCESSED and parking.holds(event.opportunity_external_id)
    if are_parked:
        parking.wake_candidacy(event.tenant_id, event.opportunity_external_id)


def _may_be_read(event: WebhookEvent) -> bool:
    """In the tenant's scope. Of no application of ours, one that names an application, or a deletion, or what was read
    before, is not worth it: the ATS would tell no more."""
    if not event.opportunity_external_id:
        return False
    connection = Connection.objects.filter(status=Connection.Status.ACTIVE).first()
    if connection is None or Capability.READ_OPPORTUNITIES not in grants.capabilities(connection):
        return False
    is_told = event.application_external_id or event.looked_at or event.kind == EventKind.DELETED
    return not is_told or matching.chosen(event, matching.candidates_of([event])) is not None


def _outcome(event: WebhookEvent, opportunity: OpportunityRecord | None) -> dict[str, Any]:
    if is_altered(event, _locked_bodies(event)):
        return _ended(Status.QUARANTINED, Aside.ALTERED)
    application = matching.application_of(event) or matching.application_in(event, opportunity)
    if application is None:
        return _without_application(event, opportunity)
    return _ended(Status.PROCESSED, HANDLERS[EventKind(event.kind)](event, application, opportunity))


def _locked_bodies(event: WebhookEvent) -> list[tuple[UUID, str]]:
    return list(bodies_of([event]).select_for_update().values_list("pk", "status"))


def is_altered(event: WebhookEvent, bodies: Sequence[tuple[UUID, str]]) -> bool:
    """Only one body of a signature is ever acted on: the first, or what was acted on before the first was seen.

    `bodies` are the ids and statuses of all under its signature, the first first.
    """
    acted_on = [pk for pk, status in bodies if status == Status.PROCESSED]
    return event.pk != (acted_on or [bodies[0][0]])[0]


def bodies_of(events: Iterable[WebhookEvent]) -> QuerySet[WebhookEvent]:
    """All that came under the signatures of these, the first first."""
    return WebhookEvent.objects.filter(key__in={it.key for it in events}).order_by(*WebhookEvent.ARRIVAL)


def _without_application(event: WebhookEvent, opportunity: OpportunityRecord | None) -> dict[str, Any]:
    if event.status == Status.PROCESSED:
        return NOTHING_NEW
    if parking.is_over(event):
        return _ended(Status.IGNORED, "not of an application that came through Appcast")
    return parking.parked(event, opportunity)


def _read(event: WebhookEvent) -> OpportunityRecord | None:
    """The ATS's own record, since the signature does not cover the body; None where we may not read, or it is gone.

    A deletion cannot be undone: it is believed when the ATS says that there is nothing, and no other refusal will do.
    """
    with tenant_scope(event.tenant_id):
        if not _may_be_read(event):
            return None
    pace.wait_for_turn(event.tenant_id, pace.READS)
    event.looked_at = timezone.now()
    try:
        found = grants.call(event.tenant_id, lambda client: client.opportunity(event.opportunity_external_id))
    except NotFoundError:
        return None
    except (ConfigurationError, RejectedError) as error:
        if event.kind == EventKind.DELETED:
            told = "Lever does not show whether this candidate is deleted."
            raise TransientError(NOT_DELETED, told, error.detail) from None
        return None
    if event.kind == EventKind.DELETED:
        raise TransientError(NOT_DELETED, "Lever still has this candidate.")
    return found


def _try_later(event: WebhookEvent, error: IntegrationError) -> None:
    if isinstance(error, RateLimitedError):
        _come_back(event, error)
        return
    if event.attempts >= MOST_ATTEMPTS_OF_LOOKING:
        is_doubtful = error.code == NOT_DELETED
        _end(
            event,
            Status.QUARANTINED if is_doubtful else Status.DEAD,
            f"{Aside.NOT_VERIFIED}: {error.message.english}"[:200],
        )
        return
    pause = next_delay(event.attempts, SystemRandom())
    with tenant_scope(event.tenant_id):
        work.record(event, next_attempt_at=work.after(pause), **work.failure(error))


def _come_back(event: WebhookEvent, error: RateLimitedError) -> None:
    """Not its fault, so no try of its own; who was refused by the ATS slows the whole account."""
    pause = max(error.retry_after or next_delay(event.attempts, SystemRandom()), pace.LONGEST_WAIT)
    if error.code != pace.QUEUED:
        pace.slow_down(event.tenant_id, pause)
    changes = {"attempts": event.attempts - 1, "next_attempt_at": work.after(pause)}
    with tenant_scope(event.tenant_id):
        work.record(event, **changes, **work.failure(error))


def _end(event: WebhookEvent, status: WebhookEvent.Status, outcome: str) -> None:
    """What was acted on before stays so, whatever hinders a second time."""
    with tenant_scope(event.tenant_id):
        work.record(event, **NOTHING_NEW if event.status == Status.PROCESSED else _ended(status, outcome))


def _ended(status: WebhookEvent.Status, outcome: str) -> dict[str, Any]:
    return {
        "status": status,
        "outcome": outcome,
        "next_attempt_at": None,
        "processed_at": timezone.now(),
    }
