"""What each try of a delivery did, and what came of it."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrPromise

from integrations.models import Delivery, DeliveryAttempt

from .moments import Moment

Status = Delivery.Status
SENT: dict[str, StrPromise] = {
    Status.DELIVERED: gettext_lazy("Sent, and Lever took it"),
    Status.UNKNOWN: gettext_lazy("Sent, and Lever did not confirm it"),
    Status.RETRY_WAIT: gettext_lazy("Sent, and Lever did not take it now"),
    Status.REJECTED: gettext_lazy("Sent, and Lever refused it"),
    Status.HELD: gettext_lazy("Sent, and Lever did not allow it"),
}
NOT_SENT: dict[str, StrPromise] = {
    Status.DELIVERED: gettext_lazy("Lever took it"),
    Status.UNKNOWN: gettext_lazy("Lever did not confirm it"),
    Status.RETRY_WAIT: gettext_lazy("Not sent yet"),
    Status.REJECTED: gettext_lazy("Not sent"),
    Status.HELD: gettext_lazy("Not sent: it needs a person"),
}
LOOKED: dict[str, StrPromise] = {
    Status.DELIVERED: gettext_lazy("Found in Lever"),
    Status.UNKNOWN: gettext_lazy("Looked for, and not confirmed yet"),
    Status.RETRY_WAIT: gettext_lazy("Looked for twice, and not in Lever: it is sent again"),
    Status.REJECTED: gettext_lazy("Looked for no more"),
    Status.HELD: gettext_lazy("Not confirmed: it needs a person"),
}
# What needs nobody's attention and is not the end either.
STATES = {Status.DELIVERED: "proved", Status.HELD: "failed", Status.REJECTED: "failed"}


def moments(delivery: Delivery) -> Iterator[Moment]:
    """In the tenant's scope; also one that has begun and left nothing but its manifest yet.

    Told by their beginning: the ATS may confirm before its answer is recorded here.
    """
    for it in delivery.tries.all():
        yield Moment(
            it.started_at,
            str(_titles(it).get(it.outcome, it.get_outcome_display())),
            STATES.get(Status(it.outcome), "unprovable"),
            _says(it),
            it.manifest or {},
            _detail(it),
        )
    if delivery.status == Status.SENDING and delivery.sent_at:
        yield Moment(delivery.sent_at, _("Being sent"), "waiting", "", delivery.manifest)


def _titles(it: DeliveryAttempt) -> dict[str, StrPromise]:
    if it.is_look:
        return LOOKED
    return SENT if it.manifest else NOT_SENT


def _says(it: DeliveryAttempt) -> str:
    answered = _("Lever answered %(status)s.") % {"status": it.http_status} if it.http_status else ""
    return " ".join(said for said in (str(it.error_message), answered) if said)


def _detail(it: DeliveryAttempt) -> str:
    seconds = (it.finished_at - it.started_at).total_seconds()
    return " ".join(
        said for said in (f"Try {it.number}, {seconds:.1f} s.", it.error_code, it.error_detail) if said
    )
