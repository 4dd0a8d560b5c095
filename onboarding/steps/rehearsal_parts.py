"""The parts of a rehearsal, read from rows that others wrote: what is proved, who acts next, and why it takes long."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter

from django.contrib.humanize.templatetags.humanize import naturaltime
from django.utils import timezone
from django.utils.formats import date_format, number_format, time_format
from django.utils.timesince import timesince
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from integrations.models import Application, Conversion, Delivery, StageMapping
from integrations.types import Capability, EventKind
from webhooks.models import WebhookEvent

from ..evidence import Evidence
from ..models import Rehearsal
from ..webhook_evidence import WHERE, EndpointEvidence
from . import authorize, webhook_mismatches
from .types import Actor, Mismatch, admin, you

NAME = "Appcast Rehearsal"
SECONDS_ARE_TOLD_UP_TO = 120
# What takes longer says why.
LATE_AFTER = timedelta(seconds=30)
# Lever's no although the permission was given.
NOT_ALLOWED = "lever.scope_missing"


@dataclass(frozen=True, slots=True)
class Part:
    """`state` is proved, waiting, failed or unprovable (we may not look); one that waits says who acts next.

    The whole way goes without a part that is not `is_needed`.
    """

    title: str
    state: str
    says: str
    at: datetime | None = None
    seconds: float | None = None
    actor: Actor = Actor.NOBODY
    mismatch: Mismatch | None = None
    is_needed: bool = True

    @property
    def when(self) -> str:
        """The time of day; with the date where it is not the day of the start."""
        if self.at is None or self.seconds is None:
            return ""
        at, began = localtime(self.at), localtime(self.at - timedelta(seconds=self.seconds))
        is_same_day = at.date() == began.date()
        return time_format(at, "H:i:s") if is_same_day else _unbroken(date_format(at, "DATETIME_FORMAT"))

    @property
    def took(self) -> str:
        """From the start, in seconds while they say more than minutes."""
        if self.at is None or self.seconds is None:
            return ""
        if self.seconds < SECONDS_ARE_TOLD_UP_TO:
            return _("%(seconds)s s") % {"seconds": number_format(round(self.seconds, 1), 1)}
        return timesince(self.at - timedelta(seconds=self.seconds), self.at)


def progress(rehearsal: Rehearsal, evidence: Evidence) -> Sequence[Part]:
    """In the tenant's scope; told of the same rows several times a page, and so from what was read with them."""
    application, began = rehearsal.application, rehearsal.started_at
    conversions = application.conversions.all()
    arrival = next((it for it in conversions if it.key == "apply_complete"), None)
    of_stages = [it for it in conversions if it.raw_stage_id]
    sent = [it for it in of_stages if it.status == Conversion.Status.SENT]
    reported = min(sent, key=attrgetter("sent_at"), default=None)
    return [
        _proved(_("Accepted"), began, began, _("It is stored here.")),
        _delivered(application.delivery, began, evidence),
        _confirmed(application, began, evidence),
        _attributed(rehearsal, evidence),
        _reported(arrival, began),
        _moved(application, began, evidence),
        _stage_reported(application, began, reported or next(iter(of_stages), None)),
        _archived(rehearsal, evidence),
    ]


def went_the_whole_way(parts: Sequence[Part]) -> bool:
    """What we may not look at is no failure."""
    return all(part.state in {"proved", "unprovable"} for part in needed(parts))


def _unbroken(told: str) -> str:
    """A date is read in one line, on a phone too."""
    return told.replace(" ", "\N{NO-BREAK SPACE}")


def took(parts: Sequence[Part]) -> str:
    """From the start to the last of what is needed."""
    ended = [part for part in needed(parts) if part.seconds is not None]
    return max(ended, key=attrgetter("seconds")).took if ended else ""


def is_on_its_way(parts: Sequence[Part]) -> bool:
    return not went_the_whole_way(parts) and all(part.state != "failed" for part in needed(parts))


def needed(parts: Sequence[Part]) -> Sequence[Part]:
    return [part for part in parts if part.is_needed]


def is_archived_by_us(evidence: Evidence, rehearsal: Rehearsal | None) -> bool:
    may = {Capability.READ_OPPORTUNITIES, Capability.ARCHIVE} <= evidence.capabilities
    return may and not (rehearsal and _is_refused(rehearsal))


def _delivered(delivery: Delivery, began: datetime, evidence: Evidence) -> Part:
    title, why = _("Delivered into Lever"), str(delivery.error_message)
    if delivery.status in {Delivery.Status.HELD, Delivery.Status.REJECTED}:
        return _not_taken(title, delivery)
    if delivery.delivered_at:
        return _proved(
            title, began, delivery.delivered_at, why or _("Lever took it as “%(name)s”.") % {"name": NAME}
        )
    withdrawn = authorize.tell(evidence).mismatch
    if withdrawn:
        return _waiting(title, _("It is handed in once we have access again."), Actor.CUSTOMER, withdrawn)
    late = Mismatch(
        expected=_("Lever takes the application"),
        received=why
        or _("it has not been handed in yet; you started it %(when)s") % {"when": naturaltime(began)},
        who=_("nobody: we try again by ourselves"),
    )
    return _waiting(
        title,
        why or _("We hand it in to Lever within seconds."),
        Actor.NOBODY,
        late if _is_late(began) else None,
    )


def _not_taken(title: str, delivery: Delivery) -> Part:
    """Another rehearsal takes another job where this one is closed."""
    expected, why = _("Lever takes the application"), str(delivery.error_message)
    if delivery.error_code == NOT_ALLOWED:
        return _failed(title, why, Actor.CUSTOMER, Mismatch(expected, why, admin(), _authorize_again()))
    if delivery.status == Delivery.Status.REJECTED:
        again = _("Start another rehearsal.")
        return _failed(title, why, Actor.CUSTOMER, Mismatch(expected, why, you(), again))
    return _failed(title, why, Actor.STAFF, Mismatch(expected, why, _staff()))


def _confirmed(application: Application, began: datetime, evidence: Evidence) -> Part:
    title, since = _("Confirmed by Lever's webhook"), application.delivery.delivered_at
    if application.confirmed_at:
        says = _("Lever told us of the application (applicationCreated).")
        return _proved(title, began, application.confirmed_at, says)
    if since is None:
        return _waiting(title, _("Once Lever has taken it, Lever tells us so by “Application Created”."))
    endpoint = _endpoint(evidence, EventKind.APPLICATION_CREATED)
    says, why = _("Lever will tell us so by “Application Created”."), _why_nothing_comes(endpoint)
    if why is None and not _is_late(since):
        return _waiting(title, says, Actor.PROVIDER)
    unread = None if why else _unread_event(application)
    if unread:
        return _waiting(title, says, Actor.NOBODY, unread)
    return _waiting(title, says, Actor.CUSTOMER, why or _nothing_came(endpoint, since))


def _why_nothing_comes(endpoint: EndpointEvidence) -> Mismatch | None:
    """What is known of the webhook without any waiting."""
    if endpoint.has_secret:
        return webhook_mismatches.mismatch(endpoint)
    return webhook_mismatches.mismatch(endpoint) or Mismatch(
        expected=_("“%(event)s” set up") % {"event": endpoint.title},
        received=_("no signature token for it yet"),
        who=_("you, on the step “Switch on the webhooks”"),
    )


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


def _attributed(rehearsal: Rehearsal, evidence: Evidence) -> Part:
    title, application = _("Attributed"), rehearsal.application
    label = {"label": rehearsal.tenant.source_label}
    if Capability.READ_OPPORTUNITIES not in evidence.capabilities:
        return Part(title, "unprovable", _("The permissions do not let us read the source in Lever."))
    if application.is_attributed and application.confirmed_at:
        says = _("Its source in Lever is “%(label)s”.") % label
        return _proved(title, rehearsal.started_at, application.confirmed_at, says)
    if application.is_attributed is False:
        says = _("Its source in Lever is not “%(label)s”.") % label
        expected, received = _("the source “%(label)s”") % label, _("another source")
        return _failed(title, says, Actor.STAFF, Mismatch(expected, received, _staff()))
    return _source_not_read(title, rehearsal, evidence)


def _source_not_read(title: str, rehearsal: Rehearsal, evidence: Evidence) -> Part:
    since, why = rehearsal.application.confirmed_at, str(rehearsal.error_message)
    expected = _("Lever's own record of the candidate")
    if _is_reading_refused(rehearsal):
        refused = Mismatch(expected, why, admin(), _authorize_again())
        says = _("Lever does not let us read its source, although the permission was given.")
        return Part(title, "unprovable", says, mismatch=refused)
    if since and not rehearsal.is_looked_after:
        return Part(title, "unprovable", why or _("Its source in Lever was not read in time."))
    late = Mismatch(expected, why or _("no answer yet"), _("nobody: we try again by ourselves"))
    says = _("We will read its source in Lever, which must be “%(label)s”.")
    says %= {"label": rehearsal.tenant.source_label}
    withdrawn = authorize.tell(evidence).mismatch
    if withdrawn:
        return _waiting(title, says, Actor.CUSTOMER, withdrawn)
    return _waiting(title, says, Actor.NOBODY, late if _is_late(since) else None)


def _reported(arrival: Conversion | None, began: datetime) -> Part:
    title = _("Reported to Appcast")
    if arrival and arrival.sent_at:
        return _proved(
            title,
            began,
            arrival.sent_at,
            _("Appcast knows that the application is complete (apply_complete)."),
        )
    says = _("Appcast is told that the application is complete (apply_complete) once Lever has confirmed it.")
    return _untold(title, says, arrival)


def _untold(title: str, says: str, conversion: Conversion | None) -> Part:
    if conversion is None:
        return _waiting(title, says)
    why = Mismatch(
        expected=_("Appcast takes “%(event)s”") % {"event": conversion.name},
        received=str(conversion.error_message) or _("it has not been told yet"),
        who=_staff(),
    )
    if conversion.status == Conversion.Status.DEAD:
        return _failed(title, says, Actor.STAFF, why)
    if _is_late(conversion.received_at):
        return _waiting(title, says, Actor.STAFF, why)
    return _waiting(title, says)


def _moved(application: Application, began: datetime, evidence: Evidence) -> Part:
    title, name = _("Moved to another stage"), {"name": NAME}
    if application.stage_changed_at:
        says = _("It stands in another stage in Lever.")
        return _proved(title, began, application.stage_changed_at, says)
    if application.erased_at:
        says = _("The test candidate was deleted in Lever. Start another rehearsal.")
        return _failed(title, says, Actor.CUSTOMER)
    since = application.delivery.delivered_at
    if since is None:
        return _waiting(
            title, _("Once it has arrived, you move “%(name)s” to another stage in Lever.") % name
        )
    endpoint = _endpoint(evidence, EventKind.STAGE_CHANGED)
    says = _task(application)
    if _is_late(since):
        says += " " + _("Have you done so? Then check in Lever that “%(event)s” is on (blue): %(where)s.") % {
            "event": endpoint.title,
            "where": WHERE,
        }
    return _waiting(title, says, Actor.CUSTOMER, _why_nothing_comes(endpoint))


def _task(application: Application) -> str:
    """With an example, so that nobody has to look one up."""
    reported = StageMapping.objects.exclude(conversion="").exclude(stage_name="").order_by("pk")
    example = reported.exclude(stage_external_id=application.stage_external_id).first()
    if example is None:
        return _("Move “%(name)s” in Lever to a stage that is reported to Appcast.") % {"name": NAME}
    return _("Move “%(name)s” in Lever to a stage that is reported to Appcast, such as “%(stage)s”.") % {
        "name": NAME,
        "stage": example.stage_name,
    }


def _stage_reported(application: Application, began: datetime, conversion: Conversion | None) -> Part:
    """Waits for the customer where they moved it to a stage of which Appcast learns nothing."""
    title = _("Stage reported to Appcast")
    if conversion and conversion.sent_at:
        return _proved(title, began, conversion.sent_at, _("Appcast has taken the stage's event."))
    stage_id = application.stage_external_id
    mapping = StageMapping.objects.filter(stage_external_id=stage_id).first() if stage_id else None
    if application.stage_changed_at is None:
        return _waiting(title, _("Appcast will be told of the stage once the candidate has been moved."))
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
    return _waiting(title, says % {"name": NAME}, Actor.CUSTOMER)


def _archived(rehearsal: Rehearsal, evidence: Evidence) -> Part:
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
    may_read = Capability.READ_OPPORTUNITIES in evidence.capabilities and not _is_reading_refused(rehearsal)
    heard = {it.endpoint.event_kind for it in evidence.endpoints if it.has_secret}
    return (rehearsal.is_looked_after and may_read) or EventKind.ARCHIVED in heard


def _is_refused(rehearsal: Rehearsal) -> bool:
    """At the worker's last look: the reading, or else the archiving."""
    return rehearsal.error_code == NOT_ALLOWED


def _is_reading_refused(rehearsal: Rehearsal) -> bool:
    return _is_refused(rehearsal) and rehearsal.application.is_attributed is None


def _endpoint(evidence: Evidence, kind: EventKind) -> EndpointEvidence:
    return next(it for it in evidence.endpoints if it.endpoint.event_kind == kind)


def _is_late(since: datetime | None) -> bool:
    return since is not None and timezone.now() - since > LATE_AFTER


def _proved(title: str, began: datetime, at: datetime | None, says: str) -> Part:
    return Part(title, "proved", says, at, max((at - began).total_seconds(), 0) if at else None)


def _waiting(title: str, says: str, actor: Actor = Actor.NOBODY, mismatch: Mismatch | None = None) -> Part:
    return Part(title, "waiting", says, actor=actor, mismatch=mismatch)


def _failed(title: str, says: str, actor: Actor, mismatch: Mismatch | None = None) -> Part:
    return Part(title, "failed", says, actor=actor, mismatch=mismatch)


def _staff() -> str:
    return _("Appcast Customer Success, who see it too")


def _authorize_again() -> str:
    return _("On the step “Authorize Lever”, press “Authorize Lever again” and accept all permissions.")
