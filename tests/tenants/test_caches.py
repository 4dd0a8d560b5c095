"""The cache that keeps its clients is Django's in all else."""

from typing import cast
from uuid import uuid4

from django.core.cache import cache, caches

from tenants.caches import KeptCache


def kept() -> KeptCache:
    return cast(KeptCache, caches["default"])


def test_a_client_is_made_once() -> None:
    clients = kept()._cache
    assert clients.get_client() is clients.get_client(write=True)


def test_what_is_counted_is_forgotten_some_time_after_the_first() -> None:
    key = f"counted-{uuid4()}"
    shared = kept()
    assert [shared.count([key], 100)[0] for _ in range(3)] == [1, 2, 3]
    assert cache.get(key) == 3
    lives = shared._cache.get_client().ttl(shared.make_key(key))
    assert 90 < lives <= 100
