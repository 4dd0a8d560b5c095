"""Stored events become what they mean. Order is not promised: every order of arrival ends in the same state."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from integrations.errors import IntegrationError, RateLimitedError
from integrations.models import Application, Connection
from integrations.services import grants, work
from integrations.types import Capability, EventKind, OpportunityRecord
from tenants.scoping import tenant_scope

from .handlers import HANDLERS
from .models import WebhookEvent

PARKED_FOR = timedelta(days=30)
LONGEST_PAUSE = timedelta(hours=6)
MOST_ATTEMPTS_OF_LOOKING = 12


def process(event_id: str) -> None:
    event = work.claim(WebhookEvent, event_id)
    if event is None:
        return
    with tenant_scope(event.tenant_id):
        is_altered = WebhookEvent.objects.filter(key=event.key, received_at__lt=event.received_at).exists()
        application = None if is_altered else _application_of(event)
    if work.is_worn_out(event):
        _end(event, WebhookEvent.Status.DEAD, "its processing broke our worker several times")
    elif is_altered:
        _end(event, WebhookEvent.Status.QUARANTINED, "the same signature came before with another body")
    elif application is None:
        _find_or_park(event)
    else:
        _handle(event, application)


def _application_of(event: WebhookEvent) -> Application | None:
    """Ours, by the ATS's id of the application or of the candidacy."""
    by_application = Q(external_id=event.application_external_id) & ~Q(external_id="")
    by_opportunity = Q(opportunity_external_id=event.opportunity_external_id) & ~Q(opportunity_external_id="")
    return Application.objects.filter(by_application | by_opportunity).first()


def _find_or_park(event: WebhookEvent) -> None:
    """Ours may be on its way still. Where the grant allows, the ATS tells which applications a candidacy has."""
    if event.received_at < timezone.now() - PARKED_FOR:
        _end(event, WebhookEvent.Status.IGNORED, "not of an application that came through Appcast")
        return
    try:
        opportunity = _read(event)
    except IntegrationError as error:
        _try_later(event, error)
        return
    with tenant_scope(event.tenant_id):
        application = _of_opportunity(event, opportunity) if opportunity else None
    if application:
        _handle(event, application)
    else:
        _park(event)


def _of_opportunity(event: WebhookEvent, opportunity: OpportunityRecord) -> Application | None:
    ids = [external_id for external_id in opportunity.application_external_ids if external_id]
    application = Application.objects.filter(external_id__in=ids).first()
    if application and not application.opportunity_external_id:
        application.opportunity_external_id = event.opportunity_external_id
        application.save(update_fields=["opportunity_external_id"])
    return application


def _handle(event: WebhookEvent, application: Application) -> None:
    """With the right to read, the ATS's own record is asked: the signature does not cover the body."""
    try:
        opportunity = _read(event)
    except IntegrationError as error:
        _try_later(event, error)
        return
    with tenant_scope(event.tenant_id):
        outcome = HANDLERS[EventKind(event.kind)](event, application, opportunity)
        work.record(
            event,
            status=WebhookEvent.Status.PROCESSED,
            outcome=outcome,
            processed_at=timezone.now(),
            next_attempt_at=None,
            **work.NO_ERROR,
        )


def _read(event: WebhookEvent) -> OpportunityRecord | None:
    """The candidacy as the ATS has it; None where the grant does not let us read, or it is deleted."""
    with tenant_scope(event.tenant_id):
        connection = Connection.objects.filter(status=Connection.Status.ACTIVE).first()
    may_read = connection and Capability.READ_OPPORTUNITIES in grants.capabilities(connection)
    if not may_read or not event.opportunity_external_id or event.kind == EventKind.DELETED:
        return None
    return grants.call(event.tenant_id, lambda client: client.opportunity(event.opportunity_external_id))


def _park(event: WebhookEvent) -> None:
    pause = min(timedelta(seconds=5) * 2 ** min(event.attempts, 20), LONGEST_PAUSE)
    with tenant_scope(event.tenant_id):
        work.record(
            event,
            status=WebhookEvent.Status.PARKED,
            outcome="no application of ours is known for it yet",
            next_attempt_at=work.after(pause),
            **work.NO_ERROR,
        )


def _try_later(event: WebhookEvent, error: IntegrationError) -> None:
    if event.attempts >= MOST_ATTEMPTS_OF_LOOKING:
        _end(event, WebhookEvent.Status.DEAD, f"could not be verified: {error.message}"[:200])
        return
    asked = error.retry_after if isinstance(error, RateLimitedError) else None
    pause = asked or min(timedelta(seconds=5) * 2**event.attempts, LONGEST_PAUSE)
    with tenant_scope(event.tenant_id):
        work.record(event, next_attempt_at=work.after(pause), **work.failure(error))


def _end(event: WebhookEvent, status: WebhookEvent.Status, outcome: str) -> None:
    with tenant_scope(event.tenant_id):
        work.record(event, status=status, outcome=outcome, next_attempt_at=None, processed_at=timezone.now())


def replay(event: WebhookEvent) -> None:
    """Process it once more; what it did already is not done twice."""
    with tenant_scope(event.tenant_id):
        WebhookEvent.objects.filter(pk=event.pk).update(
            status=WebhookEvent.Status.RECEIVED, next_attempt_at=timezone.now(), attempts=0, unfinished=0
        )
