"""Where an application stands, in the few words of its screens."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from integrations.models import Delivery

Status = Delivery.Status


class State(StrEnum):
    """What can be asked for; several statuses of a delivery are one state to whoever waits for it."""

    UNDER_WAY = "under-way"
    UNCONFIRMED = "unconfirmed"
    HELD = "held"
    DELIVERED = "delivered"
    REJECTED = "rejected"

    @property
    def label(self) -> str:
        return str(LABELS[self])

    @property
    def tag(self) -> str:
        """The state of the tag that shows it."""
        return TAGS[self]

    @property
    def statuses(self) -> list[str]:
        return [status for status, state in STATES.items() if state is self]


LABELS = {
    State.UNDER_WAY: _("On its way"),
    State.UNCONFIRMED: _("Not confirmed yet"),
    State.HELD: _("Needs a person"),
    State.DELIVERED: _("In Lever"),
    State.REJECTED: _("Not delivered"),
}
TAGS = {
    State.UNDER_WAY: "in_progress",
    State.UNCONFIRMED: "checking",
    State.HELD: "needs_attention",
    State.DELIVERED: "done",
    State.REJECTED: "needs_attention",
}
STATES = {
    Status.READY: State.UNDER_WAY,
    Status.SENDING: State.UNDER_WAY,
    Status.RETRY_WAIT: State.UNDER_WAY,
    Status.UNKNOWN: State.UNCONFIRMED,
    Status.HELD: State.HELD,
    Status.DELIVERED: State.DELIVERED,
    Status.REJECTED: State.REJECTED,
}


def state_of(delivery: Delivery) -> State:
    return STATES[Status(delivery.status)]
