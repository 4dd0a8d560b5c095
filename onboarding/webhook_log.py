"""The customer's own log of what came to one webhook address: when, whether it was believed, what it became."""

from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrPromise

from integrations.types import EventKind
from webhooks.models import RejectedRequest, WebhookEndpoint, WebhookEvent

MOST = 10
Reason, Status = RejectedRequest.Reason, WebhookEvent.Status
VERDICTS: dict[str, StrPromise] = {
    Reason.NOT_A_WEBHOOK: gettext_lazy("not a webhook of Lever"),
    Reason.UNSIGNED: gettext_lazy("unsigned"),
    Reason.WRONG_SIGNATURE: gettext_lazy("signed with a token that we do not know"),
    Reason.OTHER_EVENTS_TOKEN: gettext_lazy("signed with another event's token"),
    Reason.NO_TOKEN_YET: gettext_lazy("signed, its token is not here yet"),
}
BECAME: dict[str, StrPromise] = {
    Status.RECEIVED: gettext_lazy("being processed"),
    Status.PARKED: gettext_lazy("waiting for its application"),
    Status.PROCESSED: gettext_lazy("processed"),
    Status.IGNORED: gettext_lazy("nothing to do"),
    Status.QUARANTINED: gettext_lazy("put aside"),
    Status.DEAD: gettext_lazy("given up; Appcast looks at it"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """Nothing of a person: no id and no body."""

    at: datetime
    event_name: str
    verdict: str
    became: str
    is_believed: bool


def entries(endpoint: WebhookEndpoint) -> list[Entry]:
    """The newest first. In the tenant's scope."""
    believed = (_of_event(it) for it in WebhookEvent.objects.filter(endpoint=endpoint)[:MOST])
    others = (_of_rejected(it) for it in RejectedRequest.objects.filter(endpoint=endpoint)[:MOST])
    return list(islice(merge(believed, others, key=lambda it: it.at, reverse=True), MOST))


def _of_event(event: WebhookEvent) -> Entry:
    is_test = event.kind == EventKind.TEST
    became = _("Lever's own test") if is_test else str(BECAME[event.status])
    return Entry(event.received_at, event.name, _("correctly signed"), became, is_believed=True)


def _of_rejected(request: RejectedRequest) -> Entry:
    became = _("kept; checked again when a token is pasted") if _can_be_proved(request) else _("kept")
    return Entry(
        request.received_at, request.event_name, str(VERDICTS[request.reason]), became, is_believed=False
    )


def _can_be_proved(request: RejectedRequest) -> bool:
    return request.reason not in {Reason.NOT_A_WEBHOOK, Reason.UNSIGNED}
