"""What a replay would do, as our own rows tell it: nothing is asked, nothing is written."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from itertools import chain
from uuid import UUID

from django.db.models import QuerySet, TextChoices
from django.utils import timezone

from integrations.models import Application, Conversion
from integrations.services import conversions
from integrations.services.conversions import Happening
from integrations.types import EventKind

from . import rechecking
from .handlers import happening_of
from .matching import candidates_of, chosen
from .models import RejectedRequest, WebhookEvent
from .processing import bodies_of, is_altered
from .storing import is_in_time

MOST_LOOKED_AT = 1000


class Fate(TextChoices):
    NEW = "new", "tells Appcast something new"
    HELD = "held", "makes a conversion that is held: nobody said what its stage or reason means"
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
    oldest = list(events.defer("body").order_by("received_at", "pk")[:MOST_LOOKED_AT])
    facts = _Facts(oldest)
    fates: Counter[Fate] = Counter()
    news: Counter[str] = Counter()
    for event in oldest:
        fate, name = facts.fate_of(event)
        fates[fate] += 1
        news.update([name] if fate is Fate.NEW else [])
    return Foresight(len(oldest), dict(fates), dict(news))


class _Facts:
    """What is stored of these events and their applications, read at once: one by one would keep a reader waiting."""

    def __init__(self, events: Sequence[WebhookEvent]) -> None:
        self.bodies: dict[str, list[tuple[UUID, str]]] = defaultdict(list)
        for key, pk, status in bodies_of(events).values_list("key", "pk", "status"):
            self.bodies[key].append((pk, status))
        self.candidates: dict[str, list[Application]] = defaultdict(list)
        known = list(candidates_of(events).defer("document"))
        for application in known:
            for external_id in {application.external_id, application.opportunity_external_id} - {""}:
                self.candidates[external_id].append(application)
        self.told: set[tuple[UUID, str]] = set()
        self.caught_up: set[UUID] = set()
        for conversion in Conversion.objects.filter(application__in=known):
            pk = conversion.application_id
            self.told |= {(pk, conversion.key), (pk, conversion.late_key)}
            self.caught_up |= {pk} if conversion.is_caught_up else set()
        self.name_of = cache(conversions.name_of)

    def fate_of(self, event: WebhookEvent) -> tuple[Fate, str]:
        if is_altered(event, self.bodies[event.key]):
            return Fate.ASIDE, ""
        application = self._application_of(event)
        if application is None:
            return Fate.UNKNOWN, ""
        if event.kind == EventKind.DELETED:
            return (Fate.SILENT if application.erased_at else Fate.ERASES), ""
        happening = happening_of(event)
        return self._reported(application, happening) if happening else (Fate.SILENT, "")

    def _application_of(self, event: WebhookEvent) -> Application | None:
        ids = (event.application_external_id, event.opportunity_external_id)
        return chosen(event, chain.from_iterable(self.candidates.get(it, ()) for it in ids))

    def _reported(self, application: Application, happening: Happening) -> tuple[Fate, str]:
        told = (application.pk, happening.key)
        if told in self.told or (
            application.pk in self.caught_up and conversions.is_told(application, happening)
        ):
            return Fate.TOLD, ""
        name: str | None = self.name_of(happening.name, happening.stage_external_id)
        if name is None:
            return Fate.SILENT, ""
        self.told.add(told)
        return (Fate.NEW, name) if name else (Fate.HELD, "")


def recheck() -> Recheck:
    """In the tenant's scope, a few bodies in memory at a time. A body that Lever sent again is one event."""
    proofs, requests, proved = rechecking.Proofs(), 0, 0
    now, timely = timezone.now(), dict[bytes, bool]()
    oldest = RejectedRequest.objects.select_related("endpoint").order_by("received_at")[:MOST_LOOKED_AT]
    for request in oldest.iterator(chunk_size=rechecking.CHECKED_AT_ONCE):
        requests += 1
        if proof := proofs.of(request):
            proved += 1
            timely[sha256(request.body).digest()] = is_in_time(proof[0], now)
    return Recheck(requests, proved, len(timely), list(timely.values()).count(False))
