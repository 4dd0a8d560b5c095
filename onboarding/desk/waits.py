"""Which tenants have waited longest, and what for, as the last look at each saw it."""

from collections.abc import Sequence

from django.db.models import OuterRef, Subquery

from ..models import Health, Problem
from ..problems.kinds import kind_of
from ..steps.types import SETTLED
from .weighing import problem_weight


def longest(most: int) -> Sequence[tuple[Health, str]]:
    """Across tenants, in one statement."""
    theirs = Problem.objects.filter(
        tenant=OuterRef("tenant"), actor=OuterRef("waits_on"), status=Problem.Status.OPEN
    )
    worst = theirs.order_by(problem_weight().desc(), "since").values("code")[:1]
    waiting = Health.objects.exclude(waits_on="").select_related("tenant").annotate(worst=Subquery(worst))
    return [(it, _what(it, it.worst)) for it in waiting.order_by("waits_since")[:most]]


def _what(health: Health, worst: str | None) -> str:
    """Of a tenant that runs the worst problem that is theirs to mend, else their next step."""
    steps = (it for it in health.steps if it["actor"] == health.waits_on and it["state"] not in SETTLED)
    step = next(steps, None)
    if worst and (health.tenant.is_running or step is None):
        return str(kind_of(worst).title)
    return str(step["title"]) if step else ""
