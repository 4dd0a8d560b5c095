"""What is stored, read across all tenants."""

from tenants.scoping import across_tenants
from webhooks.models import RejectedRequest, WebhookEvent


def events() -> list[WebhookEvent]:
    """The oldest first."""
    with across_tenants("a test looks"):
        return list(WebhookEvent.objects.order_by("received_at"))


def event() -> WebhookEvent:
    (only,) = events()
    return only


def rejected() -> list[RejectedRequest]:
    with across_tenants("a test looks"):
        return list(RejectedRequest.objects.order_by("received_at"))


def reasons() -> list[str]:
    return [it.reason for it in rejected()]
