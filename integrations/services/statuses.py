"""Where an application stands, in the words of Appcast's contract."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from tenants.models import Tenant
from tenants.scoping import tenant_scope

from ..appcast.listing import Place, Wanted
from ..appcast.replies import ApplicationStatus, HistoryEntry, ListedApplication, Listing, State
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
        application = _rows().filter(sender_id=sender_id).first()
        if application is None:
            raise ApplicationUnknownError("application_unknown", "No application of this id was accepted.")
        return ApplicationStatus(**_standing(application), history=_history(application))


def listed(tenant: Tenant, wanted: Wanted) -> Listing:
    """A page of them, newest first, likewise; in one query whatever is wanted."""
    with tenant_scope(tenant.pk):
        found = list(_fitting(wanted).order_by("-accepted_at", "-id")[: wanted.limit + 1])
    shown = found[: wanted.limit]
    return Listing(
        applications=[_listed(it) for it in shown],
        next_cursor=str(Place(shown[-1].accepted_at, shown[-1].pk)) if len(found) > len(shown) else None,
    )


def _rows() -> QuerySet[Application]:
    return Application.objects.select_related("delivery").defer("document")


def _fitting(wanted: Wanted) -> QuerySet[Application]:
    rows = _rows().filter(_in_state(wanted.status))
    if wanted.since:
        rows = rows.filter(accepted_at__gte=wanted.since)
    if wanted.until:
        rows = rows.filter(accepted_at__lt=wanted.until)
    if wanted.job_reference:
        rows = rows.filter(job_reference=wanted.job_reference)
    return _behind(rows, wanted.cursor) if wanted.cursor else rows


def _in_state(states: Collection[State]) -> Q:
    """What was erased is told as that, however its delivery ended."""
    if not states:
        return Q()
    of_delivery = [status for status, word in WORDS.items() if word in states]
    is_so = Q(erased_at=None, delivery__status__in=of_delivery)
    return is_so | Q(erased_at__isnull=False) if State.ERASED in states else is_so


def _behind(rows: QuerySet[Application], place: Place) -> QuerySet[Application]:
    """The first condition is what the index is entered by."""
    of_that_moment = Q(accepted_at=place.accepted_at, id__gte=place.receipt_id)
    return rows.filter(accepted_at__lte=place.accepted_at).exclude(of_that_moment)


def _listed(application: Application) -> ListedApplication:
    return ListedApplication(
        **_standing(application),
        job_reference=application.job_reference,
        test=application.is_test,
        accepted_at=application.accepted_at,
    )


def _standing(application: Application) -> dict[str, Any]:
    delivery = application.delivery
    return {
        "application_id": application.sender_id,
        "receipt_id": application.pk,
        "status": State.ERASED if application.erased_at else WORDS[Delivery.Status(delivery.status)],
        "reason": delivery.error_message.english,
        "ats_application_id": application.external_id or None,
    }


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
