"""The schedule goes on after its process stood still, or Redis forgot it, and never in two processes at once."""

import time
from collections.abc import Iterator
from threading import Timer
from types import SimpleNamespace
from typing import Any

import pytest
from redbeat.schedulers import RedBeatConfig, acquire_distributed_beat_lock, get_redis

from config.beat import StandingBy
from config.celery import app

KEYS = RedBeatConfig(app)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What is due goes here; nobody else has the lock, and nothing of it is left."""
    found: list[str] = []
    monkeypatch.setattr(StandingBy, "apply_async", lambda _, entry, **__: found.append(entry.name))
    forget_all()
    yield found
    forget_all()


def forget_all() -> None:
    for key in get_redis(app).scan_iter("redbeat*"):
        get_redis(app).delete(key)


def scheduled() -> set[bytes]:
    return set(get_redis(app).zrange(KEYS.schedule_key, 0, -1))


def begun() -> Any:
    beat = StandingBy(app=app)
    beat.max_interval = 0.1
    acquire_distributed_beat_lock(SimpleNamespace(scheduler=beat))
    beat.tick()
    return beat


def test_it_goes_on_when_redis_forgot_lock_and_schedule(sent: list[str]) -> None:
    beat, known = begun(), scheduled()
    assert known
    forget_all()
    beat.tick()
    assert beat.lock.owned()
    assert scheduled() == known


def test_it_stands_by_until_another_gives_the_lock_back(sent: list[str]) -> None:
    beat, lock = begun(), KEYS.lock_key
    get_redis(app).delete(lock)
    other, began = begun(), time.monotonic()
    assert other.lock.owned()
    sent.clear()
    give_back = Timer(0.5, get_redis(app).delete, [lock])
    give_back.start()
    beat.tick()
    assert time.monotonic() - began >= 0.5
    assert (beat.lock.owned(), other.lock.owned(), sent) == (True, False, [])
    give_back.join()
