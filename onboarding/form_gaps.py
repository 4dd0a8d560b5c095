"""The questions that keep jobs from taking applications, each with its jobs: read in the tenant's scope."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from integrations.models import FormCheck

# Lever's own names for the kinds of questions that it cannot take over its API.
TYPE_NAMES = {
    "university": "University Picker",
    "score": "Rating Scale",
    "score-system": "Rating Scale",
    "scorecard": "Rating Scale",
}
MOST_CHECKS = 1000
# A page stays small; the rest of a question's jobs come up as these are mended.
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Gap:
    """One question as several jobs ask it. `type` is the provider's own word, which may be new to us."""

    text: str
    type: str
    checks: Sequence[FormCheck]

    @property
    def shown(self) -> Sequence[FormCheck]:
        return self.checks[:SHOWN]

    @property
    def more(self) -> int:
        return len(self.checks) - len(self.shown)

    @property
    def type_name(self) -> str:
        return TYPE_NAMES.get(self.type, self.type)


def gaps() -> Sequence[Gap]:
    """The question of most jobs first."""
    jobs: defaultdict[tuple[str, str], list[FormCheck]] = defaultdict(list)
    for check in _open_checks(FormCheck.Status.UNSUPPORTED)[:MOST_CHECKS]:
        for question in dict.fromkeys((it["text"], it["type"]) for it in check.unsupported):
            jobs[question].append(check)
    found = [Gap(text, kind, checks) for (text, kind), checks in jobs.items()]
    return sorted(found, key=lambda gap: (-len(gap.checks), gap.text))


def unreadable() -> Sequence[FormCheck]:
    """The first of them; how many there are is counted elsewhere."""
    return list(_open_checks(FormCheck.Status.UNREADABLE)[:SHOWN])


def _open_checks(status: FormCheck.Status) -> QuerySet[FormCheck]:
    checks = FormCheck.objects.select_related("posting").filter(posting__closed_at=None, status=status)
    return checks.order_by("posting__title", "pk")
