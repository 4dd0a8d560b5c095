"""The way in: handed in, confirmed by Lever's webhook, attributed to Appcast."""

from datetime import datetime

from django.contrib.humanize.templatetags.humanize import naturaltime
from django.utils.translation import gettext as _

from integrations.models import Application, Delivery
from integrations.types import Capability, EventKind
from webhooks.models import WebhookEvent

from ..evidence import Evidence
from ..models import Rehearsal
from ..webhook_evidence import WHERE, EndpointEvidence
from . import authorize
from .rehearsal_part import (
    NAME,
    NOT_ALLOWED,
    Part,
    authorize_again,
    endpoint_of,
    failed,
    is_late,
    is_reading_refused,
    proved,
    staff,
    waiting,
    why_nothing_comes,
)
from .types import Actor, Mismatch, admin, you

ANOTHER_HELPS = {"lever.not_found", "application.erased"}


def delivered(delivery: Delivery, began: datetime, evidence: Evidence) -> Part:
    title, why = _("Delivered into Lever"), str(delivery.error_message)
    if delivery.status in {Delivery.Status.HELD, Delivery.Status.REJECTED}:
        return _not_taken(title, delivery)
    if delivery.delivered_at:
        return proved(
            title, began, delivery.delivered_at, why or _("Lever took it as “%(name)s”.") % {"name": NAME}
        )
    withdrawn = authorize.tell(evidence).mismatch
    if withdrawn:
        return waiting(title, _("It is handed in once we have access again."), Actor.CUSTOMER, withdrawn)
    late = Mismatch(
        expected=_("Lever takes the application"),
        received=why
        or _("it has not been handed in yet; you started it %(when)s") % {"when": naturaltime(began)},
        who=_("nobody: we try again by ourselves"),
    )
    return waiting(
        title,
        why or _("We hand it in to Lever within seconds."),
        Actor.NOBODY,
        late if is_late(began) else None,
    )


def _not_taken(title: str, delivery: Delivery) -> Part:
    """Another rehearsal helps where it takes another job, or comes in time; the same form gets the same answers."""
    expected, why = _("Lever takes the application"), str(delivery.error_message)
    if delivery.error_code == NOT_ALLOWED:
        return failed(title, why, Actor.CUSTOMER, Mismatch(expected, why, admin(), authorize_again()))
    if delivery.error_code in ANOTHER_HELPS:
        again = _("Start another rehearsal.")
        return failed(title, why, Actor.CUSTOMER, Mismatch(expected, why, you(), again))
    return failed(title, why, Actor.STAFF, Mismatch(expected, why, staff()))


def confirmed(application: Application, began: datetime, evidence: Evidence) -> Part:
    title, since = _("Confirmed by Lever's webhook"), application.delivery.delivered_at
    if application.confirmed_at:
        says = _("Lever told us of the application (applicationCreated).")
        return proved(title, began, application.confirmed_at, says)
    if since is None:
        return waiting(title, _("Once Lever has taken it, Lever tells us so by “Application Created”."))
    endpoint = endpoint_of(evidence, EventKind.APPLICATION_CREATED)
    says, why = _("Lever will tell us so by “Application Created”."), why_nothing_comes(endpoint)
    if why is None and not is_late(since):
        return waiting(title, says, Actor.PROVIDER)
    unread = None if why else _unread_event(application)
    if unread:
        return waiting(title, says, Actor.NOBODY, unread)
    return waiting(title, says, Actor.CUSTOMER, why or _nothing_came(endpoint, since))


def _unread_event(application: Application) -> Mismatch | None:
    """It came, and Lever's own record of it cannot be read at the moment."""
    event = (
        WebhookEvent.objects.filter(application_external_id=application.external_id or None)
        .filter(status=WebhookEvent.Status.RECEIVED)
        .exclude(error_code="")
        .first()
    )
    if event is None:
        return None
    return Mismatch(
        expected=_("Lever's own record of the candidate"),
        received=str(event.error_message),
        who=_("nobody: we try again by ourselves"),
    )


def _nothing_came(endpoint: EndpointEvidence, since: datetime) -> Mismatch:
    return Mismatch(
        expected=_("“%(event)s” of this application") % {"event": endpoint.title},
        received=_("nothing since Lever took it %(when)s") % {"when": naturaltime(since)},
        who=admin(),
        path=_("%(where)s: is “%(event)s” on (blue), and is its URL the one from our page?")
        % {"where": WHERE, "event": endpoint.title},
    )


def attributed(rehearsal: Rehearsal, evidence: Evidence) -> Part:
    title, application = _("Attributed"), rehearsal.application
    label = {"label": rehearsal.tenant.source_label}
    if Capability.READ_OPPORTUNITIES not in evidence.capabilities:
        return Part(title, "unprovable", _("The permissions do not let us read the source in Lever."))
    if application.is_attributed and application.confirmed_at:
        says = _("Its source in Lever is “%(label)s”.") % label
        return proved(title, rehearsal.started_at, application.confirmed_at, says)
    if application.is_attributed is False:
        says = _("Its source in Lever is not “%(label)s”.") % label
        expected, received = _("the source “%(label)s”") % label, _("another source")
        return failed(title, says, Actor.STAFF, Mismatch(expected, received, staff()))
    return _source_not_read(title, rehearsal, evidence)


def _source_not_read(title: str, rehearsal: Rehearsal, evidence: Evidence) -> Part:
    since, why = rehearsal.application.confirmed_at, str(rehearsal.error_message)
    expected = _("Lever's own record of the candidate")
    if is_reading_refused(rehearsal):
        refused = Mismatch(expected, why, admin(), authorize_again())
        says = _("Lever does not let us read its source, although the permission was given.")
        return Part(title, "unprovable", says, mismatch=refused)
    if since and not rehearsal.is_looked_after:
        return Part(title, "unprovable", why or _("Its source in Lever was not read in time."))
    late = Mismatch(expected, why or _("no answer yet"), _("nobody: we try again by ourselves"))
    says = _("We will read its source in Lever, which must be “%(label)s”.")
    says %= {"label": rehearsal.tenant.source_label}
    withdrawn = authorize.tell(evidence).mismatch
    if withdrawn:
        return waiting(title, says, Actor.CUSTOMER, withdrawn)
    return waiting(title, says, Actor.NOBODY, late if is_late(since) else None)
