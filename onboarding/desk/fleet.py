"""The desk's first page: how all tenants stand, who waits on whom, what is wrong and how it goes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Count, Max, Min
from django.utils import timezone

from tenants.models import Tenant

from .. import clock, owners
from ..health import pulses
from ..health.counting import DAYS
from ..models import Channel, FleetDay, Health, Problem
from ..pictures import Column, columns, width_of
from ..problems.kinds import Kind, kind_of
from . import ages, waits
from .incidents import Incident, apart_from, incidents
from .weighing import problem_weight

SHOWN = 10
# Somewhere there is a look every minute: later than this, nobody looks any more.
LOOKS_STOP_AFTER = timedelta(minutes=10)
FIGURES = {
    "accepted": "Applications accepted",
    "delivered": "Applications delivered",
    "events": "Webhooks received",
    "conversions": "Conversions sent",
}


@dataclass(frozen=True, slots=True)
class State:
    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """On one actor: how many tenants, and since when the first of them; and when one of them was looked at last."""

    value: str
    label: str
    count: int
    since: datetime | None
    looked_at: datetime | None

    @property
    def lasts(self) -> str:
        return clock.lasted(self.since) if self.since else ""


@dataclass(frozen=True, slots=True)
class Group:
    """One code: how many tenants have it, and since when the first of them."""

    code: str
    kind: Kind
    count: int
    since: datetime

    @property
    def lasts(self) -> str:
        return clock.lasted(self.since)


@dataclass(frozen=True, slots=True)
class Picture:
    title: str
    columns: Sequence[Column[str]]
    says: str

    @property
    def width(self) -> int:
        return width_of(self.columns)

    @property
    def total(self) -> int:
        return sum(it.count for it in self.columns)


@dataclass(frozen=True, slots=True)
class Fleet:
    """`longest` are those that have waited longest, each with what for.

    `still` are the queues without workers, `failing` the channels through which colleagues are not told.
    `silent_since` is when somebody last looked at any tenant, where that is too long ago.
    """

    states: Sequence[State]
    waits: Sequence[Waiting]
    longest: Sequence[tuple[Health, str]]
    incidents: Sequence[Incident]
    groups: Sequence[Group]
    worst: Sequence[tuple[Problem, Kind]]
    pictures: Sequence[Picture]
    still: Sequence[pulses.Still]
    failing: Sequence[Channel]
    silent_since: datetime | None

    @property
    def total(self) -> int:
        return sum(it.count for it in self.states)


def fleet() -> Fleet:
    """Across tenants, in as many statements however many tenants there are."""
    waves, turns = incidents(), _turns()
    return Fleet(
        states=_states(),
        waits=[turns[it] for it in Problem.Actor],
        longest=waits.longest(SHOWN),
        incidents=waves,
        groups=_groups(),
        worst=_worst(waves),
        pictures=[*_days(), _feed_ages(), _time_to_live()],
        still=pulses.still(),
        failing=owners.failing(),
        silent_since=_silent_since(turns.values()),
    )


def _states() -> list[State]:
    counts = dict(Tenant.objects.order_by().values_list("status").annotate(Count("pk")))
    return [State(it.value, str(it.label), counts.get(it.value, 0)) for it in Tenant.Status]


def _turns() -> dict[str, Waiting]:
    """By who acts next, nobody included; one who was off-boarded waits on nobody."""
    rows = Health.objects.order_by().values_list("waits_on")
    told = rows.annotate(count=Count("pk"), since=Min("waits_since"), looked=Max("looked_at"))
    labels = {**dict(Problem.Actor.choices), "": "nobody"}
    none = {value: Waiting(value, str(label), 0, None, None) for value, label in labels.items()}
    return none | {value: Waiting(value, str(labels[value]), *counts) for value, *counts in told}


def _groups() -> list[Group]:
    """The worst first, and of these what most tenants have."""
    rows = Problem.objects.filter(resolved_at=None).order_by().values("code")
    counted = rows.annotate(count=Count("tenant", distinct=True), since=Min("since"))
    groups = [Group(it["code"], kind_of(it["code"]), it["count"], it["since"]) for it in counted]
    return sorted(groups, key=lambda it: (-it.kind.weight, -it.count, it.since))


def _worst(waves: Sequence[Incident]) -> list[tuple[Problem, Kind]]:
    """What is a tenant's own, and nobody has taken up yet: by weight, then by age."""
    rows = Problem.objects.filter(apart_from(waves), status=Problem.Status.OPEN)
    ranked = rows.annotate(weight=problem_weight()).order_by("-weight", "since")
    # Sorted by itself, and read with all that is shown after that.
    first = Problem.objects.filter(pk__in=ranked.values("pk")[:SHOWN]).select_related("tenant")
    shown = first.annotate(weight=problem_weight()).order_by("-weight", "since")
    return [(it, kind_of(it.code)) for it in shown]


def _days() -> list[Picture]:
    kept = {it.date: it for it in FleetDay.objects.order_by("-date")[:DAYS]}
    today = datetime.now(UTC).date()
    dates = [today - timedelta(days=ago) for ago in reversed(range(DAYS))]
    return [
        Picture(
            title,
            columns([(f"{it:%-d %b}", getattr(kept.get(it), name, 0)) for it in dates]),
            f"in the last {DAYS} days (UTC)",
        )
        for name, title in FIGURES.items()
    ]


def _feed_ages() -> Picture:
    spread = ages.of_feeds()
    return Picture("Age of the feeds", columns(spread.spans), f"feeds; median {_short(spread.median)}")


def _time_to_live() -> Picture:
    spread = ages.of_going_live()
    return Picture("Time to live", columns(spread.spans), f"tenants; median {_short(spread.median)}")


def _short(length: timedelta | None) -> str:
    if length is None:
        return "unknown"
    minutes = round(length.total_seconds() / 60)
    if minutes < 60:
        return f"{minutes} minute{'' if minutes == 1 else 's'}" if minutes else "less than a minute"
    return f"{minutes / 60:.1f} hours" if minutes < 48 * 60 else f"{minutes / 60 / 24:.1f} days"


def _silent_since(turns: Iterable[Waiting]) -> datetime | None:
    last = max((it.looked_at for it in turns if it.looked_at), default=None)
    return last if last and timezone.now() - last > LOOKS_STOP_AFTER else None
