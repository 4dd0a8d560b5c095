"""Stored rows once more: events, deliveries that rest, and rejected requests after a token was mended.

Durable, a few at a time, after live ones. A replay is a row that goes on where it stopped. Each row of its line is
made due and counted in one commit before it is worked on: a worker that dies over it leaves it to the sweep, and none
is handed out by the same replay twice.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from integrations.models import Delivery
from integrations.services import bell, work
from tenants import audit
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope

from . import rechecking
from .models import RejectedRequest, Replay, WebhookEvent
from .replay_lines import LINES, PAUSE, PLACES, Row, Wanted, place_of, wanted_of

__all__ = ["AT_ONCE", "ReplayError", "Wanted", "cancel", "check_rejected", "run", "start"]

Source, Status = Replay.Source, Replay.Status

AT_ONCE = 10
# What is large and not looked at.
UNREAD: Mapping[str, Sequence[str]] = {Source.EVENTS: ["body"], Source.REJECTED: ["body"]}
PAUSE_IN_TROUBLE = timedelta(minutes=1)


class ReplayError(Exception):
    """It cannot be replayed; the message says why."""


def start(tenant: Tenant, wanted: Wanted, by: User) -> Replay:
    """Raises ReplayError."""
    with tenant_scope(tenant.pk):
        replay = Replay(
            tenant=tenant,
            source=wanted.source,
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
        audit.record(_act(replay, "cancelled"), replay, **_facts(replay, by), done=replay.done)


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
    audit.record(_act(replay, "started"), replay, **_facts(replay, by), total=replay.total)
    bell.ring(replay)
    return replay


def _go_on(replay: Replay) -> None:
    if work.is_worn_out(replay):
        _end(replay, Status.FAILED, **work.WORN_OUT)
        return
    pause = _check_some(replay) if replay.source == Source.REJECTED else _work_on_some(replay)
    if pause is None:
        _end(replay, Status.DONE)
        return
    with tenant_scope(replay.tenant_id):
        work.record(replay, next_attempt_at=work.after(pause), outcomes=replay.outcomes)


def _work_on_some(replay: Replay) -> timedelta | None:
    """How long to rest before the next; None when there is none. Whatever the crowd, one goes on at a time."""
    line = LINES[replay.source]
    with tenant_scope(replay.tenant_id):
        some = _ahead(replay, wanted_of(replay).replayable(), AT_ONCE)
    if some and not line.may_begin(replay.tenant_id):
        return PAUSE_IN_TROUBLE
    for row in some:
        is_done = _work_on(replay, row)
        if line.is_in_trouble(row):
            return PAUSE_IN_TROUBLE
        if not is_done or work.is_any_due(line.model, replay.tenant_id):
            return PAUSE
    return line.pause if some else None


def _work_on(replay: Replay, row: WebhookEvent | Delivery) -> bool:
    """Whether it could be done now; else it waits like all that is due."""
    line = LINES[replay.source]
    with tenant_scope(replay.tenant_id):
        line.make_due(row, replay)
        _note(replay, row, done=1)
    is_done = line.work_on(row)
    with tenant_scope(replay.tenant_id):
        row.refresh_from_db(fields=["status", "next_attempt_at", "error_code"])
    _count(replay, row.status)
    return is_done


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


def _ahead(replay: Replay, rows: QuerySet[Any], most: int) -> list[Any]:
    came, key = PLACES[replay.source]
    is_later = Q(**{f"{came}__gt": replay.after_at}) | Q(
        **{came: replay.after_at, f"{key}__gt": replay.after_id}
    )
    ahead = rows.filter(is_later, **{f"{came}__gte": replay.after_at}) if replay.after_at else rows
    return list(ahead.defer(*UNREAD.get(replay.source, ())).order_by(came, key)[:most])


def _note(replay: Replay, last: Row, done: int) -> None:
    after_at, after_id = place_of(replay.source, last)
    work.note(replay, done=replay.done + done, outcomes=replay.outcomes, after_at=after_at, after_id=after_id)


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
        audit.record(_act(replay, "ended"), replay, **facts, done=replay.done, status=status.value)


def _act(replay: Replay, what: str) -> str:
    """As the audit trail calls it."""
    subject = "delivery" if replay.source == Source.DELIVERIES else "webhook"
    return f"{subject}.replay_{what}"


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
