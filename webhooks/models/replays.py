from typing import ClassVar

from django.conf import settings
from django.db import models

from integrations.models import Work
from tenants.models.owned import ScopedManager


class Replay(Work):
    """What was stored is worked on once more, oldest first, as somebody of Customer Success asked for.

    Of events, or of deliveries that rest, those that fit `kinds` (of deliveries: error codes), `statuses` (all where
    none is named), `since` and `until`; or else every rejected request. `after_at` and `after_id` say how far it is,
    `outcomes` what became of what it did.
    """

    task: ClassVar[str] = "webhooks.tasks.go_on_replaying"

    class Source(models.TextChoices):
        EVENTS = "events", "stored events"
        REJECTED = "rejected", "rejected requests"
        DELIVERIES = "deliveries", "deliveries that rest"

    class Status(models.TextChoices):
        RUNNING = "running", "running"
        DONE = "done", "done"
        CANCELLED = "cancelled", "cancelled"
        FAILED = "failed", "failed"

    source = models.CharField(max_length=10, choices=Source.choices)
    kinds = models.JSONField(default=list, blank=True)
    statuses = models.JSONField(default=list, blank=True)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField()
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.RUNNING)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    outcomes = models.JSONField(default=dict)
    after_at = models.DateTimeField(null=True)
    after_id = models.UUIDField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    objects = ScopedManager["Replay"]()

    class Meta(Work.Meta):
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant"], condition=models.Q(status="running"), name="one_replay_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"replay of {self.get_source_display()}, {self.created_at:%Y-%m-%d %H:%M}"
