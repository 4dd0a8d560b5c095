"""What happened to one application, moment by moment: for the customer, and for staff with what else is stored."""

from collections.abc import Iterator
from operator import attrgetter

from django.utils.translation import gettext as _

from integrations.models import Application, Conversion, Delivery
from integrations.services import applications, resumes
from tenants import audit
from tenants.models import AuditEvent
from webhooks.models import WebhookEvent

from ..status import LABELS as CONVERSIONS
from . import tries
from .moments import Moment


def of(delivery: Delivery) -> list[Moment]:
    """The oldest first, in the tenant's scope. Nothing of it is personal, and nothing sealed is opened."""
    application = delivery.application
    moments = [
        *_accepted(application),
        *tries.moments(delivery),
        *_decided(delivery),
        *_confirmed(application),
        *_reported(application),
        *_erased(application),
    ]
    return sorted(moments, key=attrgetter("at"))


def for_staff(delivery: Delivery) -> list[Moment]:
    """With the webhooks that told of it."""
    return sorted([*of(delivery), *_told(delivery.application)], key=attrgetter("at"))


def _accepted(application: Application) -> Iterator[Moment]:
    yield Moment(application.accepted_at, _("Received from Appcast"), row=application)


def _decided(delivery: Delivery) -> Iterator[Moment]:
    """By staff: what they made of it, and whether they looked into it."""
    titles = {
        "delivery.sent_again": _("Appcast Customer Success sends it again"),
        "delivery.marked_arrived": _("Appcast Customer Success saw it in Lever"),
        resumes.ACTION: _("Appcast Customer Success opened the résumé"),
    }
    own = [audit.subject_of(delivery), audit.subject_of(delivery.application)]
    for event in AuditEvent.objects.filter(subject__in=own, action__in=titles):
        says = event.detail.get("reason", "")
        yield Moment(event.at, titles[event.action], says=says, detail=event.actor_label, row=event)


def _confirmed(application: Application) -> Iterator[Moment]:
    """By whichever came first."""
    if application.confirmed_at is None:
        return
    is_caught_up = Conversion.objects.filter(
        application=application, key="apply_complete", is_caught_up=True
    ).exists()
    says = _("Found in Lever's records.") if is_caught_up else _("By the webhook “Application Created”.")
    yield Moment(application.confirmed_at, _("Lever confirmed that it arrived"), says=says)


def _reported(application: Application) -> Iterator[Moment]:
    for conversion in Conversion.objects.filter(application=application):
        yield _conversion(conversion)


def _conversion(conversion: Conversion) -> Moment:
    name = str(CONVERSIONS.get(conversion.name, conversion.name))
    at, state, says = conversion.received_at, "waiting", str(conversion.error_message)
    match conversion.status:
        case Conversion.Status.SENT:
            title, state, at = _("Reported to Appcast: %(name)s"), "proved", conversion.sent_at or at
        case Conversion.Status.READY:
            title = _("To be reported to Appcast: %(name)s")
        case Conversion.Status.DEAD:
            title, state = _("Could not be reported to Appcast: %(name)s"), "failed"
        case _:
            title, says = (
                _("Something happened in Lever"),
                _("It is reported once somebody says what it means."),
            )
    heard = _("In Lever: %(status)s.") % {"status": conversion.raw_status} if conversion.raw_status else ""
    return Moment(
        at, title % {"name": name}, state, " ".join(it for it in (says, heard) if it), row=conversion
    )


def _erased(application: Application) -> Iterator[Moment]:
    if application.erased_at is None:
        return
    is_deleted = applications.is_deleted_in_ats(application)
    says = _("The candidate was deleted in Lever.") if is_deleted else _("Their time was over.")
    yield Moment(application.erased_at, _("Personal data erased on our side"), says=says)


def _told(application: Application) -> Iterator[Moment]:
    if not application.opportunity_external_id:
        return
    # Of the same tenant: the desk sees all, and anybody's webhook may name any candidacy.
    events = WebhookEvent.objects.filter(
        tenant=application.tenant_id, opportunity_external_id=application.opportunity_external_id
    )
    for event in events.defer("body"):
        title = f"Webhook {event.name}: {event.get_status_display()}"
        yield Moment(event.received_at, title, "unprovable", event.outcome, row=event)
