"""Whether each queue has workers. A message goes down each of them every minute, and whoever takes it says so: no other
row tells of a worker that is stopped, since whatever waits may wait for Lever."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone

from ..models import Problem, Pulse

STILL_AFTER = timedelta(minutes=10)
# What does not happen any more, for people.
MEANS: Mapping[str, str] = {
    "sweep": "Work that is due again is not found: retries, readings and webhooks wait",
    "events": "Webhooks are kept, and not acted on",
    "deliveries": "Applications are taken, and not delivered to Lever",
    "conversions": "Conversions are not sent to Appcast",
    "feeds": "Job feeds and forms are not read",
    "upkeep": "Tenants are not looked at, and nobody is mailed",
}


@dataclass(frozen=True, slots=True)
class Still:
    """`since` is None where no worker ever took anything."""

    queue: str
    since: datetime | None

    @property
    def means(self) -> str:
        return MEANS.get(self.queue, "")

    @property
    def who(self) -> str:
        """Who acts: only they can start what is stopped."""
        return Problem.Actor.ENGINEER


def note(queue: str) -> None:
    Pulse.objects.update_or_create(queue=queue, defaults={"at": Now()})


def still() -> Sequence[Still]:
    """The queues that nobody works on; none before the first messages had time to come."""
    seen, now = {it.queue: it for it in Pulse.objects.all()}, timezone.now()
    first_at = min((it.first_at for it in seen.values()), default=now)
    if now - first_at < STILL_AFTER:
        return []
    last = {queue: seen[queue].at if queue in seen else None for queue in settings.WORKER_QUEUES}
    return [Still(queue, at) for queue, at in last.items() if at is None or now - at > STILL_AFTER]
