"""Token buckets for Lever's rate limits."""

import time
from dataclasses import dataclass, field


@dataclass
class Bucket:
    """Starts full. The caller holds the world's lock."""

    per_second: float
    burst: float
    level: float = field(init=False)
    filled_at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.level = self.burst

    def take(self) -> bool:
        now = time.monotonic()
        self.level = min(self.burst, self.level + (now - self.filled_at) * self.per_second)
        self.filled_at = now
        if self.level < 1:
            return False
        self.level -= 1
        return True
