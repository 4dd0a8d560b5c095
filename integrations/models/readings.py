from datetime import timedelta
from typing import Any, ClassVar

from django.db import models

from tenants.models.owned import ScopedManager

from ..types import Capability
from .connections import Connection
from .work import Work


class Reading(Work):
    """That something of an account is read again and again, since customers change it and nothing tells us.

    Each kind says what the grant must allow, how often it is read, and over how long its first readings spread.
    """

    needs: ClassVar[Capability]
    again_after: ClassVar[timedelta] = timedelta(days=1)
    spread: ClassVar[timedelta] = timedelta()

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="+")
    read_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField("last try, whatever came of it", null=True)

    objects: ScopedManager[Any]

    class Meta(Work.Meta):
        abstract = True


class StageReading(Reading):
    """The stages of an account."""

    task: ClassVar[str] = "integrations.tasks.read_stages"
    needs: ClassVar[Capability] = Capability.READ_STAGES

    objects = ScopedManager["StageReading"]()

    def __str__(self) -> str:
        return f"stages of {self.connection_id}"


class ArchiveReasonReading(Reading):
    """The archive reasons of an account."""

    task: ClassVar[str] = "integrations.tasks.read_archive_reasons"
    needs: ClassVar[Capability] = Capability.READ_ARCHIVE_REASONS

    objects = ScopedManager["ArchiveReasonReading"]()

    def __str__(self) -> str:
        return f"archive reasons of {self.connection_id}"


class FeedComparison(Reading):
    """The published jobs of an account beside those of its feed.

    `counts` says of how many `services.comparisons` tells which reason; `differences` are the first of each.
    """

    task: ClassVar[str] = "integrations.tasks.compare_feed"
    needs: ClassVar[Capability] = Capability.READ_FORMS
    spread: ClassVar[timedelta] = timedelta(hours=1)
    # A large account has a thousand pages.
    lease_seconds: ClassVar[int] = 600

    in_ats = models.PositiveIntegerField(default=0)
    in_feed = models.PositiveIntegerField(default=0)
    counts = models.JSONField(null=True)
    differences = models.JSONField(default=list)

    objects = ScopedManager["FeedComparison"]()

    def __str__(self) -> str:
        return f"feed against the postings of {self.connection_id}"

    @property
    def count(self) -> int:
        return sum((self.counts or {}).values())


class WebhookReading(Reading):
    """The webhooks that the account had when it was last asked, `listed` as `services.webhook_readings` tells."""

    task: ClassVar[str] = "integrations.tasks.read_webhooks"
    needs: ClassVar[Capability] = Capability.READ_WEBHOOKS

    listed = models.JSONField(default=list)

    objects = ScopedManager["WebhookReading"]()

    def __str__(self) -> str:
        return f"webhooks of {self.connection_id}"
