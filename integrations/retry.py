"""When to try again, as pure functions; whoever owns a row stores the time."""

import random
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

FIRST_DELAY = timedelta(seconds=15)
LONGEST_DELAY = timedelta(hours=1)
LONGEST_RETRY_AFTER = timedelta(days=1)

# Between the tries of one batch of conversions; together longer than the 72 hours that the contract promises.
CONVERSION_GAPS = (
    *(timedelta(minutes=minutes) for minutes in (1, 5, 15)),
    *(timedelta(hours=hours) for hours in (1, 2, 4, 8, 12, 12, 12, 12, 12)),
)


def next_delay(attempt: int, rng: random.Random) -> timedelta:
    """The wait after the `attempt`-th failure (from 1): exponential, capped, full jitter: a crowd spreads."""
    ceiling: timedelta = min(FIRST_DELAY * 2 ** min(attempt - 1, 32), LONGEST_DELAY)
    return ceiling * rng.random()


def conversion_delay(attempt: int) -> timedelta | None:
    """The wait after the `attempt`-th failure (from 1), or None when it was the last."""
    return CONVERSION_GAPS[attempt - 1] if attempt <= len(CONVERSION_GAPS) else None


def parse_retry_after(value: str, now: datetime) -> timedelta | None:
    """The wait that a Retry-After header asks, in seconds or as a date; None when it says nothing usable."""
    text = value.strip()
    try:
        wait = timedelta(seconds=int(text)) if text.isdecimal() else _as_date(text) - now
    except (ValueError, OverflowError):
        return None
    return min(max(wait, timedelta()), LONGEST_RETRY_AFTER)


def _as_date(text: str) -> datetime:
    date = parsedate_to_datetime(text)
    return date if date.tzinfo else date.replace(tzinfo=UTC)
