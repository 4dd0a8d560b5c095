from datetime import datetime

from django.conf import settings
from django.db import models

from tenants.models import TenantOwned
from tenants.models.owned import ScopedManager
from tenants.phrases import PhraseField

from .. import clock


class Problem(TenantOwned):
    """One named thing wrong with one tenant. What it means and what to press stands in `onboarding.problems`.

    `resolved_at` is when it needed nobody any more, `gone_at` when the evidence stopped to show it: both at once where
    it went by itself. What a person resolved may still be seen for a day, and opens again when it grows.
    """

    class Status(models.TextChoices):
        OPEN = "open", "open"
        ACKNOWLEDGED = "acknowledged", "acknowledged"
        SNOOZED = "snoozed", "snoozed"
        RESOLVED = "resolved", "resolved"

    class Actor(models.TextChoices):
        CUSTOMER = "customer", "the customer"
        STAFF = "staff", "Customer Success"
        ENGINEER = "engineer", "Appcast's engineers"
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
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    gone_at = models.DateTimeField(null=True)
    returns = models.PositiveIntegerField("times that it came back", default=0, db_default=0)

    objects = ScopedManager["Problem"]()

    class Meta:
        ordering = ["resolved_at", "since"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "code", "subject"],
                condition=models.Q(gone_at=None),
                name="one_present_problem_per_subject",
            )
        ]
        indexes = [
            models.Index(fields=["code", "since"], condition=models.Q(resolved_at=None), name="open_problems")
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

    @property
    def is_open(self) -> bool:
        return self.resolved_at is None

    @property
    def lasts(self) -> str:
        return clock.lasted(self.since)


class ProblemChange(TenantOwned):
    """What became of a problem, when, and by whom; nobody where it came or went by itself."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="changes")
    status = models.CharField(max_length=12, choices=Problem.Status.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager["ProblemChange"]()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["tenant", "-id"], name="problem_changes")]

    def __str__(self) -> str:
        return self.status
