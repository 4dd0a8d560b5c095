"""The way back: reported to Appcast, moved by the customer, that reported too, and archived in the end."""

from datetime import datetime
from functools import partial

from django.utils.translation import gettext as _

from integrations.appcast.conversions import ConversionName
from integrations.models import Application, Conversion, StageMapping
from integrations.services import applications
from integrations.types import Capability, EventKind

from ..evidence import Evidence
from ..models import Rehearsal
from ..webhook_evidence import WHERE
from .rehearsal_part import (
    NAME,
    Part,
    endpoint_of,
    failed,
    is_late,
    is_reading_refused,
    is_refused,
    proved,
    staff,
    waiting,
    why_nothing_comes,
)
from .types import Actor, Mismatch

# What a stage may mean to which a test candidate is moved, the most telling first.
ONWARDS = (
    ConversionName.INTERVIEW,
    ConversionName.REVIEWED,
    ConversionName.ASSESSMENT,
    ConversionName.APPLICATION_RECEIVED,
    ConversionName.BACKGROUND_CHECK,
    ConversionName.OFFER,
)


def reported(arrival: Conversion | None, began: datetime) -> Part:
    title = _("Reported to Appcast")
    if arrival and arrival.sent_at:
        return proved(
            title,
            began,
            arrival.sent_at,
            _("Appcast knows that the application is complete (apply_complete)."),
        )
    says = _("Appcast is told that the application is complete (apply_complete) once Lever has confirmed it.")
    return _untold(title, says, arrival)


def _untold(title: str, says: str, conversion: Conversion | None) -> Part:
    if conversion is None:
        return waiting(title, says)
    why = Mismatch(
        expected=_("Appcast takes “%(event)s”") % {"event": conversion.name},
        received=str(conversion.error_message) or _("it has not been told yet"),
        who=staff(),
    )
    if conversion.status == Conversion.Status.DEAD:
        return failed(title, says, Actor.STAFF, why)
    if is_late(conversion.received_at):
        return waiting(title, says, Actor.STAFF, why)
    return waiting(title, says)


def moved(application: Application, began: datetime, evidence: Evidence) -> Part:
    title, name = _("Moved to another stage"), {"name": NAME}
    if application.stage_changed_at:
        says = _("It stands in another stage in Lever.")
        return proved(title, began, application.stage_changed_at, says)
    if application.erased_at:
        return failed(title, _why_erased(application), Actor.CUSTOMER)
    since = application.delivery.delivered_at
    if since is None:
        return waiting(title, _("Once it has arrived, you move “%(name)s” to another stage in Lever.") % name)
    endpoint = endpoint_of(evidence, EventKind.STAGE_CHANGED)
    says = _task(application)
    if is_late(since):
        says += " " + _("Have you done so? Then check in Lever that “%(event)s” is on (blue): %(where)s.") % {
            "event": endpoint.title,
            "where": WHERE,
        }
    return waiting(title, says, Actor.CUSTOMER, why_nothing_comes(endpoint))


def _why_erased(application: Application) -> str:
    if applications.is_deleted_in_ats(application):
        return _("The test candidate was deleted in Lever. Start another rehearsal.")
    return _(
        "“%(name)s” was not moved before our copies of it were erased by their date. Start another rehearsal, and "
        "archive the one that still stands in Lever."
    ) % {"name": NAME}


def _task(application: Application) -> str:
    """With an example, so that nobody has to look one up."""
    example = _next_stage(application)
    if example is None:
        return _("Move “%(name)s” in Lever to a stage that is reported to Appcast.") % {"name": NAME}
    return _("Move “%(name)s” in Lever to a stage that is reported to Appcast, such as “%(stage)s”.") % {
        "name": NAME,
        "stage": example.stage_name,
    }


def _next_stage(application: Application) -> StageMapping | None:
    """Where an applicant would go from here: nobody is contacted who has applied, and a test ends nobody's way."""
    named = StageMapping.objects.filter(conversion__in=ONWARDS).exclude(stage_name="")
    others = named.exclude(stage_external_id=application.stage_external_id).order_by("pk")
    return min(others, key=lambda it: ONWARDS.index(it.conversion), default=None)


def stage_reported(application: Application, began: datetime, conversion: Conversion | None) -> Part:
    """Waits for the customer where they moved it to a stage of which Appcast learns nothing."""
    title = _("Stage reported to Appcast")
    if conversion and conversion.sent_at:
        return proved(title, began, conversion.sent_at, _("Appcast has taken the stage's event."))
    stage_id = application.stage_external_id
    mapping = StageMapping.objects.filter(stage_external_id=stage_id).first() if stage_id else None
    if application.stage_changed_at is None:
        return waiting(title, _("Appcast will be told of the stage once the candidate has been moved."))
    if mapping and mapping.conversion:
        return _untold(title, _("Appcast is being told of the stage."), conversion)
    says = (
        _("The stage that it is in is not reported. Move “%(name)s” on, to one that is reported.")
        if mapping
        else _(
            "The stage that it is in has no decision on the step “Record the hiring stages” yet. Decide there, or "
            "move “%(name)s” on, to one that is reported."
        )
    )
    return waiting(title, says % {"name": NAME}, Actor.CUSTOMER)


def archived(rehearsal: Rehearsal, evidence: Evidence) -> Part:
    """By our hand, or by the customer's; nothing that comes after the rehearsal waits for it."""
    part = partial(Part, _("Test candidate archived"), is_needed=False)
    name, at = {"name": NAME}, rehearsal.application.archived_at
    if at:
        seconds = max((at - rehearsal.started_at).total_seconds(), 0)
        return part("proved", _("“%(name)s” is in Lever's archive.") % name, at, seconds)
    if rehearsal.is_looked_after and is_archived_by_us(evidence, rehearsal):
        return part("waiting", _("We archive “%(name)s” in Lever once all the rest is proved.") % name)
    if _is_archive_seen(rehearsal, evidence):
        says = _("In Lever, open Candidates > %(name)s, press Archive and choose a reason.")
        return part("waiting", says % name, actor=Actor.CUSTOMER)
    says = _(
        "In Lever, open Candidates > %(name)s, press Archive and choose a reason. Neither your permissions nor a "
        "webhook let us see it."
    )
    return part("unprovable", says % name, actor=Actor.CUSTOMER)


def _is_archive_seen(rehearsal: Rehearsal, evidence: Evidence) -> bool:
    """By reading, or by its webhook."""
    may_read = Capability.READ_OPPORTUNITIES in evidence.capabilities and not is_reading_refused(rehearsal)
    heard = {it.endpoint.event_kind for it in evidence.endpoints if it.has_secret}
    return (rehearsal.is_looked_after and may_read) or EventKind.ARCHIVED in heard


def is_archived_by_us(evidence: Evidence, rehearsal: Rehearsal | None) -> bool:
    may = {Capability.READ_OPPORTUNITIES, Capability.ARCHIVE} <= evidence.capabilities
    return may and not (rehearsal and is_refused(rehearsal))
