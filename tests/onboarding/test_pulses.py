"""A worker that is stopped shows on the desk by its queue, since no other row tells of it."""

from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from django.test import Client
from django.utils import timezone

from onboarding import tasks
from onboarding.health import pulses
from onboarding.models import Pulse

from .pages import words

pytestmark = pytest.mark.django_db
LONG_AGO = pulses.STILL_AFTER * 1.1


def beat(*but: str, ago: timedelta = timedelta()) -> None:
    """Every queue's worker, for long, and lately all but these."""
    for queue in settings.WORKER_QUEUES:
        tasks.note_pulse(queue)
    Pulse.objects.update(first_at=timezone.now() - 2 * LONG_AGO, at=timezone.now() - ago)
    Pulse.objects.filter(queue__in=but).update(at=timezone.now() - LONG_AGO)


def still() -> list[str]:
    return [it.queue for it in pulses.still()]


def test_the_schedule_sends_a_message_down_each_queue() -> None:
    schedule: dict[str, Any] = settings.CELERY_BEAT_SCHEDULE
    pulses_of = [it for it in schedule.values() if it["task"] == tasks.note_pulse.name]
    sent = {it["args"][0]: it["options"]["queue"] for it in pulses_of}
    assert sent == {it: it for it in settings.WORKER_QUEUES}
    assert {
        current_app.amqp.router.route({"queue": it}, tasks.note_pulse.name)["queue"].name for it in sent
    } == {*sent}


def test_every_queue_says_in_words_what_does_not_happen_without_it() -> None:
    assert set(pulses.MEANS) == {*settings.WORKER_QUEUES}


def test_a_queue_that_nobody_works_on_is_told() -> None:
    beat()
    assert still() == []
    beat("events")
    assert still() == ["events"]
    tasks.note_pulse("events")
    assert still() == []


def test_a_queue_that_never_had_a_worker_is_told_once_it_had_time_to() -> None:
    tasks.note_pulse("upkeep")
    assert still() == []
    Pulse.objects.update(first_at=timezone.now() - LONG_AGO)
    assert still() == [it for it in settings.WORKER_QUEUES if it != "upkeep"]
    assert all(it.since is None for it in pulses.still())


def test_of_a_fleet_without_any_pulse_nothing_is_claimed() -> None:
    assert still() == []


def test_the_first_page_says_what_does_not_happen_and_whom_to_tell(desk: Client) -> None:
    beat()
    assert "Workers are stopped" not in words(desk.get("/admin/"))
    beat("deliveries")
    page = words(desk.get("/admin/"))
    assert "Workers are stopped, or far behind: tell the engineers" in page
    assert pulses.MEANS["deliveries"] in page
    assert pulses.MEANS["events"] not in page
