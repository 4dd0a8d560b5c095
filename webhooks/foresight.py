"""What a replay would do, as our own rows tell it: nothing is asked, nothing is written."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from django.db.models import QuerySet, TextChoices
from django.utils import timezone

from integrations.models import Application
from integrations.services import conversions
from integrations.services.conversions import Happening
from integrations.types import EventKind

from . import intake
from .handlers import happening_of
from .models import RejectedRequest, WebhookEvent
from .processing import application_of, would_stay_aside
from .storing import is_in_time

MOST_LOOKED_AT = 1000


class Fate(TextChoices):
    NEW = "new", "tells Appcast something new"
    HELD = "held", "makes a conversion that is held: its stage is not mapped"
    TOLD = "told", "told Appcast before: that stays as it is, and is not sent again"
    SILENT = "silent", "has nothing to tell Appcast"
    ERASES = "erases", "erases an application: its candidate was deleted in the ATS"
    UNKNOWN = "unknown", "is of no application that we know: the ATS is asked, or it waits"
    ASIDE = "aside", "stays aside: its signature came with another body before"


@dataclass(frozen=True, slots=True)
class Foresight:
    """Of the oldest `looked_at`; `news` counts what would be sent by Appcast's name for it."""

    looked_at: int = 0
    fates: Mapping[Fate, int] = field(default_factory=dict)
    news: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recheck:
    """Of the oldest `looked_at` rejected requests: what today's tokens would prove, and how many events that is.

    Of those some would stay aside: they are out of time by now.
    """

    looked_at: int = 0
    proved: int = 0
    events: int = 0
    out_of_time: int = 0


def foresee(events: QuerySet[WebhookEvent]) -> Foresight:
    """In the tenant's scope. What two of them tell is told once."""
    fates: Counter[Fate] = Counter()
    news: Counter[str] = Counter()
    foretold: set[tuple[object, str]] = set()
    oldest = events.defer("body").order_by("received_at", "pk")[:MOST_LOOKED_AT]
    for event in oldest:
        fate, name = _fate_of(event, foretold)
        fates[fate] += 1
        news.update([name] if fate is Fate.NEW else [])
    return Foresight(fates.total(), dict(fates), dict(news))


def _fate_of(event: WebhookEvent, foretold: set[tuple[object, str]]) -> tuple[Fate, str]:
    if would_stay_aside(event):
        return Fate.ASIDE, ""
    application = application_of(event)
    if application is None:
        return Fate.UNKNOWN, ""
    if event.kind == EventKind.DELETED:
        return (Fate.SILENT if application.erased_at else Fate.ERASES), ""
    happening = happening_of(event)
    return _told(application, happening, foretold) if happening else (Fate.SILENT, "")


def _told(
    application: Application, happening: Happening, foretold: set[tuple[object, str]]
) -> tuple[Fate, str]:
    told = (application.pk, happening.key)
    if told in foretold or conversions.is_told(application, happening):
        return Fate.TOLD, ""
    name = conversions.name_of(happening)
    if name is None:
        return Fate.SILENT, ""
    foretold.add(told)
    return (Fate.NEW, name) if name else (Fate.HELD, "")


def recheck() -> Recheck:
    """In the tenant's scope, a few bodies in memory at a time. A body that Lever sent again is one event."""
    proofs, requests, proved = intake.Proofs(), 0, 0
    now, timely = timezone.now(), dict[bytes, bool]()
    oldest = RejectedRequest.objects.select_related("endpoint").order_by("received_at")[:MOST_LOOKED_AT]
    for request in oldest.iterator(chunk_size=intake.CHECKED_AT_ONCE):
        requests += 1
        if proof := proofs.of(request):
            proved += 1
            timely[sha256(request.body).digest()] = is_in_time(proof[0], now)
    return Recheck(requests, proved, len(timely), list(timely.values()).count(False))
