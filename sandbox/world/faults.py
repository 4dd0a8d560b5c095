"""Faults that somebody has ordered: what goes wrong, where, how often and for how long."""

import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any

KINDS = {
    "slow": "Answers only after some seconds",
    "429": "Refuses: too many requests",
    "500": "Fails on Lever's side",
    "503": "Down for maintenance",
    "401": "Refuses the token",
    "404": "Knows nothing there, as of a job site that was renamed",
    "410": "Says that it is gone (Appcast's receiver)",
    "lose_answer": "Acts, then closes the connection without an answer",
    "act_then_500": "Acts, then says that it failed",
    "reset": "Resets the connection before anything is done",
    "reduced_scopes": "Honours only some of the granted scopes",
    "malformed_feed": "Feed breaks off in the middle",
    "shrunken_feed": "Feed shows a tenth of the postings",
    "empty_feed": "Feed shows no posting",
    "unsigned_webhooks": "Sends webhooks without a signature",
    "wrongly_signed_webhooks": "Sends webhooks with a wrong signature",
    "mail_down": "The mail server takes nothing",
}
# Of these each is worth it only where something is done, or would be.
OF_WRITES = {"lose_answer", "act_then_500", "reset"}
WRITES = ("POST", "PUT", "PATCH", "DELETE")
SLOW_SECONDS = 10.0


@dataclass
class Fault:
    kind: str
    account: str | None = None
    path_prefix: str = "/"
    method: str | None = None
    times_left: int | None = None
    ends_at: float | None = None
    # Of what it might strike, so much is struck, by chance.
    share: float = 1.0
    # Of `slow`: how late each answer is.
    delay_seconds: float = SLOW_SECONDS
    # Of `429` and `503`, in seconds. Lever sends none; Appcast does.
    retry_after: int | None = None
    # Of `reduced_scopes`: what is still honoured.
    scopes: frozenset[str] = frozenset()

    def hits(self, kind: str, account: str | None, method: str, path: str) -> bool:
        return (
            self.kind == kind
            and self.account in (None, account)
            and path.startswith(self.path_prefix)
            and self._hits_method(method)
            and self.times_left != 0
            and (self.ends_at is None or time.time() < self.ends_at)
            and random.random() < self.share  # nosec B311  # chance, not secrecy
        )

    def _hits_method(self, method: str) -> bool:
        if self.kind in OF_WRITES and not self.method:
            return method in WRITES
        return self.method in (None, method)

    @property
    def wire(self) -> dict[str, Any]:
        named = {
            "kind": self.kind,
            "account": self.account,
            "path_prefix": self.path_prefix,
            "method": self.method,
        }
        return named | {"times_left": self.times_left, "scopes": sorted(self.scopes)}


@dataclass
class Faults:
    """The caller need not hold the world's lock: a fault is looked up and counted in one step."""

    ordered: list[Fault] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def order(self, fault: Fault) -> None:
        self.cancel(fault.kind, fault.account)
        self.ordered = [*self.ordered, fault]

    def cancel(self, kind: str, account: str | None) -> None:
        self.ordered = [item for item in self.ordered if (item.kind, item.account) != (kind, account)]

    def take(self, kind: str, account: str | None, method: str = "GET", path: str = "/") -> Fault | None:
        """The fault that strikes now, counted as struck."""
        with self.lock:
            for fault in self.ordered:
                if fault.hits(kind, account, method, path):
                    if fault.times_left is not None:
                        fault.times_left -= 1
                    return fault
        return None

    @property
    def live(self) -> list[Fault]:
        now = time.time()
        return [it for it in self.ordered if it.times_left != 0 and (it.ends_at is None or now < it.ends_at)]
