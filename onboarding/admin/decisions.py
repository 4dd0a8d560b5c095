"""What a person can say of a delivery that rests: asked once more before it is done."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from integrations.models import Delivery
from integrations.services import deliveries
from tenants.models import User

Status = Delivery.Status


@dataclass(frozen=True, slots=True)
class Decision:
    """`of` are the statuses in which it can be said; `doubt` is added where the application may have arrived."""

    key: str
    label: str
    asks: str
    doubt: str
    of: Collection[str]
    run: Callable[[Delivery, User], bool]
    said: str


DECISIONS = (
    Decision(
        "arrived",
        "It arrived",
        "You saw this application in Lever. It counts as delivered, and nothing is sent any more.",
        "",
        {Status.HELD},
        deliveries.mark_arrived,
        "Marked as delivered; its number in Lever is looked for.",
    ),
    Decision(
        "send-again",
        "Send again",
        "It is handed to Lever once more, at its turn.",
        "It may have arrived. If it did, Lever has it twice afterwards: search for the candidate first.",
        {Status.HELD, Status.REJECTED},
        deliveries.send_again,
        "It is sent again.",
    ),
)


def apt(delivery: Delivery) -> dict[str, Decision]:
    """By their keys. Of one that was erased there is nothing left to send."""
    if delivery.application.erased_at:
        return {}
    return {it.key: it for it in DECISIONS if delivery.status in it.of}
