"""Token buckets for Lever's rate limits."""

import time
from dataclasses import dataclass, field


@dataclass
class Bucket:
    """Starts full. The caller holds the world's lock. The clock is the one that everything else here goes by."""

    per_second: float
    burst: float
    level: float = field(init=False)
    filled_at: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        self.level = self.burst

    def take(self) -> bool:
        now = time.time()
        # A clock that was put back takes nothing away.
        self.level = min(self.burst, self.level + max(0, now - self.filled_at) * self.per_second)
        self.filled_at = now
        if self.level < 1:
            return False
        self.level -= 1
        return True
