"""Stored events become what they mean. Order is not promised: every order of arrival ends in the same state."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from copy import copy
from random import SystemRandom
from typing import Any
from uuid import UUID

import structlog
from django.db.models import QuerySet
from django.utils import timezone

from integrations.errors import (
    ConfigurationError,
    IntegrationError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    TransientError,
)
from integrations.models import Application, Connection
from integrations.retry import next_delay
from integrations.services import grants, pace, turns, work
from integrations.types import Capability, EventKind, OpportunityRecord
from tenants.scoping import tenant_scope

from . import matching, parking
from .erasing import NOTHING
from .handlers import HANDLERS
from .models import Aside, WebhookEvent

Status = WebhookEvent.Status

# With waits of up to an hour between them, more than a day of trouble at the ATS.
MOST_ATTEMPTS_OF_LOOKING = 60
# Where Lever is asked about them they are done within the lease together, however long it takes for each.
CLAIMED_AT_ONCE, READ_AT_ONCE = 25, 5
NOT_DELETED = "webhooks.not_deleted"
NOTHING_NEW: dict[str, Any] = {"next_attempt_at": None}

logger = structlog.get_logger(__name__)


def process_due(tenant_id: int) -> None:
    """What waits of the tenant, as far as its turn goes."""
    turns.take(WebhookEvent, tenant_id, f"ats:{tenant_id}", lambda: _process_oldest(tenant_id))


def _process_oldest(tenant_id: int) -> bool:
    with tenant_scope(tenant_id):
        at_once = READ_AT_ONCE if _may_read() else CLAIMED_AT_ONCE
    claimed = work.claim_oldest(WebhookEvent, tenant_id, at_once)
    told = _told(tenant_id, claimed)
    if told:
        _settle(tenant_id, told)
    others = [event for event in claimed if event not in told]
    for number, event in enumerate(others, 1):
        _process_alone(event)
        if is_in_trouble(event):
            _give_back(others[number:])
            raise turns.TroubleError
    turns.forget_trouble(f"ats:{tenant_id}")
    return bool(claimed)


def _told(tenant_id: int, events: Sequence[WebhookEvent]) -> list[WebhookEvent]:
    """Those that tell all that can be known. One that a worker may have died of is done alone."""
    usual = [event for event in events if event.kind in HANDLERS and event.unfinished == 1]
    with tenant_scope(tenant_id):
        if not usual or not _may_read():
            return usual
        candidates = list(matching.candidates_of(usual))
        return [event for event in usual if not _is_worth_reading(event, candidates)]


def _settle(tenant_id: int, events: Sequence[WebhookEvent]) -> None:
    """In one transaction, which takes half the time; one that breaks it is found when each is done alone."""
    try:
        parked = _settle_at_once(tenant_id, [copy(event) for event in events])
    except Exception:
        logger.exception("events_not_settled_at_once", tenant=tenant_id, count=len(events))
        for event in events:
            _process_alone(event)
        return
    for candidacy in parked:
        parking.wake_candidacy(tenant_id, candidacy)


def _settle_at_once(tenant_id: int, events: Sequence[WebhookEvent]) -> set[str]:
    """The candidacies of which something parked speaks."""
    with tenant_scope(tenant_id):
        known = _Known(events)
        may_read = _may_read()
        for event in events:
            if may_read and _is_worth_reading(event, known.applications):
                work.give_back(event)  # its application has become known since it was claimed
            else:
                work.record(event, **_outcome(event, None, known), **work.NO_ERROR)
        return parking.waiting_of(_candidacies(events))


def _process_alone(event: WebhookEvent) -> None:
    try:
        _process(event)
    except Exception:
        # It keeps its lease, and is given up when it broke its worker several times.
        logger.exception("event_not_processed", row=str(event.pk))


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


def _work_on(event: WebhookEvent) -> None:
    try:
        opportunity = _read(event)
    except IntegrationError as error:
        _try_later(event, error)
        return
    with tenant_scope(event.tenant_id):
        work.record(event, **_outcome(event, opportunity, _Known([event])), **work.NO_ERROR)
        parked = parking.waiting_of(_candidacies([event]))
    for candidacy in parked:
        parking.wake_candidacy(event.tenant_id, candidacy)


def _candidacies(events: Iterable[WebhookEvent]) -> set[str]:
    return {it.opportunity_external_id for it in events if it.status == Status.PROCESSED} - {""}


def _may_read() -> bool:
    """In the tenant's scope."""
    connection = Connection.objects.filter(status=Connection.Status.ACTIVE).first()
    return connection is not None and Capability.READ_OPPORTUNITIES in grants.capabilities(connection)


def _is_worth_reading(event: WebhookEvent, candidates: Sequence[Application]) -> bool:
    """Not of no application of ours, when it names an application, or a deletion, or was read before: the ATS would
    tell no more."""
    if not event.opportunity_external_id:
        return False
    is_told = event.application_external_id or event.looked_at or event.kind == EventKind.DELETED
    return not is_told or matching.chosen(event, candidates) is not None


class _Known:
    """What is stored that these events speak of, locked: two workers with two events of one application come one after
    the other, each seeing what is stored. In the tenant's scope."""

    def __init__(self, events: Sequence[WebhookEvent]) -> None:
        self.bodies = _locked_bodies(events)
        self.applications = list(matching.candidates_of(events).select_for_update())


def _locked_bodies(events: Iterable[WebhookEvent]) -> dict[str, list[tuple[UUID, str]]]:
    bodies = defaultdict[str, list[tuple[UUID, str]]](list)
    for key, pk, status in bodies_of(events).select_for_update().values_list("key", "pk", "status"):
        bodies[key].append((pk, status))
    return bodies


def _outcome(event: WebhookEvent, opportunity: OpportunityRecord | None, known: _Known) -> dict[str, Any]:
    if is_altered(event, known.bodies[event.key]):
        return _ended(Status.QUARANTINED, Aside.ALTERED)
    application = matching.chosen(event, known.applications) or matching.application_in(event, opportunity)
    if application is None:
        return _without_application(event, opportunity)
    ended = _ended(Status.PROCESSED, HANDLERS[EventKind(event.kind)](event, application, opportunity))
    return ended | ({"body": NOTHING} if application.erased_at else {})


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
        if not (_may_read() and _is_worth_reading(event, list(matching.candidates_of([event])))):
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
