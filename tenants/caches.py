"""Django's cache in Redis, which makes a client for each question: that takes longer than asking. Here it is kept."""

from functools import cache
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import Redis

# In one step, so that no count is left without an end.
COUNT = """
    local number = redis.call("INCR", KEYS[1])
    if number == 1 then redis.call("EXPIRE", KEYS[1], ARGV[1]) end
    return number
"""


class KeptCache(RedisCache):
    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _KeptClients

    def count(self, key: str, seconds: int) -> int:
        """One more; it is forgotten so many seconds after the first."""
        name = self.make_and_validate_key(key)
        return int(self._cache.get_client(name, write=True).eval(COUNT, 1, name, seconds))


class _KeptClients(RedisCacheClient):
    def __init__(self, servers: Any, **options: Any) -> None:
        super().__init__(servers, **options)
        # One for each pool of connections.
        self._client: Any = cache(Redis)
