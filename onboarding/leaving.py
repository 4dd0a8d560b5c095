"""Ending a connection: what goes at once, what Lever's side still switches off, until when it can be taken back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.models import AuthorizationAttempt, SenderSecret
from integrations.services import bell
from integrations.services.upkeep import UNDELIVERED_KEPT_FOR
from tenants import audit, invitations
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from webhooks.models import RejectedRequest, SigningSecret

from . import golive, leaving_mail, lever_side, pauses
from .models import Departure, LiveRequest
from .notices import ledger
from .standing import changing

ENDED = (Departure.Status.CLOSING, Departure.Status.ENDED)
OPEN = (Departure.Status.ASKED, *ENDED)
# What opens something, and what was never proved to be ours to keep.
GONE_AT_ONCE = (SenderSecret, SigningSecret, AuthorizationAttempt, RejectedRequest)


class LeavingError(Exception):
    """This cannot be done where the tenant is now; the message says why."""


@dataclass(frozen=True, slots=True)
class Retention:
    """Of an applicant's data: after the delivery, or waiting for one; `until` is when all would go, ended now."""

    days: int
    waiting_days: int
    until: datetime


def departure_of(tenant: Tenant) -> Departure | None:
    """The open one. In the tenant's scope."""
    return Departure.objects.select_related("by").filter(tenant=tenant, status__in=OPEN).first()


def retention_of(tenant: Tenant) -> Retention:
    days = tenant.retention_days
    return Retention(days, UNDELIVERED_KEPT_FOR.days, timezone.now() + timedelta(days=days))


def resume(tenant: Tenant, by: User) -> None:
    """What Customer Success paused, Customer Success resumes. Raises LeavingError, NotReadyError."""
    with changing(tenant):
        pause = pauses.pause_of(tenant)
        if pause and not pause.is_ours:
            raise LeavingError(_("Appcast Customer Success paused this connection: please ask them."))
        golive.resume(tenant, by)


def ask(tenant: Tenant, by: User) -> None:
    """Customer Success goes through it with who also uses the StepStone product. Asking twice asks once."""
    with tenant_scope(tenant.pk):
        departure, is_new = Departure.objects.get_or_create(
            tenant=tenant, status=Departure.Status.ASKED, defaults={"by": by}
        )
        if is_new:
            audit.record("tenant.leaving_asked", departure, tenant_id=tenant.pk, actor=by)


def end_by_customer(tenant: Tenant, by: User) -> Departure:
    """Raises LeavingError, also where Customer Success must be asked first."""
    if tenant.uses_stepstone:
        raise LeavingError(_("Your company also uses the StepStone product: please ask Appcast first."))
    return end(tenant, by)


def end(tenant: Tenant, by: User) -> Departure:
    """All that opens anything here goes at once; what Lever gave us, once the worker has switched off what it can.

    Raises LeavingError.
    """
    with changing(tenant):
        if tenant.has_ended:
            raise LeavingError(_("This connection was ended already."))
        departure = _ended(tenant, by)
        ledger.end_all()
        bell.ring(departure)
        transaction.on_commit(lambda: leaving_mail.send(departure))
    return departure


def look(tenant: Tenant) -> None:
    """Once more at what can still be seen of Lever's side."""
    with tenant_scope(tenant.pk):
        departure = Departure.objects.filter(status=Departure.Status.ENDED).first()
    if departure:
        seen = {**departure.seen, **lever_side.feed_seen(tenant)}
        with tenant_scope(tenant.pk):
            Departure.objects.filter(pk=departure.pk).update(seen=seen)


def take_back_by_customer(tenant: Tenant, by: User) -> None:
    """What Customer Success ended, Customer Success takes back. Raises LeavingError."""
    with changing(tenant):
        departure = departure_of(tenant)
        if departure and not departure.is_ours:
            raise LeavingError(_("Appcast Customer Success ended this connection: please ask them."))
        take_back(tenant, by)


def take_back(tenant: Tenant, by: User) -> None:
    """Until the erasure: everything but the secrets is still there, and is set up from there. Raises LeavingError."""
    with changing(tenant):
        ended = Departure.objects.filter(status__in=ENDED, erased={}, leased_until=None)
        if not ended.update(status=Departure.Status.TAKEN_BACK, next_attempt_at=None):
            raise LeavingError(_("There is nothing left to take back: the records were erased."))
        tenant.status, tenant.live_at = Tenant.Status.ONBOARDING, None
        tenant.save(update_fields=["status", "live_at"])
        audit.record("tenant.end_taken_back", tenant, tenant_id=tenant.pk, actor=by)


def _ended(tenant: Tenant, by: User) -> Departure:
    now, seen = timezone.now(), lever_side.switched_on(tenant)
    for model in GONE_AT_ONCE:
        model.objects.filter(tenant=tenant).delete()
    invitations.revoke_all()
    LiveRequest.objects.filter(tenant=tenant, answered_at=None).delete()
    tenant.status = Tenant.Status.OFFBOARDED
    tenant.save(update_fields=["status"])
    departure = departure_of(tenant) or Departure(tenant=tenant)
    departure.status, departure.by, departure.seen = Departure.Status.CLOSING, by, seen
    departure.ended_at = departure.next_attempt_at = now
    departure.erase_at = now + timedelta(days=tenant.retention_days)
    departure.save()
    audit.record(
        "tenant.offboarded", tenant, tenant_id=tenant.pk, actor=by, erase_at=departure.erase_at.isoformat()
    )
    return departure
