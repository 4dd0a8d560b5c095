"""Django's cache in Redis, which makes a client for each question: that takes longer than asking. Here it is kept."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import Redis

# In one step, so that no count is left without an end.
COUNT = """
    local numbers = {}
    for place, key in ipairs(KEYS) do
        numbers[place] = redis.call("INCRBY", key, ARGV[2])
        if numbers[place] == tonumber(ARGV[2]) then redis.call("EXPIRE", key, ARGV[1]) end
    end
    return numbers
"""


class KeptCache(RedisCache):
    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _KeptClients

    def count(self, keys: Sequence[str], seconds: int, times: int = 1) -> list[int]:
        """So many more of each; they are forgotten so many seconds after the first."""
        names = [self.make_and_validate_key(it) for it in keys]
        numbers = self._cache.get_client(None, write=True).eval(COUNT, len(names), *names, seconds, times)
        return [int(it) for it in numbers]


class _KeptClients(RedisCacheClient):
    def __init__(self, servers: Any, **options: Any) -> None:
        super().__init__(servers, **options)
        # One for each pool of connections.
        self._client: Any = cache(Redis)
