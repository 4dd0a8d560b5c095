"""What a look at one tenant saw: its steps, and who acts next since when."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import override

from ..checklist import Checklist, Entry, checklist
from ..evidence import Evidence
from ..models import Health, Problem
from ..problems.kinds import kind_of
from ..steps.types import Actor


def note(evidence: Evidence, problems: Sequence[Problem]) -> None:
    """In the tenant's scope, once its problems are in line. What came after the look began may not have been seen."""
    with override("en"):
        told = checklist(evidence)
        steps = [_as_json(entry) for entry in told.entries]
    actor = _acts_next(evidence, told, problems)
    kept = Health.objects.filter(tenant=evidence.tenant).values("looked_at", "waits_on").first()
    seen: dict[str, Any] = {
        "looked_at": Now(),
        "steps": steps,
        "settled": told.settled,
        "waits_on": actor,
    }
    if kept is None or kept["looked_at"] is None:
        seen["waits_since"] = _since(actor, told, problems)
    elif kept["waits_on"] != actor:
        seen["waits_since"] = timezone.now() if actor else None
    Health.objects.update_or_create(tenant=evidence.tenant, defaults=seen)


def _acts_next(evidence: Evidence, told: Checklist, problems: Sequence[Problem]) -> str:
    """Of a tenant that runs whoever mends its worst problem; before that, whoever has the next step."""
    if evidence.tenant.has_ended:
        return ""
    if not evidence.tenant.is_running:
        entry = told.next or told.awaited
        return entry.told.actor if entry else Actor.STAFF
    loud = [it for it in problems if not it.is_quiet]
    worst = max(loud, key=lambda it: kind_of(it.code).weight, default=None)
    return worst.actor if worst else ""


def _since(actor: str, told: Checklist, problems: Sequence[Problem]) -> datetime | None:
    """At the first look: the oldest that waits for them. From then on it is seen when the turn changes."""
    if not actor:
        return None
    times = [it.since for it in problems if it.actor == actor]
    times += [it.told.at for it in told.entries if it.told.at and it.told.actor == actor]
    return min(times, default=timezone.now())


def _as_json(entry: Entry) -> dict[str, Any]:
    told = entry.told
    return {
        "key": entry.step.key,
        "title": str(entry.step.title),
        "state": str(told.state),
        "label": told.label,
        "says": told.says,
        "received": told.mismatch.received if told.mismatch else "",
        "at": told.at.isoformat() if told.at else None,
        "actor": str(told.actor),
    }
