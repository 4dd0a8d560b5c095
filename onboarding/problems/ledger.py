"""One open row per problem, resolved when it is gone."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils import timezone

from integrations.services import bell, locks
from tenants import audit
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope

from ..evidence import Evidence, gather
from ..models import Problem
from .finding import find
from .kinds import KINDS, Actor, Kind


class Told(NamedTuple):
    problem: Problem
    kind: Kind


def diagnose(tenant: Tenant) -> list[Problem]:
    """Look, and bring the rows in line; the problems that are open now."""
    now = timezone.now()
    with tenant_scope(tenant.pk):
        locks.take_until_commit(
            f"problems:{tenant.pk}"
        )  # one look after the other, so that none is found twice
        found = {(it.code, it.subject): it for it in find(gather(tenant))}
        open_rows = {(it.code, it.subject): it for it in Problem.objects.filter(resolved_at=None)}
        for key, row in open_rows.items():
            if key not in found:
                row.status, row.resolved_at = Problem.Status.RESOLVED, now
                row.save(update_fields=["status", "resolved_at"])
        for key, it in found.items():
            problem = open_rows.get(key) or Problem(
                tenant=tenant, code=it.code, subject=it.subject, actor=KINDS[it.code].actor, since=now
            )
            problem.detail, problem.last_seen_at = it.detail, now
            if problem.is_over_its_snooze(now):
                problem.status, problem.snoozed_until = Problem.Status.OPEN, None
            problem.save()
        return list(Problem.objects.filter(resolved_at=None))


def ring_for_diagnoses() -> None:
    for tenant_id in Tenant.objects.exclude(status=Tenant.Status.OFFBOARDED).values_list("pk", flat=True):
        bell.send("onboarding.tasks.diagnose", tenant_id)


def diagnose_by_id(tenant_id: int) -> None:
    diagnose(Tenant.objects.get(pk=tenant_id))


def acknowledge(problem: Problem, note: str, by: User) -> None:
    with tenant_scope(problem.tenant_id):
        is_open = Problem.objects.filter(pk=problem.pk, resolved_at=None)
        if is_open.update(status=Problem.Status.ACKNOWLEDGED, note=note):
            audit.record(
                "problem.acknowledged", problem, tenant_id=problem.tenant_id, actor=by, code=problem.code
            )


def snooze(problem: Problem, until: datetime, note: str, by: User) -> None:
    """Nobody is reminded of it until then; it opens again by itself, unless it has gone."""
    with tenant_scope(problem.tenant_id):
        is_open = Problem.objects.filter(pk=problem.pk, resolved_at=None)
        if is_open.update(status=Problem.Status.SNOOZED, snoozed_until=until, note=note):
            audit.record(
                "problem.snoozed",
                problem,
                tenant_id=problem.tenant_id,
                actor=by,
                code=problem.code,
                until=until.isoformat(),
            )


def of_customer(evidence: Evidence | None = None) -> Sequence[Told]:
    """In the tenant's scope: what the customer is asked to mend. With evidence, only what it still shows."""
    return _told(Problem.objects.filter(resolved_at=None, actor=Actor.CUSTOMER), evidence)


def of_others(evidence: Evidence | None = None) -> Sequence[Told]:
    """In the tenant's scope: what the customer may know that others are at. With evidence, only what it still shows."""
    told = _told(Problem.objects.filter(resolved_at=None).exclude(actor=Actor.CUSTOMER), evidence)
    return [it for it in told if not it.kind.is_confidential]


def _told(rows: QuerySet[Problem], evidence: Evidence | None) -> Sequence[Told]:
    """A cause that is gone is told no more, although the next look has not come yet."""
    told = [Told(row, KINDS[row.code]) for row in rows]
    if not told or evidence is None:
        return told
    still = {(it.code, it.subject) for it in find(evidence)}
    return [it for it in told if (it.problem.code, it.problem.subject) in still]
