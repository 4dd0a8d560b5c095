import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from integrations.retry import (
    CONVERSION_GAPS,
    FIRST_DELAY,
    LONGEST_DELAY,
    LONGEST_RETRY_AFTER,
    conversion_delay,
    next_delay,
    parse_retry_after,
)

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


class Latest(random.Random):
    def random(self) -> float:
        return 1.0


def test_the_ceiling_doubles_until_it_is_capped() -> None:
    delays = [next_delay(attempt, Latest()) for attempt in (1, 2, 3, 1000)]
    assert delays == [FIRST_DELAY, FIRST_DELAY * 2, FIRST_DELAY * 4, LONGEST_DELAY]


def test_a_crowd_spreads_over_the_whole_wait() -> None:
    rng = random.Random(7)
    delays = [next_delay(3, rng) for _ in range(200)]
    assert min(delays) < FIRST_DELAY * 0.5
    assert max(delays) > FIRST_DELAY * 3.5


def test_conversions_are_retried_for_more_than_72_hours_with_growing_gaps() -> None:
    assert sum(CONVERSION_GAPS, timedelta()) > timedelta(hours=72)
    assert all(earlier <= later for earlier, later in pairwise(CONVERSION_GAPS))
    assert conversion_delay(1) == timedelta(minutes=1)
    assert conversion_delay(len(CONVERSION_GAPS) + 1) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", timedelta(minutes=2)),
        (" 0 ", timedelta()),
        ("Sat, 31 Jan 2026 12:01:30 GMT", timedelta(seconds=90)),
        ("Sat, 31 Jan 2026 12:01:30 -0000", timedelta(seconds=90)),
        ("Sat, 31 Jan 2026 11:00:00 GMT", timedelta()),
        ("999999999999999999999", None),
        ("9999999", LONGEST_RETRY_AFTER),
        ("-5", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_both_forms(value: str, expected: timedelta | None) -> None:
    assert parse_retry_after(value, NOW) == expected
