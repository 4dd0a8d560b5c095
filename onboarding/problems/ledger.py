"""One row per problem while the evidence shows it; what comes back soon is the same one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from integrations.services import locks
from tenants.models import Tenant
from tenants.scoping import tenant_scope

from ..evidence import Evidence, gather
from ..health import looking
from ..models import Problem, ProblemChange
from ..steps.types import Found
from .finding import find
from .kinds import KINDS, Actor, Kind, kind_of

# What goes and comes within this time was never mended: one row, one age, and no second alarm.
SAME_WITHIN = timedelta(hours=1)
# What a person called settled is gone by then, or it was not.
SETTLED_FOR = timedelta(days=1)
Status = Problem.Status


class Told(NamedTuple):
    problem: Problem
    kind: Kind


def diagnose(tenant: Tenant) -> list[Problem]:
    """Look, and bring the rows in line; the problems that are open now."""
    with tenant_scope(tenant.pk):
        take_turn(tenant.pk)
        evidence, now = gather(tenant), timezone.now()
        found = {(it.code, it.subject): it for it in find(evidence)}
        kept = {(it.code, it.subject): it for it in _kept(now)}
        for key, row in kept.items():
            if key not in found:
                _is_gone(row, now)
        for key, it in found.items():
            _is_seen(kept.get(key) or _new(tenant, it, now), it, now)
        still_open = list(Problem.objects.filter(resolved_at=None))
        looking.note(evidence, still_open)
        return still_open


def take_turn(tenant_id: int) -> None:
    """One look or decision after the other: nothing is found twice, and none writes over another."""
    locks.take_until_commit(f"problems:{tenant_id}")


def of_customer(evidence: Evidence | None = None) -> Sequence[Told]:
    """In the tenant's scope: what the customer is asked to mend. With evidence, only what it still shows."""
    return _told(Problem.objects.filter(resolved_at=None, actor=Actor.CUSTOMER), evidence)


def of_others(evidence: Evidence | None = None) -> Sequence[Told]:
    """In the tenant's scope: what the customer may know that others are at. With evidence, only what it still shows."""
    told = _told(Problem.objects.filter(resolved_at=None).exclude(actor=Actor.CUSTOMER), evidence)
    return [it for it in told if not it.kind.is_confidential]


def _kept(now: datetime) -> QuerySet[Problem]:
    """What is there, after what went so lately that it would be the same."""
    rows = Problem.objects.filter(Q(gone_at=None) | Q(gone_at__gt=now - SAME_WITHIN))
    return rows.order_by(F("gone_at").asc(nulls_last=True))


def _new(tenant: Tenant, found: Found, now: datetime) -> Problem:
    return Problem(
        tenant=tenant, code=found.code, subject=found.subject, since=now, actor=KINDS[found.code].actor
    )


def _is_gone(row: Problem, now: datetime) -> None:
    if row.gone_at is not None:
        return
    row.gone_at = now
    went_by_itself = row.is_open
    if went_by_itself:
        row.status, row.resolved_at = Status.RESOLVED, now
    row.save(update_fields=["status", "resolved_at", "gone_at"])
    if went_by_itself:
        _tell(row)


def _is_seen(row: Problem, found: Found, now: datetime) -> None:
    """What stands is told where it is another than before."""
    has_come = row.pk is None
    has_come_back = row.gone_at is not None
    is_open_again = not has_come and _is_open_again(row, found, now)
    if has_come_back and not is_open_again:
        row.status = _stood_before(row)
    if is_open_again:
        row.status, row.snoozed_until = Status.OPEN, None
    if has_come_back or is_open_again:
        row.resolved_at = row.resolved_by = row.gone_at = None
        row.returns += has_come_back
    row.actor, row.detail, row.last_seen_at = KINDS[row.code].actor, found.detail, now
    row.save()
    if has_come or has_come_back or is_open_again:
        _tell(row)


def _is_open_again(row: Problem, found: Found, now: datetime) -> bool:
    """Its snooze is over; or a person resolved it, and it came back, has grown, or is there after a day."""
    if row.resolved_by_id is None:
        return row.is_over_its_snooze(now)
    is_unsettled = row.resolved_at is not None and row.resolved_at < now - SETTLED_FOR
    return row.gone_at is not None or is_unsettled or _has_grown(row, found)


def _stood_before(row: Problem) -> str:
    """Whoever had taken it up has it still: it was away for a moment alone."""
    last = row.changes.exclude(status=Status.RESOLVED).first()
    return last.status if last else Status.OPEN


def _has_grown(row: Problem, found: Found) -> bool:
    """By its count where it has one: what shrinks is being mended."""
    before, now = (it.values.get("count") for it in (row.detail, found.detail))
    if isinstance(before, int) and isinstance(now, int):
        return now > before
    return row.detail != found.detail


def _tell(row: Problem) -> None:
    ProblemChange.objects.create(tenant_id=row.tenant_id, problem=row, status=row.status)


def _told(rows: QuerySet[Problem], evidence: Evidence | None) -> Sequence[Told]:
    """A cause that is gone is told no more, although the next look has not come yet."""
    told = [Told(row, kind_of(row.code)) for row in rows]
    if not told or evidence is None:
        return told
    still = {(it.code, it.subject) for it in find(evidence)}
    return [it for it in told if (it.problem.code, it.problem.subject) in still]
