"""One part of a rehearsal, and what the parts are told with."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format, number_format, time_format
from django.utils.timesince import timesince
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from integrations.types import EventKind

from ..evidence import Evidence
from ..models import Rehearsal
from ..webhook_evidence import EndpointEvidence
from . import webhook_mismatches
from .types import Actor, Mismatch, you

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


def _unbroken(told: str) -> str:
    """A date is read in one line, on a phone too."""
    return told.replace(" ", "\N{NO-BREAK SPACE}")


def proved(title: str, began: datetime, at: datetime | None, says: str) -> Part:
    return Part(title, "proved", says, at, max((at - began).total_seconds(), 0) if at else None)


def waiting(title: str, says: str, actor: Actor = Actor.NOBODY, mismatch: Mismatch | None = None) -> Part:
    return Part(title, "waiting", says, actor=actor, mismatch=mismatch)


def failed(title: str, says: str, actor: Actor, mismatch: Mismatch | None = None) -> Part:
    return Part(title, "failed", says, actor=actor, mismatch=mismatch)


def is_late(since: datetime | None) -> bool:
    return since is not None and timezone.now() - since > LATE_AFTER


def endpoint_of(evidence: Evidence, kind: EventKind) -> EndpointEvidence:
    return next(it for it in evidence.endpoints if it.endpoint.event_kind == kind)


def why_nothing_comes(endpoint: EndpointEvidence) -> Mismatch | None:
    """What is known of the webhook without any waiting. What is pressed about it is on the webhooks' own page."""
    there, why = _("you, on the step “Switch on the webhooks”"), webhook_mismatches.mismatch(endpoint)
    if why:
        return replace(why, who=there) if why.who == you() else why
    if endpoint.has_secret:
        return None
    return Mismatch(
        expected=_("“%(event)s” set up") % {"event": endpoint.title},
        received=_("no signature token for it yet"),
        who=there,
    )


def is_refused(rehearsal: Rehearsal) -> bool:
    """At the worker's last look: the reading, or else the archiving."""
    return rehearsal.error_code == NOT_ALLOWED


def is_reading_refused(rehearsal: Rehearsal) -> bool:
    return is_refused(rehearsal) and rehearsal.application.is_attributed is None


def staff() -> str:
    return _("Appcast Customer Success, who see it too")


def authorize_again() -> str:
    return _("On the step “Authorize Lever”, press “Authorize Lever again” and accept all permissions.")
