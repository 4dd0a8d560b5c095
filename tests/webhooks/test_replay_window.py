"""How long a delivery may be repeated, and how long it must therefore be remembered."""

from datetime import timedelta
from typing import Any

import time_machine
from django.utils import timezone
from django.utils.module_loading import import_string

from config.settings import CELERY_BEAT_SCHEDULE
from webhooks import parking, storing
from webhooks.models import WebhookEndpoint

from . import rows
from .lever import delivery, post


def test_keys_are_kept_for_the_window_and_the_parking_after_it() -> None:
    """The last moment of the window, then parked until the end: what is acted on then must still be known."""
    assert timedelta(days=45) == storing.OLDEST + parking.PARKED_FOR
    assert timedelta(days=45) > storing.OLDEST + storing.FARTHEST_AHEAD


def test_no_duty_of_the_calendar_forgets_a_key_within_45_days(endpoint: WebhookEndpoint) -> None:
    body = delivery()
    post(endpoint, body)
    with time_machine.travel(timezone.now() + timedelta(days=45), tick=False):
        for entry in CELERY_BEAT_SCHEDULE.values():
            told: Any = entry.get("args", ())
            import_string(str(entry["task"]))(*told)
        assert rows.event().body == body
