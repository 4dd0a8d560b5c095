import secrets
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.models import TenantOwned
from tenants.models.owned import ScopedManager
from tenants.phrases import PhrasesField

from .work import Work

PERIOD = timedelta(hours=1)
GRACE = timedelta(hours=1)
# A sync that would close more than this share of the open jobs waits for a person.
LARGEST_DROP_PERCENT = 30


def new_feed_key() -> str:
    return secrets.token_urlsafe(32)


class Standing(models.TextChoices):
    """How a feed does, the worst first."""

    HELD = "held", "held: somebody must decide"
    LATE = "late", "late"
    FAILING = "failing", "failing"
    NOT_READ = "not_read", "not read yet"
    IN_TIME = "in_time", "in time"
    RESTING = "resting", "resting, as its tenant does"


class Feed(TenantOwned):
    """A tenant's job feed: where it comes in, and the unguessable `key` under which ours goes out.

    `kept_beside` is the account's own site, where a person said that the feed of another one is right.
    """

    provider = models.CharField(max_length=20, default="lever", db_default="lever")
    url = models.URLField(max_length=500)
    site = models.CharField(max_length=100)
    kept_beside = models.CharField(max_length=100, blank=True, db_default="")
    corrections = PhrasesField(default=list)
    etag = models.CharField(max_length=200, blank=True)
    key = models.CharField(max_length=64, unique=True, default=new_feed_key)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    confirmed_at = models.DateTimeField()
    synced_at = models.DateTimeField("last good sync", null=True)
    next_sync_at = models.DateTimeField(null=True)
    largest_drop_percent = models.PositiveSmallIntegerField(
        "largest share of jobs that may close unasked, in percent",
        default=LARGEST_DROP_PERCENT,
        db_default=LARGEST_DROP_PERCENT,
        validators=[MaxValueValidator(100)],
    )

    objects = ScopedManager["Feed"]()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant"], name="one_feed_per_tenant")]

    def __str__(self) -> str:
        return self.url

    def is_of_another(self, site: str) -> bool:
        """Than the account's `site`; Lever takes both in any case."""
        return bool(site) and self.site.casefold() != site.casefold() and self.kept_beside != site

    @property
    def is_late(self) -> bool:
        return self.synced_at is not None and timezone.now() - self.synced_at > PERIOD + GRACE


class FeedSync(Work):
    """One run of a feed, kept as its history. Held: it would close so many jobs that a person must decide first.

    While it runs `found` grows. `etag` is of the list that it read. As many jobs as a person accepted `may_close`.
    """

    task: ClassVar[str] = "integrations.tasks.run_feed_sync"
    lease_seconds: ClassVar[int] = 600

    class Status(models.TextChoices):
        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        HELD = "held", _("held")

    class Trigger(models.TextChoices):
        SCHEDULE = "schedule", _("the schedule")
        CUSTOMER = "customer", _("the customer")
        STAFF = "staff", _("Customer Success")

    class Decision(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        REJECTED = "rejected", _("rejected")

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="syncs")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    trigger = models.CharField(max_length=10, choices=Trigger.choices)
    may_close = models.PositiveIntegerField(default=0, db_default=0)
    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True, db_default="")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    etag = models.CharField(max_length=200, blank=True, db_default="")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    format = models.CharField(max_length=4, blank=True)
    is_unchanged = models.BooleanField(default=False)
    found = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    closed = models.PositiveIntegerField(default=0)
    reopened = models.PositiveIntegerField(default=0)
    warnings = PhrasesField(default=list)
    missing = models.JSONField("titles of what it would close", default=list, db_default=[])

    objects = ScopedManager["FeedSync"]()

    class Meta(Work.Meta):
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["feed"], condition=models.Q(finished_at=None), name="one_sync_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"sync of {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def took(self) -> timedelta | None:
        return self.finished_at - self.started_at if self.started_at and self.finished_at else None

    @property
    def waits_for_decision(self) -> bool:
        return self.status == self.Status.HELD and not self.decision
