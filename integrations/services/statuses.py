"""Where an application stands, in the words of Appcast's contract."""

from uuid import UUID

from tenants.models import Tenant
from tenants.scoping import tenant_scope

from ..models import Application, Delivery

WORDS = {
    Delivery.Status.READY: "accepted",
    Delivery.Status.SENDING: "delivering",
    Delivery.Status.RETRY_WAIT: "delivering",
    Delivery.Status.UNKNOWN: "unconfirmed",
    Delivery.Status.HELD: "needs_attention",
    Delivery.Status.DELIVERED: "delivered",
    Delivery.Status.REJECTED: "rejected",
}


def status_of(tenant: Tenant, sender_id: UUID) -> dict[str, object] | None:
    """State and history of one application; nothing personal is in it."""
    with tenant_scope(tenant.pk):
        application = Application.objects.select_related("delivery").filter(sender_id=sender_id).first()
        if application is None:
            return None
        delivery = application.delivery
        state = "erased" if application.erased_at else WORDS[Delivery.Status(delivery.status)]
        return {
            "application_id": str(application.sender_id),
            "receipt_id": str(application.pk),
            "status": state,
            "reason": delivery.error_message.english,
            "ats_application_id": application.external_id or None,
            "history": _history(application),
        }


def _history(application: Application) -> list[dict[str, str]]:
    accepted = {"status": "accepted", "at": application.accepted_at.isoformat(), "reason": ""}
    tries = [
        {
            "status": WORDS[Delivery.Status(it.outcome)],
            "at": it.finished_at.isoformat(),
            "reason": it.error_message.english,
        }
        for it in application.delivery.tries.order_by("id")
    ]
    erased = (
        [{"status": "erased", "at": application.erased_at.isoformat(), "reason": ""}]
        if application.erased_at
        else []
    )
    return [accepted, *tries, *erased]
