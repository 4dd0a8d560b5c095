"""The schedule's process: of several one sends, and the others stand by."""

from typing import Any

import structlog
from redbeat import RedBeatScheduler
from redis.exceptions import LockNotOwnedError

logger = structlog.get_logger(__name__)


class StandingBy(RedBeatScheduler):  # type: ignore[misc]
    """RedBeat ends once its lock is lost, since it stood still for longer or Redis forgot; here it begins anew."""

    def tick(self, **kwargs: Any) -> float:
        try:
            return float(super().tick(**kwargs))
        except LockNotOwnedError:
            logger.warning("beat_stands_by")
            self.lock.acquire()
            self.setup_schedule()
            return 0.0
