import uuid
from typing import ClassVar

from django.db import models

from tenants.models.owned import ScopedManager

from .applications import Application
from .work import Told, Work


class Conversion(Work):
    """Something that happened to an application in the ATS, reported to Appcast.

    `key` names the happening within the application, so that it is one conversion however often it is told.
    Held: nobody said yet what its stage or its archive reason means; never guessed.
    """

    task: ClassVar[str] = "integrations.tasks.send_conversions"
    told: ClassVar[Told] = Told.TENANT

    class Status(models.TextChoices):
        HELD = "held", "held: nobody said what it means"
        READY = "ready", "waiting to be sent"
        SENT = "sent", "sent"
        DEAD = "dead", "given up"

    event_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="conversions")
    key = models.CharField(max_length=100)
    name = models.CharField(max_length=30, blank=True)
    raw_status = models.CharField(max_length=200, blank=True)
    raw_stage_id = models.CharField(max_length=100, blank=True)
    archive_reason_external_id = models.CharField(max_length=100, blank=True, default="", db_default="")
    sequence = models.PositiveIntegerField()
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    is_verified = models.BooleanField("read from the ATS, not only told by a webhook", default=False)
    is_caught_up = models.BooleanField(
        "found by catch-up: no webhook had told it", default=False, db_default=False
    )
    late_key = models.CharField(
        "key of the webhook that told it later", max_length=100, blank=True, default="", db_default=""
    )
    status = models.CharField(max_length=8, choices=Status.choices)
    sent_at = models.DateTimeField(null=True)

    objects = ScopedManager["Conversion"]()

    class Meta(Work.Meta):
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "application", "key"], name="one_conversion_per_happening"
            ),
            models.UniqueConstraint(
                fields=["tenant", "application", "sequence"], name="one_conversion_per_sequence"
            ),
        ]
        indexes = [
            *Work.Meta.indexes,
            # As of deliveries: those that are looked for by their status are few.
            models.Index(fields=["tenant"], condition=~models.Q(status="sent"), name="conversion_not_sent"),
        ]

    def __str__(self) -> str:
        return f"{self.name or 'unmapped'} of {self.application_id}"
