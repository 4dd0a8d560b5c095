"""A moment as a sentence names it, where its age says too little."""

from datetime import datetime, timedelta

from django.utils.formats import date_format, time_format
from django.utils.timesince import timesince
from django.utils.timezone import localdate, localtime, now


def told(at: datetime) -> str:
    """In the reader's zone, which it names; with its day, unless that is today."""
    local = localtime(at)
    time = f"{time_format(local)} {local.tzname()}"
    is_today = local.date() == localdate()
    return time if is_today else f"{date_format(local, 'MONTH_DAY_FORMAT')}, {time}"


def is_past(at: datetime | None) -> bool:
    """For so long that its age in minutes says something."""
    return at is not None and now() - at >= timedelta(minutes=1)


def lasted(since: datetime) -> str:
    """Until now, as the desk says it."""
    return timesince(since) if is_past(since) else "less than a minute"
