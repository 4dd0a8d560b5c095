"""What each event, told by a webhook or found, means for an application of ours.

Each handler answers with a sentence for the log of events. Each may run again for the same event, and in any order
among others: what it writes is a function of facts. The application is locked. What the ATS's own record does not show
is reported, but as not verified.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

from integrations.models import Application, ArchiveReason, Stage
from integrations.services import applications, archive_reasons, conversions, stage_readings
from integrations.services.conversions import HIRED, Happening
from integrations.types import EventKind, OpportunityRecord

from .findings import Finding, nearest
from .models import WebhookEvent

Happened: TypeAlias = WebhookEvent | Finding
Handler = Callable[[Happened, Application, OpportunityRecord | None], str]


def arrived(event: Happened, application: Application, opportunity: OpportunityRecord | None) -> str:
    known = opportunity.application_external_ids if opportunity else ()
    application.external_id = application.external_id or event.application_external_id
    application.opportunity_external_id = application.opportunity_external_id or event.opportunity_external_id
    application.confirmed_at = min(application.confirmed_at or event.triggered_at, event.triggered_at)
    if opportunity:
        application.is_attributed = application.tenant.source_label in opportunity.sources
    application.save(
        update_fields=["external_id", "opportunity_external_id", "confirmed_at", "is_attributed"]
    )
    _report(event, application, is_verified=application.external_id in known)
    return "the application has arrived in the ATS"


def moved(event: Happened, application: Application, opportunity: OpportunityRecord | None) -> str:
    if not event.stage_external_id:
        return "the event names no stage"
    current = opportunity.stage_external_id if opportunity else ""
    if _is_newest(event, application):
        application.stage_external_id = current or event.stage_external_id
        application.stage_changed_at = event.triggered_at
        application.save(update_fields=["stage_external_id", "stage_changed_at"])
    moves = opportunity.moves if opportunity else ()
    is_verified = event.stage_external_id in {current, *(it.stage_external_id for it in moves)}
    recorded = nearest(moves, event.stage_external_id, event.triggered_at)
    is_held = _report(event, application, is_verified, moved_at=recorded.at if recorded else None)
    if is_held and not Stage.objects.filter(external_id=event.stage_external_id).exists():
        stage_readings.hasten()
        return "moved to a stage that is not known here"
    return "moved to another stage"


def hired(event: Happened, application: Application, opportunity: OpportunityRecord | None) -> str:
    """The archive's event of the same hire makes no second conversion: both come here."""
    reasons = ArchiveReason.objects.filter(is_hired=True).values_list("external_id", flat=True)
    is_verified = opportunity is not None and opportunity.archive_reason_external_id in reasons
    _report(event, application, is_verified)
    return "hired"


def archived(event: Happened, application: Application, opportunity: OpportunityRecord | None) -> str:
    reason_id = event.archive_reason_external_id
    if not reason_id:
        return "taken out of the archive"
    if opportunity is None or opportunity.archive_reason_external_id:
        applications.note_archived(application, event.triggered_at)
    reason = ArchiveReason.objects.filter(external_id=reason_id).first()
    if reason and reason.is_hired:
        return hired(event, application, opportunity)
    is_verified = opportunity is not None and opportunity.archive_reason_external_id == reason_id
    _report(event, application, is_verified)
    if reason is None:
        archive_reasons.hasten()
        return "archived for a reason that is not known here"
    return f"archived: {reason.name}"[:200]


def deleted(event: Happened, application: Application, opportunity: OpportunityRecord | None) -> str:
    if application.erased_at is None:
        applications.erase(application, reason=applications.DELETED_IN_ATS)
    return "deleted in the ATS: our copies are erased"


HANDLERS: dict[EventKind, Handler] = {
    EventKind.APPLICATION_CREATED: arrived,
    EventKind.STAGE_CHANGED: moved,
    EventKind.HIRED: hired,
    EventKind.ARCHIVED: archived,
    EventKind.DELETED: deleted,
}


def _is_newest(event: Happened, application: Application) -> bool:
    """By the ATS's time, and where two share a millisecond by the greater key, however they came."""
    if application.stage_changed_at != event.triggered_at:
        return application.stage_changed_at is None or application.stage_changed_at < event.triggered_at
    later = WebhookEvent.objects.filter(
        opportunity_external_id=event.opportunity_external_id,
        kind=EventKind.STAGE_CHANGED,
        status=WebhookEvent.Status.PROCESSED,
        triggered_at=event.triggered_at,
        key__gt=event.key,
    )
    return not later.exists()


def happening_of(
    event: Happened, is_verified: bool = False, moved_at: datetime | None = None
) -> Happening | None:
    """What Appcast is to hear of it, if anything; once for each `key` of an application."""
    to_report = _to_report(event)
    if to_report is None:
        return None
    happening = Happening(
        occurred_at=event.triggered_at,
        received_at=event.received_at,
        is_verified=is_verified,
        is_caught_up=isinstance(event, Finding),
        moved_at=moved_at,
        **to_report,
    )
    return conversions.by_reason(happening)


def _to_report(event: Happened) -> dict[str, Any] | None:
    match event.kind:
        case EventKind.APPLICATION_CREATED:
            return {"key": "apply_complete", "name": "apply_complete"}
        case EventKind.STAGE_CHANGED if stage := event.stage_external_id:
            return {"key": f"stage:{event.key}", "stage_external_id": stage}
        case EventKind.HIRED:
            return {**HIRED}
        case EventKind.ARCHIVED if reason := event.archive_reason_external_id:
            return {"key": f"archived:{reason}"[:100], "archive_reason_external_id": reason}
    return None


def _report(
    event: Happened, application: Application, is_verified: bool, moved_at: datetime | None = None
) -> bool:
    """Whether it is held."""
    happening = happening_of(event, is_verified, moved_at)
    return happening is not None and conversions.report(application, happening)
