"""What a person says of a problem: I am on it, not before then, it is settled. Each is audited and kept as history."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from tenants import audit
from tenants.models import User
from tenants.scoping import tenant_scope

from ..models import Problem, ProblemChange
from .ledger import take_turn

Status = Problem.Status


def acknowledge(problem: Problem, note: str, by: User) -> bool:
    """Whether it was still open."""
    return _decide(problem, Status.ACKNOWLEDGED, note, by)


def snooze(problem: Problem, until: datetime, note: str, by: User) -> bool:
    """Nobody is reminded of it until then; it opens again by itself, unless it has gone."""
    return _decide(problem, Status.SNOOZED, note, by, snoozed_until=until)


def resolve(problem: Problem, note: str, by: User) -> bool:
    """Settled by hand. It opens again when it grows, comes back, or is still there after a day."""
    return _decide(problem, Status.RESOLVED, note, by, resolved_at=timezone.now(), resolved_by=by)


def _decide(problem: Problem, status: Status, note: str, by: User, **fields: Any) -> bool:
    """One after the other with the looks, which write the same rows."""
    with tenant_scope(problem.tenant_id):
        take_turn(problem.tenant_id)
        is_open = Problem.objects.filter(pk=problem.pk, resolved_at=None)
        if not is_open.update(status=status, note=note, **{"snoozed_until": None, **fields}):
            return False
        ProblemChange.objects.create(
            tenant_id=problem.tenant_id, problem=problem, status=status, by=by, note=note
        )
        until = fields.get("snoozed_until")
        told = {"code": problem.code, **({"until": until.isoformat()} if until else {})}
        audit.record(f"problem.{status}", problem, tenant_id=problem.tenant_id, actor=by, **told)
        return True
