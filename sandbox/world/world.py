"""Everything that one sandbox process remembers."""

import threading
from collections import deque
from dataclasses import dataclass

from sandbox.seed import seeded_accounts
from sandbox.settings import Settings
from sandbox.world.account import Account
from sandbox.world.appcast import Appcast
from sandbox.world.courier import Courier
from sandbox.world.faults import Faults
from sandbox.world.grants import AccessToken, Grants
from sandbox.world.inbox import Inbox

LOG_LENGTH = 100_000


@dataclass(frozen=True)
class LogEntry:
    """One request that came in: never its query, headers or body, which may hold secrets."""

    at: int
    method: str
    path: str
    account: str | None
    status: int


class World:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        # Held by whoever changes anything; never while calling out or waiting.
        self.lock = threading.RLock()
        self.courier = Courier(settings.retry_scale)
        self.inbox = Inbox()
        self.reset()

    def reset(self) -> None:
        """Back to the seed."""
        self.courier.forget_all()
        with self.lock:
            self.accounts: dict[str, Account] = seeded_accounts(self.settings.account_folder)
            self.grants = Grants(self.settings.client_id, self.settings.token_seconds)
            self.faults = Faults()
            self.appcast = Appcast()
            self.log: deque[LogEntry] = deque(maxlen=LOG_LENGTH)
            self.inbox.clear()

    def close(self) -> None:
        self.courier.stop()

    def access_token(self, token: str) -> AccessToken | None:
        return self.grants.access_tokens.get(token)

    def account_of_email(self, email: str) -> Account | None:
        return next((account for account in self.accounts.values() if account.user(email)), None)

    def account_of_posting(self, posting_id: str) -> Account | None:
        return next((account for account in self.accounts.values() if posting_id in account.postings), None)
