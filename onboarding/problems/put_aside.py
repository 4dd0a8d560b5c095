"""Signed events that were put aside, by why: each cause has a next step of its own."""

from collections import Counter
from collections.abc import Iterator

from django.db.models import QuerySet

from integrations.types import EventKind
from tenants.phrases import Phrase, counted
from webhooks.models import Aside, WebhookEvent

from ..steps.types import Found


def find(recent: QuerySet[WebhookEvent]) -> Iterator[Found]:
    """In the tenant's scope. A test at the wrong address is for the customer alone: nothing of it is missing."""
    aside = recent.filter(status=WebhookEvent.Status.QUARANTINED).exclude(kind=EventKind.TEST)
    outcomes = aside.values_list("outcome", flat=True)
    for cause, count in Counter(map(_cause, outcomes)).items():
        yield Found("webhook.quarantined", _told(cause, count), cause.name.lower() if cause else "")


def _cause(outcome: str) -> Aside | None:
    return next((it for it in Aside if outcome.startswith(it)), None)


def _told(cause: Aside | None, count: int) -> Phrase:
    match cause:
        case Aside.OUT_OF_TIME:
            return counted(
                "%(count)s event is more than 15 days old or dated ahead: ask the customer who sends old deliveries "
                "again, and acknowledge it",
                "%(count)s events are more than 15 days old or dated ahead: ask the customer who sends old deliveries "
                "again, and acknowledge it",
                count,
            )
        case Aside.OUT_OF_PLACE:
            return counted(
                "%(count)s event came to another event's address: once the customer has corrected the URLs, they "
                "press “Rerun” in Lever",
                "%(count)s events came to another event's address: once the customer has corrected the URLs, they "
                "press “Rerun” in Lever",
                count,
            )
        case Aside.ALTERED:
            return counted(
                "%(count)s event has the signature of another one and a different body: tell the engineers, somebody "
                "may be forging events",
                "%(count)s events have the signatures of others and different bodies: tell the engineers, somebody "
                "may be forging events",
                count,
            )
        case Aside.NOT_VERIFIED:
            return counted(
                "%(count)s deletion is not confirmed by Lever: look for the candidate in Lever, and once it is gone, "
                "ask the engineers to “Process once more”",
                "%(count)s deletions are not confirmed by Lever: look for the candidates in Lever, and once they are "
                "gone, ask the engineers to “Process once more”",
                count,
            )
    return counted("%(count)s event", "%(count)s events", count)
