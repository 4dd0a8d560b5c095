"""The parts of a rehearsal, read from rows that others wrote: what is proved, who acts next, and why it takes long."""

from collections.abc import Sequence
from dataclasses import replace
from operator import attrgetter

from django.utils.translation import gettext as _

from integrations.models import Conversion

from ..evidence import Evidence
from ..models import Rehearsal
from .rehearsal_arrival import attributed, confirmed, delivered
from .rehearsal_part import Part, proved
from .rehearsal_reports import archived, moved, reported, stage_reported
from .types import Actor


def progress(rehearsal: Rehearsal, evidence: Evidence) -> Sequence[Part]:
    """In the tenant's scope; told of the same rows several times a page, and so from what was read with them."""
    application, began = rehearsal.application, rehearsal.started_at
    conversions = application.conversions.all()
    arrival = next((it for it in conversions if it.key == "apply_complete"), None)
    of_stages = [it for it in conversions if it.raw_stage_id]
    sent = [it for it in of_stages if it.status == Conversion.Status.SENT]
    of_move = min(sent, key=attrgetter("sent_at"), default=next(iter(of_stages), None))
    parts = [
        proved(_("Accepted"), began, began, _("It is stored here.")),
        delivered(application.delivery, began, evidence),
        confirmed(application, began, evidence),
        attributed(rehearsal, evidence),
        reported(arrival, began),
        moved(application, began, evidence),
        stage_reported(application, began, of_move),
        archived(rehearsal, evidence),
    ]
    return _at_rest(parts) if evidence.rests else parts


def _at_rest(parts: Sequence[Part]) -> Sequence[Part]:
    """While the connection is paused nothing goes on, so that nothing is late and nobody is to act on it."""
    says = _("It goes on once the connection is resumed.")
    return [
        replace(part, says=says, actor=Actor.NOBODY, mismatch=None) if part.state == "waiting" else part
        for part in parts
    ]


def went_the_whole_way(parts: Sequence[Part]) -> bool:
    """What we may not look at is no failure."""
    return all(part.state in {"proved", "unprovable"} for part in needed(parts))


def took(parts: Sequence[Part]) -> str:
    """From the start to the last of what is needed."""
    ended = [part for part in needed(parts) if part.seconds is not None]
    return max(ended, key=attrgetter("seconds")).took if ended else ""


def is_on_its_way(parts: Sequence[Part]) -> bool:
    return not went_the_whole_way(parts) and all(part.state != "failed" for part in needed(parts))


def needed(parts: Sequence[Part]) -> Sequence[Part]:
    return [part for part in parts if part.is_needed]
