"""Where an application stands, in the words of Appcast's contract."""

from uuid import UUID

from tenants.models import Tenant
from tenants.scoping import tenant_scope

from ..appcast.replies import ApplicationStatus, HistoryEntry, State
from ..errors import RejectedError
from ..models import Application, Delivery

WORDS = {
    Delivery.Status.READY: State.ACCEPTED,
    Delivery.Status.SENDING: State.DELIVERING,
    Delivery.Status.RETRY_WAIT: State.DELIVERING,
    Delivery.Status.UNKNOWN: State.UNCONFIRMED,
    Delivery.Status.HELD: State.NEEDS_ATTENTION,
    Delivery.Status.DELIVERED: State.DELIVERED,
    Delivery.Status.REJECTED: State.REJECTED,
}


class ApplicationUnknownError(RejectedError):
    pass


def status_of(tenant: Tenant, sender_id: UUID) -> ApplicationStatus:
    """State and history of one application; nothing personal is in it. Raises ApplicationUnknownError."""
    with tenant_scope(tenant.pk):
        applications = Application.objects.select_related("delivery").defer("document")
        application = applications.filter(sender_id=sender_id).first()
        if application is None:
            raise ApplicationUnknownError("application_unknown", "No application of this id was accepted.")
        delivery = application.delivery
        return ApplicationStatus(
            application_id=application.sender_id,
            receipt_id=application.pk,
            status=State.ERASED if application.erased_at else WORDS[Delivery.Status(delivery.status)],
            reason=delivery.error_message.english,
            ats_application_id=application.external_id or None,
            history=_history(application),
        )


def _history(application: Application) -> list[HistoryEntry]:
    accepted = HistoryEntry(status=State.ACCEPTED, at=application.accepted_at, reason="")
    tries = [
        HistoryEntry(
            status=WORDS[Delivery.Status(it.outcome)], at=it.finished_at, reason=it.error_message.english
        )
        for it in application.delivery.tries.order_by("id")
    ]
    if application.erased_at is None:
        return [accepted, *tries]
    return [accepted, *tries, HistoryEntry(status=State.ERASED, at=application.erased_at, reason="")]
