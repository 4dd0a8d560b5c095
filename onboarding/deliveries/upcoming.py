"""What comes next for an application, when, and who acts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from integrations.models import Delivery
from tenants.models import Tenant

from ..steps import BY_KEY
from .reasons import reason_of

Status = Delivery.Status


@dataclass(frozen=True, slots=True)
class Next:
    """`why` it rests, where it does; `step` is the page of the checklist on which the customer acts."""

    says: str
    at: datetime | None = None
    why: str = ""
    step: str = ""

    @property
    def where(self) -> str:
        return str(BY_KEY[self.step].title) if self.step else ""


def upcoming(tenant: Tenant, delivery: Delivery) -> Next | None:
    """None where nothing more happens to it here."""
    if delivery.application.erased_at:
        return None
    match delivery.status:
        case Status.HELD | Status.REJECTED:
            reason = reason_of(delivery)
            return Next(str(reason.next), why=str(reason.title), step=reason.step)
        case Status.DELIVERED if delivery.application.confirmed_at:
            return None
        case Status.DELIVERED:
            return Next(_("Lever's webhook “Application Created” is awaited."))
        case _ if tenant.status == Tenant.Status.PAUSED:
            return Next(_("It waits while the connection is paused."))
        case Status.SENDING:
            return Next(_("It is being handed to Lever."))
        case Status.UNKNOWN:
            return Next(_("We ask again whether it has arrived:"), delivery.next_attempt_at)
        case Status.RETRY_WAIT:
            return Next(_("It is tried again:"), delivery.next_attempt_at)
    return Next(_("It is handed in at its turn, mostly within seconds."))


def kept_until(tenant: Tenant, delivery: Delivery) -> datetime | None:
    """When the personal part is erased on our side, where that is known."""
    if delivery.delivered_at is None or delivery.application.erased_at:
        return None
    return delivery.delivered_at + timedelta(days=tenant.retention_days)
