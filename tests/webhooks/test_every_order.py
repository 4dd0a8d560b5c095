"""Lever promises no order: every order of arrival ends in the same stage and the same conversions.

Of the events that have come, and of what they did, nothing but the state is remembered. So orders that meet in one
state go on alike, and are walked on from there once; each step is rolled back behind the walker.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from integrations.models import Application, Conversion
from tenants.scoping import across_tenants
from tests.factories import ArchiveReasonFactory, StageMappingFactory
from tests.lever_world import work_off
from webhooks import processing
from webhooks.models import WebhookEvent

from .happenings import fresh, stored, told

State = tuple[Any, ...]
REASONS = {"hired": True, "underqualified": False}


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
    """Two stages share a millisecond, and Lever tells the hire twice."""
    return [
        stored(application, "application_created", 0),
        stored(application, "stage_changed", 1, stage_external_id="screen"),
        stored(application, "stage_changed", 2, stage_external_id="talk", key="a" * 64),
        stored(application, "stage_changed", 2, stage_external_id="unmapped", key="b" * 64),
        stored(application, "hired", 3),
        stored(application, "archived", 3, archive_reason_external_id="hired"),
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
    now = fresh(application)
    with across_tenants("a test looks"):
        seen = WebhookEvent.objects.order_by("pk").values_list("pk", "status", "application_external_id")
        keys = Conversion.objects.order_by("key").values_list("key", flat=True)
        return (
            now.stage_external_id,
            now.erased_at is not None,
            tuple(told(application)),
            (now.stage_changed_at, now.confirmed_at, now.opportunity_external_id, now.external_id),
            tuple(keys),
            tuple(seen),
        )


def test_every_order_of_a_hire_ends_alike(world: Application) -> None:
    stage, _, conversions, *_ = walk(world, of_a_hire(world))
    assert stage == "unmapped"
    assert [name for name, *_ in conversions] == ["", "apply_complete", "hired", "interview", "reviewed"]


def test_every_order_of_a_deletion_ends_alike(world: Application) -> None:
    _, is_erased, conversions, *_ = walk(world, of_a_deletion(world))
    assert is_erased
    assert [name for name, *_ in conversions] == ["apply_complete", "rejected"]


def test_every_place_of_a_repetition_changes_nothing(world: Application) -> None:
    events = of_a_hire(world)[:3]
    once = walk(world, events)
    for event in events:
        assert walk(world, [*events, event]) == once


def walk(application: Application, events: list[WebhookEvent]) -> State:
    """How all of the events end; AssertionError if two orders of some of them end in different states."""
    ends: dict[frozenset[int], State] = {}

    def step(done: frozenset[int]) -> None:
        state, is_new = state_of(application), done not in ends
        assert ends.setdefault(done, state) == state, f"after {sorted(done)} in another order"
        for index in set(range(len(events))) - done if is_new else ():
            rolled_back(lambda index=index: (happen(events[index]), step(done | {index})))

    step(frozenset())
    return ends[frozenset(range(len(events)))]


def happen(event: WebhookEvent) -> None:
    with across_tenants("a test repeats"):
        WebhookEvent.objects.filter(pk=event.pk).update(status="received", next_attempt_at=event.triggered_at)
    processing.process(str(event.pk))
    if event.kind == "application_created":
        work_off(WebhookEvent)


def rolled_back(act: Callable[[], Any]) -> None:
    class Back(Exception):
        pass

    try:
        with transaction.atomic():
            act()
            raise Back
    except Back:
        pass
