"""What each event means for an application of ours. Each handler answers with a sentence for the log of events.

Each may run again for the same event, and in any order among others: what it writes is a function of facts.
"""

from collections.abc import Callable

from integrations.models import Application, ArchiveReason
from integrations.services import applications, conversions
from integrations.services.conversions import Happening
from integrations.types import EventKind, OpportunityRecord

from .models import WebhookEvent

Handler = Callable[[WebhookEvent, Application, OpportunityRecord | None], str]


def arrived(event: WebhookEvent, application: Application, opportunity: OpportunityRecord | None) -> str:
    application.opportunity_external_id = application.opportunity_external_id or event.opportunity_external_id
    application.confirmed_at = application.confirmed_at or event.triggered_at
    if opportunity:
        application.is_attributed = application.tenant.source_label in opportunity.sources
    application.save(update_fields=["opportunity_external_id", "confirmed_at", "is_attributed"])
    conversions.report(
        application, _happening(event, opportunity, key="apply_complete", name="apply_complete")
    )
    return "the application has arrived in the ATS"


def moved(event: WebhookEvent, application: Application, opportunity: OpportunityRecord | None) -> str:
    if not event.stage_external_id:
        return "the event names no stage"
    is_newest = application.stage_changed_at is None or application.stage_changed_at <= event.triggered_at
    if is_newest:
        application.stage_external_id = event.stage_external_id
        application.stage_changed_at = event.triggered_at
        application.save(update_fields=["stage_external_id", "stage_changed_at"])
    conversions.report(
        application,
        _happening(
            event, opportunity, key=f"stage:{event.key}"[:100], stage_external_id=event.stage_external_id
        ),
    )
    return "moved to another stage"


def hired(event: WebhookEvent, application: Application, opportunity: OpportunityRecord | None) -> str:
    """The archive's event of the same hire makes no second conversion: both share the key."""
    conversions.report(application, _happening(event, opportunity, key="hired", name="hired"))
    return "hired"


def archived(event: WebhookEvent, application: Application, opportunity: OpportunityRecord | None) -> str:
    reason_id = event.archive_reason_external_id
    if not reason_id:
        return "taken out of the archive"
    reason = ArchiveReason.objects.filter(external_id=reason_id).first()
    if reason is None:
        return "archived for a reason that is not known here"
    key = "hired" if reason.is_hired else f"archived:{reason_id}"
    conversions.report(
        application,
        _happening(event, opportunity, key=key[:100], name=reason.conversion, raw_status=reason.name),
    )
    return f"archived: {reason.name}"


def deleted(event: WebhookEvent, application: Application, opportunity: OpportunityRecord | None) -> str:
    if application.erased_at is None:
        applications.erase(application, reason="deleted in the ATS")
    return "deleted in the ATS: our copies are erased"


HANDLERS: dict[EventKind, Handler] = {
    EventKind.APPLICATION_CREATED: arrived,
    EventKind.STAGE_CHANGED: moved,
    EventKind.HIRED: hired,
    EventKind.ARCHIVED: archived,
    EventKind.DELETED: deleted,
}


def _happening(
    event: WebhookEvent,
    opportunity: OpportunityRecord | None,
    *,
    key: str,
    name: str = "",
    stage_external_id: str = "",
    raw_status: str = "",
) -> Happening:
    return Happening(
        key=key,
        occurred_at=event.triggered_at,
        received_at=event.received_at,
        is_verified=opportunity is not None,
        stage_external_id=stage_external_id,
        name=name,
        raw_status=raw_status,
    )
