"""Ids and times in Lever's spelling."""

import hashlib
import time
import uuid
from datetime import UTC, datetime


def now_ms() -> int:
    """Epoch milliseconds, as Lever writes every time."""
    return time.time_ns() // 1_000_000


def iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, tz=UTC).isoformat(timespec="milliseconds")


def new_id() -> str:
    return str(uuid.uuid4())


def stable_id(*parts: object) -> str:
    """The same UUID for the same words, so that the seed is the same on every start."""
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))
