"""Lever promises no order: every order of arrival ends in the same stage and the same conversions.

Of the events that have come, and of what they did, nothing but the state is remembered. So orders that meet in one
state go on alike, and are walked on from there once; each step is rolled back behind the walker. Seven events have
5,040 orders, and all of them are covered by 448 steps. That orders may be walked together is not taken for granted:
all 24 orders of four events, and some of seven, are gone through one by one as well.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import permutations
from random import Random
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from integrations.models import Application, Conversion
from tenants.scoping import across_tenants
from tests.factories import ArchiveReasonFactory, StageMappingFactory
from tests.lever_world import work_off
from webhooks import processing
from webhooks.models import WebhookEvent

from .happenings import stored

State = tuple[Any, ...]
REASONS = {"hired": True, "underqualified": False}
SAMPLE = Random(7)


@pytest.fixture
def world(application: Application) -> Application:
    tenant = application.tenant
    for stage, conversion in {"screen": "reviewed", "talk": "interview", "silent": ""}.items():
        StageMappingFactory.create(tenant=tenant, stage_external_id=stage, conversion=conversion)
    for reason, is_hired in REASONS.items():
        ArchiveReasonFactory.create(
            tenant=tenant, external_id=reason, name=reason, is_hired=is_hired, conversion="rejected"
        )
    return application


def of_a_hire(application: Application) -> list[WebhookEvent]:
    """Two stages share a millisecond, somebody was refused by mistake, and Lever tells the hire twice."""
    return [
        stored(application, "application_created", 0),
        stored(application, "stage_changed", 1, stage_external_id="screen"),
        stored(application, "stage_changed", 2, stage_external_id="talk", key="a" * 64),
        stored(application, "stage_changed", 2, stage_external_id="unmapped", key="b" * 64),
        stored(application, "archived", 3, archive_reason_external_id="underqualified"),
        stored(application, "hired", 4),
        stored(application, "archived", 4.01, archive_reason_external_id="hired"),
    ]


def of_a_deletion(application: Application) -> list[WebhookEvent]:
    return [
        stored(application, "application_created", 0),
        stored(application, "stage_changed", 1, stage_external_id="silent"),
        stored(application, "archived", 2, archive_reason_external_id="underqualified"),
        stored(application, "archived", 3),
        stored(application, "deleted", 4),
    ]


def state_of(application: Application) -> State:
    """All that processing looks at, and what comes out of it."""
    with across_tenants("a test looks"):
        application.refresh_from_db()
        told = Conversion.objects.order_by("name", "key").values_list(
            "name", "key", "raw_status", "raw_stage_id", "occurred_at"
        )
        events = WebhookEvent.objects.order_by("pk").values_list("pk", "status", "application_external_id")
        facts = (
            application.stage_changed_at,
            application.confirmed_at,
            application.archived_at,
            application.opportunity_external_id,
            application.external_id,
        )
        is_erased = application.erased_at is not None
        return application.stage_external_id, is_erased, tuple(told), facts, tuple(events)


@pytest.mark.timeout(400)
def test_every_order_of_a_hire_ends_alike(world: Application) -> None:
    stage, _, conversions, *_ = walk(world, of_a_hire(world))
    assert stage == "unmapped"
    names = ["", "apply_complete", "hired", "interview", "rejected", "reviewed"]
    assert [name for name, *_ in conversions] == names


@pytest.mark.timeout(400)
def test_orders_gone_through_one_by_one_end_alike_too(world: Application) -> None:
    events = of_a_hire(world)
    four = [events[it] for it in (0, 2, 3, 6)]
    assert len(ends_of(world, permutations(four))) == 1
    assert len(ends_of(world, (SAMPLE.sample(events, 7) for _ in range(5)))) == 1


@pytest.mark.timeout(400)
def test_orders_that_are_settled_at_once_end_alike_too(world: Application) -> None:
    events = of_a_hire(world)
    once = walk(world, events)
    for order in (SAMPLE.sample(events, 7) for _ in range(20)):
        with rolled_back():
            happen_at_once(order)
            assert state_of(world) == once


def test_every_order_of_a_deletion_ends_alike(world: Application) -> None:
    _, is_erased, conversions, *_ = walk(world, of_a_deletion(world))
    assert is_erased
    assert [name for name, *_ in conversions] == ["apply_complete", "rejected"]


def test_every_place_of_a_repetition_changes_nothing(world: Application) -> None:
    events = of_a_hire(world)[:3]
    once = walk(world, events)
    assert walk(world, [*events, events[1]]) == once


def walk(application: Application, events: list[WebhookEvent]) -> State:
    """How all of the events end; AssertionError if two orders of some of them end in different states."""
    ends: dict[frozenset[int], State] = {}

    def step(done: frozenset[int]) -> None:
        state, is_new = state_of(application), done not in ends
        assert ends.setdefault(done, state) == state, f"after {sorted(done)} in another order"
        for index in set(range(len(events))) - done if is_new else ():
            with rolled_back():
                happen(events[index])
                step(done | {index})

    step(frozenset())
    return ends[frozenset(range(len(events)))]


def ends_of(application: Application, orders: Iterable[Iterable[WebhookEvent]]) -> set[State]:
    """In which states the orders end."""
    ends = set()
    for order in orders:
        with rolled_back():
            for event in order:
                happen(event)
            ends.add(state_of(application))
    return ends


def happen(event: WebhookEvent) -> None:
    """Once more, where it has happened before."""
    with across_tenants("a test repeats"):
        WebhookEvent.objects.filter(pk=event.pk).update(status="received", next_attempt_at=event.triggered_at)
    processing.process(str(event.pk))
    if event.kind == "application_created":
        work_off(WebhookEvent)


def happen_at_once(events: Sequence[WebhookEvent]) -> None:
    """In this order, in one turn."""
    due = timezone.now() - timedelta(hours=1)
    with across_tenants("a test sets them in order"):
        for number, event in enumerate(events):
            at = due + timedelta(seconds=number)
            WebhookEvent.objects.filter(pk=event.pk).update(status="received", next_attempt_at=at)
    processing.process_due(events[0].tenant_id)
    work_off(WebhookEvent)


@contextmanager
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
