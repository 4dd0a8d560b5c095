"""One Lever customer: its people, postings, candidates, webhooks and the app that it authorised."""

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from sandbox.world.candidates import Application, Opportunity, Upload
from sandbox.world.grants import AuthorizedApp
from sandbox.world.ids import now_ms
from sandbox.world.pipeline import Pipeline
from sandbox.world.posting import Posting
from sandbox.world.rate import Bucket
from sandbox.world.webhooks import HISTORY_LENGTH, HISTORY_MS, Delivery, Webhook


@dataclass(frozen=True)
class User:
    id: str
    name: str
    email: str
    access_role: Literal["super admin", "team member"]

    @property
    def is_super_admin(self) -> bool:
        return self.access_role == "super admin"


@dataclass
class Account:
    key: str  # also the site slug of its job board
    name: str
    id: str
    users: list[User]
    pipeline: Pipeline
    postings: dict[str, Posting]
    # The contract leaves the XML's element names open; both known spellings exist here, one per account.
    feed_style: Literal["snake", "camel"] = "snake"
    is_feed_on: bool = False
    authorized_app: AuthorizedApp | None = None
    opportunities: dict[str, Opportunity] = field(default_factory=dict)
    # Opportunities that were deleted, by id: when, in epoch milliseconds.
    deleted_opportunities: dict[str, int] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    # As it was before stages were removed.
    whole_pipeline: Pipeline | None = None
    webhooks: dict[str, Webhook] = field(default_factory=dict)
    # Event groups that a Super Admin has switched on in the UI; the rest are silent.
    switched_on_events: set[str] = field(default_factory=set)
    deliveries: deque[Delivery] = field(default_factory=lambda: deque(maxlen=HISTORY_LENGTH))

    # Applications by the data API. Lever's page denies a limit of their own, others report this one.
    apply_bucket: Bucket = field(default_factory=lambda: Bucket(per_second=2, burst=2))

    @property
    def applications(self) -> list[Application]:
        return [opportunity.application for opportunity in list(self.opportunities.values())]

    @property
    def history(self) -> list[Delivery]:
        """The last thousand deliveries of the last two weeks, oldest first."""
        oldest = now_ms() - HISTORY_MS
        return [delivery for delivery in list(self.deliveries) if delivery.created_at >= oldest]

    @property
    def admin(self) -> User:
        return next(user for user in self.users if user.is_super_admin)

    def user(self, email: str) -> User | None:
        return next((user for user in self.users if user.email == email.strip().lower()), None)
