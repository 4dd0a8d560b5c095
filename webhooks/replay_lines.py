"""What replays go through: rows by when they came, each made due and worked on once more."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from django.db.models import Q, QuerySet

from integrations.models import Delivery, Work
from integrations.services import deliveries, delivering, delivery_outcomes

from . import processing, replayable
from .models import RejectedRequest, Replay, WebhookEvent

Source = Replay.Source
# The sweep hands out twenty events of a tenant every two seconds; what is replayed takes part of that at most.
PAUSE = timedelta(seconds=2)
Row: TypeAlias = WebhookEvent | RejectedRequest | Delivery


@dataclass(frozen=True, slots=True)
class Line:
    """`of` are the rows of which some can be meant, `is_replayable` those that a replay touches.

    `kind` is the field that `Wanted.kinds` are of. None is made due of a tenant that may not begin; `work_on` says
    whether it could be done now. After a whole turn it rests for `pause`.
    """

    model: type[Work]
    of: Callable[[], Q]
    is_replayable: Callable[[], Q]
    kind: str
    make_due: Callable[[Any, Replay], object]
    may_begin: Callable[[int], bool]
    work_on: Callable[[Any], bool]
    is_in_trouble: Callable[[Any], bool]
    pause: timedelta


@dataclass(frozen=True, slots=True)
class Wanted:
    """Rows of some kinds and in some status, all where none is named, by when they came."""

    until: datetime
    since: datetime | None = None
    kinds: Sequence[str] = ()
    statuses: Sequence[str] = ()
    source: Replay.Source = Source.EVENTS

    @property
    def line(self) -> Line:
        return LINES[self.source]

    def rows(self) -> QuerySet[Any]:
        """In the tenant's scope; also those that no replay would touch."""
        came, _ = PLACES[self.source]
        of_kinds = Q(**{f"{self.line.kind}__in": self.kinds}) if self.kinds else Q()
        in_status = Q(status__in=self.statuses) if self.statuses else Q()
        since = Q(**{f"{came}__gte": self.since}) if self.since else Q()
        meant = self.line.of() & of_kinds & in_status & since & Q(**{f"{came}__lte": self.until})
        return self.line.model._default_manager.filter(meant)

    def replayable(self) -> QuerySet[Any]:
        return self.rows().filter(self.line.is_replayable())


def wanted_of(replay: Replay) -> Wanted:
    return Wanted(replay.until, replay.since, replay.kinds, replay.statuses, Source(replay.source))


def place_of(source: str, row: Row) -> tuple[Any, Any]:
    came, key = PLACES[source]
    return getattr(row, came), getattr(row, key)


def _make_event_due(event: WebhookEvent, _replay: Replay) -> None:
    replayable.make_due(event.pk)


def _make_delivery_due(delivery: Delivery, replay: Replay) -> None:
    """Read a moment ago: what came into doubt meanwhile is left."""
    apt = deliveries.may_be_sent_again()
    deliveries.make_due(delivery, replay.by or "portal", which=apt, replay=replay.pk)


def _process(event: WebhookEvent) -> bool:
    processing.process(str(event.pk))
    return True


# When a row came, and what orders those that came at once.
PLACES: Mapping[str, tuple[str, str]] = {
    Source.EVENTS: ("received_at", "pk"),
    Source.REJECTED: ("received_at", "pk"),
    Source.DELIVERIES: ("created_at", "application_id"),
}
LINES: Mapping[str, Line] = {
    Source.EVENTS: Line(
        model=WebhookEvent,
        of=Q,
        is_replayable=replayable.is_replayable,
        kind="kind",
        make_due=_make_event_due,
        may_begin=lambda _tenant_id: True,
        work_on=_process,
        is_in_trouble=processing.is_in_trouble,
        pause=PAUSE,
    ),
    Source.DELIVERIES: Line(
        model=Delivery,
        of=deliveries.rests,
        is_replayable=deliveries.may_be_sent_again,
        kind="error_code",
        make_due=_make_delivery_due,
        may_begin=lambda tenant_id: not delivering.is_left_alone(tenant_id),
        work_on=delivering.deliver,
        is_in_trouble=delivery_outcomes.is_trouble,
        # Each waits for its turn at the account as it is.
        pause=timedelta(),
    ),
}
