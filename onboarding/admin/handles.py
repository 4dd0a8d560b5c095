"""What the remedy of a problem says to press, where it stands: the tenant's buttons, and the rows that it counts."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.apps import apps
from django.urls import reverse

from integrations.models import Feed

from ..desk.outside import Outside, outside_of
from ..models import Problem
from ..problems.kinds import Actor, Kind, kind_of
from ..steps import BY_KEY
from .actions import Action


@dataclass(frozen=True, slots=True)
class Handle:
    """`presses` name actions; `rows` are a list of the desk, and what it is narrowed by."""

    presses: tuple[str, ...] = ()
    rows: tuple[str, str] | None = None


DELIVERIES, CONVERSIONS, EVENTS = "integrations_delivery", "integrations_conversion", "webhooks_webhookevent"
OF_CUSTOMER = Handle(("remind",))
HANDLES: Mapping[str, Handle] = {
    "feed.failed": Handle(("sync", "remind")),
    "feed.late": Handle(("sync",)),
    "feed.large_drop": Handle(("accept_drop", "reject_drop")),
    "feed.unreadable": Handle(rows=("integrations_feedsync", "status__exact=failed")),
    "forms.unsupported": Handle(("remind",), ("integrations_formcheck", "status__exact=unsupported")),
    "forms.unreadable": Handle(rows=("integrations_formcheck", "status__exact=unreadable")),
    "webhook.rejected": Handle(("remind",), ("webhooks_rejectedrequest", "")),
    "webhook.quarantined": Handle(rows=(EVENTS, "status__exact=quarantined")),
    "webhook.given_up": Handle(rows=(EVENTS, "status__exact=dead")),
    "delivery.held": Handle(rows=(DELIVERIES, "status__exact=held")),
    "delivery.stuck": Handle(rows=(DELIVERIES, "")),
    "conversions.late": Handle(rows=(CONVERSIONS, "status__exact=ready")),
    "conversions.given_up": Handle(rows=(CONVERSIONS, "status__exact=dead")),
    "conversions.crashed": Handle(rows=(CONVERSIONS, "status__exact=dead")),
    "conversions.held": Handle(("remind",), (CONVERSIONS, "status__exact=held")),
    "notices.refused": Handle(rows=("onboarding_notice", "")),
}


@dataclass(frozen=True, slots=True)
class Rows:
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Handled:
    """A problem with what can be pressed about it by whoever looks; `rows` are the list that shows what it counts.

    `step` is the page of the customer's where it shows, or empty.
    """

    problem: Problem
    kind: Kind
    presses: list[tuple[str, Action]]
    rows: Rows | None
    outside: Outside | None
    step: str


def handled(problem: Problem, applicable: Mapping[str, Action], feed: Feed | None) -> Handled:
    kind = kind_of(problem.code)
    handle = HANDLES.get(problem.code) or (OF_CUSTOMER if kind.actor == Actor.CUSTOMER else Handle())
    presses = [(name, applicable[name]) for name in handle.presses if name in applicable]
    step = str(BY_KEY[kind.step].title) if kind.step and problem.is_open else ""
    return Handled(problem, kind, presses, _rows(problem, handle), outside_of(problem.code, feed), step)


def _rows(problem: Problem, handle: Handle) -> Rows | None:
    if handle.rows is None:
        return None
    listed, narrowed = handle.rows
    query = "&".join(filter(None, (f"tenant__id__exact={problem.tenant_id}", narrowed)))
    name = str(apps.get_model(listed.replace("_", ".", 1))._meta.verbose_name_plural)
    return Rows(name, f"{reverse(f'admin:{listed}_changelist')}?{query}")
