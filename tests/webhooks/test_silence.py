"""An event is silent by its own past alone; companies of all kinds are walked through weeks of moved time."""

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from integrations.types import EventKind
from onboarding.problems import KINDS
from webhooks import silence

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
MONDAY = datetime(2026, 9, 7, tzinfo=UTC)
SHORTEST = silence.shortest_for(EventKind.STAGE_CHANGED)


def weekdays(weeks: int, *, start: datetime = MONDAY) -> list[datetime]:
    days = [start + n * DAY for n in range(7 * weeks)]
    return [day for day in days if day.weekday() < 5]


def busy(weeks: int = 10) -> list[datetime]:
    """Office hours, every twenty minutes."""
    return [day + 8 * HOUR + n * HOUR / 3 for day in weekdays(weeks) for n in range(30)]


def weekly(weeks: int = 10) -> list[datetime]:
    """On Tuesdays the candidates of the week are moved all at once."""
    return [
        MONDAY + n * WEEK + DAY + 14 * HOUR + m * timedelta(minutes=1) for n in range(weeks) for m in range(5)
    ]


def tiny(seed: int, weeks: int = 52) -> list[datetime]:
    """By chance, one each working week or so."""
    chance, at, events = random.Random(seed), MONDAY, list[datetime]()
    while at < MONDAY + weeks * WEEK:
        at += timedelta(days=chance.expovariate(1 / 6))
        events.append(at)
    return events


def seasonal() -> list[datetime]:
    """Many a day, then fewer, then one every other day, one a week and one in two weeks; then it begins again."""
    times = list[datetime]()
    for week, a_day in enumerate((10, 8, 6, 4, 2, 1)):
        days = weekdays(1, start=MONDAY + week * WEEK)
        times += [day + 9 * HOUR + n * HOUR / 2 for day in days for n in range(a_day)]
    other_days = [day for week in range(6, 9) for day in weekdays(1, start=MONDAY + week * WEEK)[::2]]
    times += [it + 9 * HOUR for it in (*other_days, *(MONDAY + n * WEEK for n in (9, 10, 11, 12, 14, 16)))]
    return times + [it + 18 * WEEK for it in busy(2)]


def alarm(events: Iterable[datetime], at: datetime, shortest: timedelta = SHORTEST) -> bool:
    """As `of_endpoint` would see it at that moment."""
    came = [it for it in events if it <= at]
    known = [it for it in came if it > came[-1] - silence.HISTORY] if came else []
    return bool(known) and silence.judge(known, at, shortest) is not None


def alarms(events: list[datetime], until: datetime, every: timedelta = 3 * HOUR) -> list[datetime]:
    """The moments at which it is silent, looked at again and again."""
    moments = [MONDAY + n * every for n in range(int((until - MONDAY) / every))]
    return [at for at in moments if alarm(events, at)]


@pytest.mark.parametrize("company", [busy(), weekly(), seasonal()], ids=["busy", "weekly", "seasonal"])
def test_whoever_goes_on_as_ever_is_never_silent(company: list[datetime]) -> None:
    assert alarms(company, company[-1]) == []


@pytest.mark.parametrize("seed", range(20))
def test_a_tiny_company_is_not_silent_by_chance(seed: int) -> None:
    events = tiny(seed)
    assert alarms(events, events[-1], every=6 * HOUR) == []


def test_a_busy_company_is_silent_after_three_days_and_over_a_weekend_after_five() -> None:
    events = busy()
    friday = events[-1]
    assert friday.weekday() == 4
    tuesday = [it for it in events if it <= friday - 3 * DAY]
    assert not alarm(tuesday, tuesday[-1] + 72 * HOUR)
    assert alarm(tuesday, tuesday[-1] + 73 * HOUR)
    assert not alarm(events, friday + 5 * DAY)
    assert alarm(events, friday + 5 * DAY + HOUR)


@pytest.mark.parametrize("hours", range(0, 7 * 24, 3))
def test_what_came_day_and_night_is_silent_within_the_written_threshold(hours: int) -> None:
    """Whatever the weekday on which it stopped."""
    last = MONDAY + 6 * WEEK + hours * HOUR
    events = [last - n * 8 * HOUR for n in reversed(range(3 * 7 * 6))]
    assert alarm(events, last + KINDS["webhooks.silent"].within + timedelta(seconds=1))


def test_a_weekly_company_is_silent_after_four_weeks() -> None:
    events = weekly()
    assert not alarm(events, events[-1] + 4 * WEEK - HOUR)
    assert alarm(events, events[-1] + 4 * WEEK + DAY)


def test_a_tiny_company_that_stops_is_silent_within_months() -> None:
    events = tiny(1)
    assert alarm(events, events[-1] + 26 * WEEK)


def test_silence_does_not_flap_until_the_next_event() -> None:
    events = busy()
    seen = alarms(events, events[-1] + 20 * WEEK, every=7 * HOUR)
    assert seen
    assert all(after - before == 7 * HOUR for before, after in pairwise(seen))
    assert alarm(events, seen[-1])
    assert not alarm([*events, seen[-1]], seen[-1] + HOUR)


def test_an_earlier_silence_does_not_make_the_next_one_usual() -> None:
    events = [it for it in busy(10) if not MONDAY + 6 * WEEK <= it < MONDAY + 7 * WEEK]
    assert alarm(events, events[-1] + 6 * DAY)


@pytest.mark.parametrize("open_hours", range(1, 24))
def test_days_off_on_any_weekday_are_no_silence(open_hours: int) -> None:
    """Two whole ones where recruiters make the events, one where candidates do, however long the nights are."""
    days = weekdays(10)
    for first in range(40, 44):
        for off, kind in ((1, EventKind.APPLICATION_CREATED), (2, EventKind.STAGE_CHANGED)):
            worked = [day for n, day in enumerate(days) if n not in range(first, first + off)]
            events = [day + n * HOUR for day in worked for n in range(open_hours)]
            last = [it for it in events if it < days[first]]
            until = next(it for it in events if it > days[first])
            assert not alarm(last, until, silence.shortest_for(kind)), (first, off)


@pytest.mark.parametrize(
    "events",
    [
        pytest.param(busy(3), id="three weeks of history"),
        pytest.param([MONDAY + n * WEEK for n in range(7)], id="seven days with events"),
        pytest.param([MONDAY], id="one event"),
    ],
)
def test_without_enough_history_nothing_is_silent(events: list[datetime]) -> None:
    assert not alarm(events, events[-1] + 40 * WEEK)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        pytest.param(4.5, 7.5, 24, id="Friday noon to Monday noon"),
        pytest.param(5.25, 6.75, 0, id="within a weekend"),
        pytest.param(1, 2, 24, id="a day"),
        pytest.param(0, 14, 240, id="two weeks"),
    ],
)
def test_the_clock_stands_still_at_weekends(start: float, end: float, hours: float) -> None:
    passed = silence.weekday_time(MONDAY + end * DAY) - silence.weekday_time(MONDAY + start * DAY)
    assert passed == hours * HOUR
