"""How it goes with a tenant that is live: what came, what went out, and how it has been lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils.timezone import get_current_timezone, localdate, localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.appcast.conversions import ConversionName
from integrations.models import Application, Conversion, Delivery
from integrations.types import EventKind
from tenants.models import Membership, Tenant
from webhooks.endpoints import title_of
from webhooks.models import WebhookEndpoint, WebhookEvent

from .evidence import Evidence
from .forms import CONVERSION_LABELS
from .pictures import HEIGHT, Column, columns, width_of

DAYS = 14
RECENT = 5
PUT_ASIDE = {WebhookEvent.Status.QUARANTINED, WebhookEvent.Status.DEAD}
LABELS = {ConversionName.APPLY_COMPLETE: gettext_lazy("Application completed"), **CONVERSION_LABELS}
Day = Column[date]


@dataclass(frozen=True, slots=True)
class Event:
    """A webhook in the words of Lever's own page; `job` is "" where it is not known of which one it tells."""

    title: str
    job: str
    received_at: datetime
    is_put_aside: bool


@dataclass(frozen=True, slots=True)
class Status:
    """Of the last two weeks in the reader's zone; tests and rehearsals are not counted."""

    days: Sequence[Day]
    delivered: int
    waiting: int
    conversions: Sequence[tuple[str, int]]
    events: Sequence[Event]

    @property
    def today(self) -> int:
        return self.days[-1].count

    @property
    def total(self) -> int:
        return sum(day.count for day in self.days)

    @property
    def reported(self) -> int:
        return sum(count for name, count in self.conversions)

    @property
    def reported_by_kind(self) -> str:
        return ", ".join(
            _("%(name)s:\u00a0%(count)d") % {"count": it[1], "name": it[0]} for it in self.conversions
        )

    @property
    def most_reported(self) -> int:
        return max((count for name, count in self.conversions), default=0)

    @property
    def most(self) -> Day:
        return max(self.days, key=lambda day: day.count)

    @property
    def width(self) -> int:
        return width_of(self.days)

    @property
    def height(self) -> int:
        return HEIGHT


def is_shown(tenant: Tenant, membership: Membership) -> bool:
    """From live on; whoever was asked for one step keeps to that."""
    return tenant.is_running and not membership.steps


def status_of(evidence: Evidence, days: int = DAYS) -> Status:
    """Of the last days, in the tenant's scope."""
    since = localtime().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days - 1)
    applications = Application.objects.filter(is_test=False, accepted_at__gte=since)
    is_delivered = Q(delivery__status=Delivery.Status.DELIVERED)
    counts = applications.aggregate(delivered=Count("pk", filter=is_delivered), total=Count("pk"))
    return Status(
        days=_days(_by_day(applications), days),
        delivered=counts["delivered"],
        waiting=counts["total"] - counts["delivered"],
        conversions=_conversions(since),
        events=_events(evidence),
    )


def _by_day(applications: QuerySet[Application]) -> dict[date, int]:
    day = TruncDate("accepted_at", tzinfo=get_current_timezone())
    return dict(applications.order_by().values_list(day).annotate(count=Count("pk")))


def _days(counts: dict[date, int], days: int) -> list[Day]:
    dates = [localdate() - timedelta(days=ago) for ago in reversed(range(days))]
    return columns([(it, counts.get(it, 0)) for it in dates])


def _conversions(since: datetime) -> list[tuple[str, int]]:
    sent = Conversion.objects.filter(
        status=Conversion.Status.SENT, sent_at__gte=since, application__is_test=False
    )
    counted = dict(sent.order_by().values_list("name").annotate(count=Count("pk")))
    return [(str(label), counted[name]) for name, label in LABELS.items() if name in counted]


def _events(evidence: Evidence) -> list[Event]:
    """The latest of each address, which an index finds, and of these the latest."""
    rows = [row for it in evidence.endpoints for row in _latest(it.endpoint)]
    latest = sorted(rows, key=lambda it: it.received_at, reverse=True)[:RECENT]
    jobs = _jobs(latest)
    return [
        Event(
            title_of(it.name),
            jobs.get(it.opportunity_external_id, ""),
            it.received_at,
            it.status in PUT_ASIDE,
        )
        for it in latest
    ]


def _jobs(events: Sequence[WebhookEvent]) -> dict[str, str]:
    """Titles by candidacy: of the newest application where it has several."""
    candidacies = {it.opportunity_external_id for it in events} - {""}
    applications = Application.objects.filter(opportunity_external_id__in=candidacies)
    return dict(applications.order_by("accepted_at").values_list("opportunity_external_id", "posting__title"))


def _latest(endpoint: WebhookEndpoint) -> QuerySet[WebhookEvent]:
    return WebhookEvent.objects.filter(endpoint=endpoint).exclude(kind=EventKind.TEST)[:RECENT]
