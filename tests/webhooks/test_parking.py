"""What comes before we know its application waits for it: for thirty days, and less and less often."""

import threading
from collections.abc import Sequence
from datetime import timedelta
from time import sleep
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from integrations.models import Application
from integrations.services import deliveries
from integrations.types import EventKind
from tenants.models import Tenant
from tenants.scoping import across_tenants, tenant_scope
from tests.factories import ApplicationFactory
from tests.lever_world import make_due, work_off
from webhooks import handlers, parking, processing
from webhooks.models import WebhookEvent

from .happenings import fresh, stored, told


def aged(event: WebhookEvent, age: timedelta) -> None:
    with across_tenants("a test moves the time"):
        WebhookEvent.objects.filter(pk=event.pk).update(received_at=timezone.now() - age)
    make_due(WebhookEvent)


def pause_of(event: WebhookEvent, age: timedelta) -> timedelta:
    aged(event, age)
    work_off(WebhookEvent)
    waits_until: timedelta = fresh(event).next_attempt_at - timezone.now()
    return waits_until


def test_a_move_waits_for_the_arrival_and_follows_it_at_once(application: Application) -> None:
    move = stored(application, "stage_changed", 1, stage_external_id="talk")
    work_off(WebhookEvent)
    assert (fresh(move).status, told(application)) == ("parked", [])
    stored(application, "application_created")
    work_off(WebhookEvent)
    assert fresh(move).status == "processed"
    assert fresh(application).stage_external_id == "talk"


def test_an_arrival_waits_for_the_answer_to_our_delivery(northwind: Tenant) -> None:
    """Lever's webhook may overtake its own answer."""
    application = ApplicationFactory.create(tenant=northwind)
    arrival = stored(application, "application_created", application_external_id="lever-1")
    work_off(WebhookEvent)
    assert fresh(arrival).status == "parked"
    application.external_id = "lever-1"
    with across_tenants("a test delivers"):
        application.save()
    make_due(WebhookEvent)
    work_off(WebhookEvent)
    assert fresh(arrival).status == "processed"


@pytest.mark.django_db(transaction=True)
def test_the_answer_to_our_delivery_wakes_what_waited_for_it(application: Application) -> None:
    with tenant_scope(application.tenant_id):
        delivery, named = application.delivery, application.external_id
        Application.objects.update(external_id="")
    arrival = stored(application, "application_created", application_external_id=named)
    other = stored(application, "application_created", application_external_id="of-a-stranger")
    aged(arrival, timedelta(days=3))
    work_off(WebhookEvent)
    assert (fresh(arrival).status, fresh(other).status) == ("parked", "parked")
    with tenant_scope(application.tenant_id):
        deliveries._keep_id(delivery, named)
    work_off(WebhookEvent)
    assert (fresh(arrival).status, fresh(other).status) == ("processed", "parked")


def test_the_longer_it_waits_the_less_often_it_is_looked_for(application: Application) -> None:
    event = stored(application, "stage_changed")
    ages = ({"seconds": 0}, {"hours": 3}, {"days": 20}, {"days": 29})
    seconds, hours, days, last = (pause_of(event, timedelta(**age)) for age in ages)
    assert timedelta(seconds=5) < seconds <= parking.SHORTEST_PAUSE
    assert timedelta(hours=26.9) < hours < timedelta(hours=27.1)
    assert timedelta(days=6.9) < days <= parking.LONGEST_PAUSE
    assert timedelta(hours=23.9) < last < timedelta(hours=24.1)


def test_a_dozen_looks_are_all_that_a_stranger_costs(application: Application) -> None:
    event, age, looks = stored(application, "stage_changed"), timedelta(), 0
    while age <= parking.PARKED_FOR:
        age += pause_of(event, age)
        looks += 1
    assert looks < 12


def test_after_thirty_days_it_was_not_ours(application: Application) -> None:
    event = stored(application, "stage_changed")
    aged(event, timedelta(days=29))
    work_off(WebhookEvent)
    assert fresh(event).status == "parked"
    aged(event, timedelta(days=31))
    work_off(WebhookEvent)
    now = fresh(event)
    assert (now.status, now.next_attempt_at) == ("ignored", None)


def test_every_event_ends_in_one_final_status(known: Application) -> None:
    """Ours, not ours, and of no use: all are settled in the end."""
    kinds = ["application_created", "stage_changed", "hired", "archived", "deleted", "test", "other"]
    events = [stored(known, it) for it in kinds]
    events += [stored(known, it, opportunity_external_id="elsewhere") for it in kinds[1:]]
    for event in events:
        aged(event, timedelta(days=31))
    work_off(WebhookEvent)
    ends = {(fresh(it).status, fresh(it).next_attempt_at) for it in events}
    assert ends == {("processed", None), ("ignored", None)}


def test_a_tenants_pause_lasts_as_long_as_it_lasts(known: Application) -> None:
    known.tenant.status = Tenant.Status.PAUSED
    known.tenant.save()
    event = stored(known, "stage_changed", stage_external_id="talk")
    work_off(WebhookEvent)
    assert fresh(event).status == "received"
    known.tenant.status = Tenant.Status.LIVE
    known.tenant.save()
    work_off(WebhookEvent)
    assert fresh(event).status == "processed"


@pytest.mark.django_db(transaction=True)
def test_two_that_waited_are_woken_at_once_and_stand_in_nobodys_way(
    known: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One worker has acted and not committed yet, while the other holds its own event and waits for the application."""
    first, second = (stored(known, "stage_changed", it, status="parked") for it in (1, 2))
    moved, met = handlers.moved, threading.Event()

    def slow(event: WebhookEvent, *facts: Any) -> str:
        told = moved(event, *facts)
        if event.pk == first.pk:
            other.start()
            met.wait(timeout=5)
            sleep(0.3)
        return told

    def meeting(events: Sequence[WebhookEvent]) -> dict[str, list[tuple[UUID, str]]]:
        bodies = locked(events)
        if second in events:
            met.set()
        return bodies

    locked = processing._locked_bodies
    other = threading.Thread(target=in_a_worker, args=(second,))
    monkeypatch.setitem(handlers.HANDLERS, EventKind.STAGE_CHANGED, slow)
    monkeypatch.setattr(processing, "_locked_bodies", meeting)
    processing.process(str(first.pk))
    other.join()
    assert [(fresh(it).status, fresh(it).unfinished) for it in (first, second)] == [("processed", 0)] * 2


def in_a_worker(event: WebhookEvent) -> None:
    try:
        processing.process(str(event.pk))
    finally:
        connection.close()
