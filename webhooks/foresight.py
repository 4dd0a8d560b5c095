"""What processing stored events once more would do, as our own rows tell it: nothing is asked, nothing is written."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import QuerySet, TextChoices

from integrations.models import Application
from integrations.services import conversions
from integrations.services.conversions import Happening
from integrations.types import EventKind

from .handlers import happening_of
from .models import WebhookEvent
from .processing import application_of, would_stay_aside

MOST_LOOKED_AT = 1000


class Fate(TextChoices):
    NEW = "new", "tell Appcast something new"
    HELD = "held", "make a conversion that is held: its stage is not mapped"
    TOLD = "told", "were told to Appcast before; that stays as it is"
    SILENT = "silent", "have nothing to tell Appcast"
    ERASES = "erases", "erase an application: its candidate was deleted in the ATS"
    UNKNOWN = "unknown", "belong to no application that we know; the ATS is asked, or they wait"
    ASIDE = "aside", "stay aside: their signature came with another body before"


@dataclass(frozen=True, slots=True)
class Foresight:
    """Of the oldest `looked_at`; `news` counts what would be sent by Appcast's name for it."""

    looked_at: int = 0
    fates: Mapping[Fate, int] = field(default_factory=dict)
    news: Mapping[str, int] = field(default_factory=dict)


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
    return Foresight(fates.total(), fates, news)


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
