"""The questions that keep jobs from taking applications, each with its jobs: read in the tenant's scope."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from integrations.models import Connection, FormCheck
from integrations.providers import get_provider

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
class Job:
    """One whose form is not ready; `address` is where the customer's people change it."""

    check: FormCheck
    address: str


@dataclass(frozen=True, slots=True)
class Gap:
    """One question as several jobs ask it. `type` is the provider's own word, which may be new to us."""

    text: str
    type: str
    jobs: Sequence[Job]

    @property
    def shown(self) -> Sequence[Job]:
        return self.jobs[:SHOWN]

    @property
    def more(self) -> int:
        return len(self.jobs) - len(self.shown)

    @property
    def type_name(self) -> str:
        return TYPE_NAMES.get(self.type, self.type)


def gaps(connection: Connection) -> Sequence[Gap]:
    """The question of most jobs first."""
    jobs: defaultdict[tuple[str, str], list[Job]] = defaultdict(list)
    for job in _jobs(connection, FormCheck.Status.UNSUPPORTED, MOST_CHECKS):
        for question in dict.fromkeys((it["text"], it["type"]) for it in job.check.unsupported):
            jobs[question].append(job)
    found = [Gap(text, kind, its) for (text, kind), its in jobs.items()]
    return sorted(found, key=lambda gap: (-len(gap.jobs), gap.text))


def unreadable(connection: Connection) -> Sequence[Job]:
    """The first of them; how many there are is counted elsewhere."""
    return list(_jobs(connection, FormCheck.Status.UNREADABLE, SHOWN))


def _jobs(connection: Connection, status: FormCheck.Status, most: int) -> Iterator[Job]:
    provider = get_provider(connection.provider)
    checks = FormCheck.objects.select_related("posting").filter(posting__closed_at=None, status=status)
    for check in checks.order_by("posting__title", "pk")[:most]:
        yield Job(check, provider.posting_page(check.posting.external_id, connection.region))
