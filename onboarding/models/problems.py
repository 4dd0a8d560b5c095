from datetime import datetime

from django.db import models

from tenants.models import TenantOwned
from tenants.models.owned import ScopedManager
from tenants.phrases import PhraseField

from .. import clock


class Problem(TenantOwned):
    """One named thing wrong with one tenant. What it means and what to press stands in `onboarding.problems`."""

    class Status(models.TextChoices):
        OPEN = "open", "open"
        ACKNOWLEDGED = "acknowledged", "acknowledged"
        SNOOZED = "snoozed", "snoozed"
        RESOLVED = "resolved", "resolved"

    class Actor(models.TextChoices):
        CUSTOMER = "customer", "the customer"
        STAFF = "staff", "Customer Success"
        PROVIDER = "provider", "Lever"

    code = models.CharField(max_length=60)
    subject = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=8, choices=Actor.choices)
    detail = PhraseField(blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.OPEN)
    since = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    snoozed_until = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    resolved_at = models.DateTimeField(null=True)

    objects = ScopedManager["Problem"]()

    class Meta:
        ordering = ["resolved_at", "since"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "code", "subject"],
                condition=models.Q(resolved_at=None),
                name="one_open_problem_per_subject",
            )
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_quiet(self) -> bool:
        """Somebody knows of it and does not want to be reminded."""
        return self.status in {self.Status.ACKNOWLEDGED, self.Status.SNOOZED}

    @property
    def is_past(self) -> bool:
        return clock.is_past(self.since)

    def is_over_its_snooze(self, now: datetime) -> bool:
        return self.snoozed_until is not None and self.snoozed_until <= now
