"""Stored events once more, and rejected requests after a token was mended: durable, a few at a time, after live ones.

A replay is a row that goes on where it stopped. Each event is made due and counted in one commit before it is
processed: a worker that dies over it leaves it to the sweep, and no event is handed out by the same replay twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from integrations.services import bell, work
from tenants import audit
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope

from . import processing, rechecking, replayable
from .models import RejectedRequest, Replay, WebhookEvent

Source, Status = Replay.Source, Replay.Status
Stored = TypeVar("Stored", WebhookEvent, RejectedRequest)

# The sweep hands out twenty events of a tenant every two seconds; what is replayed takes part of that at most.
AT_ONCE = 10
PAUSE = timedelta(seconds=2)
PAUSE_IN_TROUBLE = timedelta(minutes=1)


class ReplayError(Exception):
    """It cannot be replayed; the message says why."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Events of some kinds and in some status, all where none is named, by when they came."""

    until: datetime
    since: datetime | None = None
    kinds: Sequence[str] = ()
    statuses: Sequence[str] = ()

    def events(self) -> QuerySet[WebhookEvent]:
        """In the tenant's scope; also those that no replay would touch."""
        of_kinds = Q(kind__in=self.kinds) if self.kinds else Q()
        in_status = Q(status__in=self.statuses) if self.statuses else Q()
        came = Q(received_at__lte=self.until) & (Q(received_at__gte=self.since) if self.since else Q())
        return WebhookEvent.objects.filter(of_kinds & in_status & came)

    def replayable(self) -> QuerySet[WebhookEvent]:
        return self.events().filter(replayable.is_replayable())


def start(tenant: Tenant, wanted: Wanted, by: User) -> Replay:
    """Raises ReplayError."""
    with tenant_scope(tenant.pk):
        replay = Replay(
            tenant=tenant,
            source=Source.EVENTS,
            kinds=list(wanted.kinds),
            statuses=list(wanted.statuses),
            since=wanted.since,
            until=wanted.until,
            total=wanted.replayable().count(),
        )
        return _started(replay, by)


def check_rejected(tenant: Tenant, by: User) -> Replay:
    """All that were rejected until now. Raises ReplayError."""
    with tenant_scope(tenant.pk):
        total = RejectedRequest.objects.count()
        replay = Replay(tenant=tenant, source=Source.REJECTED, until=timezone.now(), total=total)
        return _started(replay, by)


def cancel(replay: Replay, by: User) -> None:
    """What was handed out is finished; the worker that still holds the replay loses it. Raises ReplayError."""
    with tenant_scope(replay.tenant_id):
        running = Replay.objects.filter(pk=replay.pk, status=Status.RUNNING)
        if not running.update(
            status=Status.CANCELLED,
            ended_at=timezone.now(),
            next_attempt_at=None,
            leased_until=None,
            lease=F("lease") + 1,
        ):
            raise ReplayError("It is not running any more.")
        replay.refresh_from_db()
        audit.record("webhook.replay_cancelled", replay, **_facts(replay, by), done=replay.done)


def run(replay_id: int) -> None:
    replay = work.claim(Replay, replay_id)
    if replay is None:
        return
    try:
        _go_on(replay)
    except work.LeaseLostError:
        return  # cancelled meanwhile, or taken over by another worker


def _started(replay: Replay, by: User) -> Replay:
    if replay.tenant.status == Tenant.Status.OFFBOARDED:
        raise ReplayError("This company is off-boarded: nothing of it is processed any more.")
    if not replay.total:
        raise ReplayError("There is nothing to replay.")
    replay.by, replay.next_attempt_at = by, timezone.now()
    try:
        with transaction.atomic():
            replay.save()
    except IntegrityError:
        raise ReplayError("A replay is running. Wait for its end, or cancel it.") from None
    audit.record("webhook.replay_started", replay, **_facts(replay, by), total=replay.total)
    bell.ring(replay)
    return replay


def _go_on(replay: Replay) -> None:
    if work.is_worn_out(replay):
        _end(replay, Status.FAILED, **work.WORN_OUT)
        return
    pause = _process_some(replay) if replay.source == Source.EVENTS else _check_some(replay)
    if pause is None:
        _end(replay, Status.DONE)
        return
    with tenant_scope(replay.tenant_id):
        work.record(replay, next_attempt_at=work.after(pause), outcomes=replay.outcomes)


def _process_some(replay: Replay) -> timedelta | None:
    """How long to rest before the next; None when there is none. Whatever the crowd, one goes on at a time."""
    wanted = Wanted(replay.until, replay.since, replay.kinds, replay.statuses)
    with tenant_scope(replay.tenant_id):
        some = _ahead(replay, wanted.replayable())
    for event in some:
        if processing.is_in_trouble(_process(replay, event)):
            return PAUSE_IN_TROUBLE
        if work.is_any_due(WebhookEvent, replay.tenant_id):
            break
    return PAUSE if some else None


def _process(replay: Replay, event: WebhookEvent) -> WebhookEvent:
    with tenant_scope(replay.tenant_id):
        replayable.make_due(event.pk)
        _note(replay, event, done=1)
    processing.process(str(event.pk))
    with tenant_scope(replay.tenant_id):
        event.refresh_from_db(fields=["status", "next_attempt_at", "error_code"])
    _count(replay, event.status)
    return event


def _check_some(replay: Replay) -> timedelta | None:
    """What is proved waits like everything that came; so fewer are checked while others wait."""
    most = 1 if work.is_any_due(WebhookEvent, replay.tenant_id) else AT_ONCE
    with tenant_scope(replay.tenant_id):
        came = RejectedRequest.objects.filter(received_at__lte=replay.until)
        some = _ahead(replay, came, most)
        if not some:
            return None
        rechecking.check([it.pk for it in some])
        left = RejectedRequest.objects.filter(pk__in=[it.pk for it in some]).count()
        _count(replay, "proved", len(some) - left)
        _count(replay, "rejected", left)
        _note(replay, some[-1], done=len(some))
    return PAUSE


def _ahead(replay: Replay, rows: QuerySet[Stored], most: int = AT_ONCE) -> list[Stored]:
    is_later = Q(received_at__gt=replay.after_at) | Q(received_at=replay.after_at, pk__gt=replay.after_id)
    ahead = rows.filter(is_later, received_at__gte=replay.after_at) if replay.after_at else rows
    return list(ahead.defer("body").order_by("received_at", "pk")[:most])


def _note(replay: Replay, last: WebhookEvent | RejectedRequest, done: int) -> None:
    work.note(
        replay,
        done=replay.done + done,
        outcomes=replay.outcomes,
        after_at=last.received_at,
        after_id=last.pk,
    )


def _count(replay: Replay, outcome: str, count: int = 1) -> None:
    """Written with the next note; a crash between forgets the last one."""
    if count:
        replay.outcomes[outcome] = replay.outcomes.get(outcome, 0) + count


def _end(replay: Replay, status: Replay.Status, **why: object) -> None:
    with tenant_scope(replay.tenant_id):
        work.record(
            replay,
            status=status,
            ended_at=timezone.now(),
            next_attempt_at=None,
            outcomes=replay.outcomes,
            **why,
        )
        facts = _facts(replay, "portal")
        audit.record("webhook.replay_ended", replay, **facts, done=replay.done, status=status.value)


def _facts(replay: Replay, actor: User | str) -> dict[str, Any]:
    """What every entry of the trail says of it."""
    return {
        "tenant_id": replay.tenant_id,
        "actor": actor,
        "source": replay.source,
        "kinds": replay.kinds,
        "statuses": replay.statuses,
        "since": replay.since.isoformat() if replay.since else None,
        "until": replay.until.isoformat(),
    }
