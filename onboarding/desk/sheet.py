"""All that the desk tells of one tenant on one page: what the last look saw, and the rows as they are now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from integrations.models import Connection, Feed, FeedComparison, FeedSync, OutgoingFeed
from tenants.models import Invitation, Membership, Tenant, User
from webhooks import endpoints
from webhooks.models import Replay, SigningSecret, WebhookEndpoint

from ..models import (
    Departure,
    Health,
    LiveRequest,
    Notice,
    PolicyLink,
    PolicyStatement,
    Problem,
    StepOverride,
)
from ..problems.kinds import Kind, kind_of
from ..steps.types import ACTORS, Actor
from . import activity
from .history import Line, history
from .reach import Reach, reach_of
from .together import read_together

SYNCS, REPLAYS, PEOPLE = 5, 5, 50


@dataclass(frozen=True, slots=True)
class StepLine:
    """As the last look saw it."""

    key: str
    title: str
    state: str
    label: str
    says: str
    received: str
    actor: str
    at: datetime | None

    @property
    def who(self) -> str:
        return "the customer" if self.actor == Actor.CUSTOMER else str(ACTORS[Actor(self.actor)])


@dataclass(frozen=True, slots=True)
class EventLine:
    """One webhook address: what came to it lately, and how often in the last two weeks."""

    endpoint: WebhookEndpoint
    title: str
    tokens: int
    last_matched_at: datetime | None
    bars: activity.Bars

    @property
    def total(self) -> int:
        return sum(it.count for it in self.bars)

    @property
    def page(self) -> str:
        """The list of these events."""
        lately = {"received_at__gte": activity.since().isoformat(), "test": "no"}
        asked = {"endpoint__id__exact": self.endpoint.pk, **lately}
        return f"{reverse('admin:webhooks_webhookevent_changelist')}?{urlencode(asked)}"


@dataclass(frozen=True, slots=True)
class Sheet:
    tenant: Tenant
    health: Health
    steps: Sequence[StepLine]
    problems: Sequence[tuple[Problem, Kind]]
    connection: Connection | None
    missing_scopes: Sequence[str]
    feed: Feed | None
    syncs: Sequence[FeedSync]
    outgoing: OutgoingFeed | None
    comparison: FeedComparison | None
    events: Sequence[EventLine]
    statements: Sequence[PolicyStatement]
    links: Sequence[PolicyLink]
    overrides: Sequence[StepOverride]
    departure: Departure | None
    live_request: LiveRequest | None
    memberships: Sequence[Membership]
    invitations: Sequence[Invitation]
    notices: Sequence[Notice]
    replays: Sequence[Replay]
    history: Sequence[Line]

    @property
    def is_connected(self) -> bool:
        return self.connection is not None and self.connection.is_active

    @property
    def reach(self) -> Reach:
        return reach_of(self.notices, self.memberships)

    @property
    def sync(self) -> FeedSync | None:
        return next(iter(self.syncs), None)


def sheet_of(tenant: Tenant, health: Health) -> Sheet:
    """Across tenants, in as many statements whatever the tenant has."""
    read = read_together(_sets(tenant))
    _name_people(read)
    connection = next(iter(read["connection"]), None)
    return Sheet(
        tenant=tenant,
        health=health,
        steps=[_step(it) for it in health.steps],
        problems=[(it, kind_of(it.code)) for it in read["problems"]],
        connection=connection,
        missing_scopes=_missing(connection),
        feed=next(iter(read["feed"]), None),
        syncs=read["syncs"],
        outgoing=next(iter(read["outgoing"]), None),
        comparison=next(iter(read["comparison"]), None),
        events=_events(tenant, read["endpoints"], read["secrets"]),
        statements=read["statements"],
        links=read["links"],
        overrides=read["overrides"],
        departure=next(iter(read["departure"]), None),
        live_request=next(iter(read["live_request"]), None),
        memberships=read["memberships"],
        invitations=read["invitations"],
        notices=read["notices"],
        replays=read["replays"],
        history=history(tenant),
    )


def _sets(tenant: Tenant) -> Mapping[str, Any]:
    now, mine = timezone.now(), {"tenant": tenant}
    open_invitations = Invitation.objects.filter(**mine, accepted_at=None, revoked_at=None)
    return {
        "connection": Connection.objects.filter(**mine),
        "feed": Feed.objects.filter(**mine).defer("key", "corrections"),
        "syncs": FeedSync.objects.filter(**mine).defer("warnings")[:SYNCS],
        "outgoing": OutgoingFeed.objects.filter(**mine),
        "comparison": FeedComparison.objects.filter(**mine),
        "endpoints": WebhookEndpoint.objects.filter(**mine),
        "secrets": SigningSecret.objects.filter(**mine, withdrawn_at=None).defer("secret"),
        "problems": Problem.objects.filter(**mine, resolved_at=None).order_by("since"),
        "statements": PolicyStatement.objects.filter(**mine),
        "links": PolicyLink.objects.filter(**mine),
        "overrides": StepOverride.objects.filter(**mine, expires_at__gt=now),
        "departure": Departure.objects.filter(**mine)[:1],
        "live_request": LiveRequest.objects.filter(**mine)[:1],
        "memberships": Membership.objects.filter(**mine)[:PEOPLE],
        "invitations": open_invitations.defer("token_hash")[:PEOPLE],
        "notices": Notice.objects.filter(**mine, ended_at=None)[:PEOPLE],
        "replays": Replay.objects.filter(**mine)[:REPLAYS],
    }


# Whom each of these rows names.
NAMED = {
    "connection": "authorized_by",
    "statements": "stated_by",
    "overrides": "author",
    "departure": "by",
    "live_request": "asked_by",
    "memberships": "user",
    "notices": "user",
    "replays": "by",
}


def _name_people(read: Mapping[str, Sequence[Any]]) -> None:
    """All of them at once."""
    wanted = {getattr(row, f"{field}_id") for name, field in NAMED.items() for row in read[name]}
    people = User.objects.in_bulk(wanted - {None})
    for name, field in NAMED.items():
        for row in read[name]:
            setattr(row, field, people.get(getattr(row, f"{field}_id")))


def _missing(connection: Connection | None) -> list[str]:
    """What was asked for and not given."""
    if connection is None:
        return []
    return [it for it in connection.asked_scopes if it not in connection.scopes]


def _events(
    tenant: Tenant, rows: Sequence[WebhookEndpoint], secrets: Sequence[SigningSecret]
) -> list[EventLine]:
    bars = activity.of_endpoints(tenant)
    lines = []
    for it in rows:
        own = [secret for secret in secrets if secret.endpoint_id == it.pk]
        matched = max((secret.last_matched_at for secret in own if secret.last_matched_at), default=None)
        title = endpoints.title_of(endpoints.event_name(it))
        lines.append(EventLine(it, title, len(own), matched, bars.get(it.pk, ())))
    return lines


def _step(seen: Mapping[str, Any]) -> StepLine:
    at = parse_datetime(seen["at"]) if seen["at"] else None
    return StepLine(**{**seen, "at": at})
