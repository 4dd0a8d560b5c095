import uuid
from enum import StrEnum
from typing import ClassVar

from django.db import models

from integrations.fields import SealedBytesField
from integrations.models import Told, Work
from tenants.models import TenantOwned
from tenants.models.owned import ScopedManager

from .endpoints import WebhookEndpoint


class Aside(StrEnum):
    """Why a signed event is not acted on: how its `outcome` begins."""

    OUT_OF_TIME = "too old, or from the future"
    OUT_OF_PLACE = "another event than this address is for"
    ALTERED = "the same signature came before with another body"
    NOT_VERIFIED = "not verified"


class WebhookEvent(Work):
    """A correctly signed delivery, stored before it was answered.

    `key` is the hash of the signed string. The signature does not cover the body: another body under the same
    key is kept beside the first and quarantined. The same body again is counted in `repeats`.
    """

    task: ClassVar[str] = "webhooks.tasks.process_events"
    told: ClassVar[Told] = Told.TENANT
    # Also the order in which several are locked.
    ARRIVAL: ClassVar = ("received_at", "pk")

    class Status(models.TextChoices):
        RECEIVED = "received", "waiting to be processed"
        PARKED = "parked", "waiting for its application"
        PROCESSED = "processed", "processed"
        IGNORED = "ignored", "nothing to do"
        QUARANTINED = "quarantined", "kept aside"
        DEAD = "dead", "given up"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Indexed with the time.
    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.CASCADE, related_name="events", db_index=False
    )
    key = models.CharField(max_length=64)
    body_hash = models.CharField(max_length=64)
    body = SealedBytesField()
    kind = models.CharField(max_length=30)
    name = models.CharField(max_length=100)
    triggered_at = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True)
    repeats = models.PositiveIntegerField("times that it came again", default=0, db_default=0)
    opportunity_external_id = models.CharField(max_length=100, blank=True)
    application_external_id = models.CharField(max_length=100, blank=True)
    stage_external_id = models.CharField(max_length=100, blank=True)
    archive_reason_external_id = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.RECEIVED)
    looked_at = models.DateTimeField("the ATS's own record was asked for", null=True)
    outcome = models.CharField("why it ended so", max_length=200, blank=True)
    processed_at = models.DateTimeField(null=True)

    objects = ScopedManager["WebhookEvent"]()

    class Meta(Work.Meta):
        ordering = ["-received_at"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key", "body_hash"], name="one_event_per_signed_body")
        ]
        indexes = [
            *Work.Meta.indexes,
            models.Index(fields=["tenant", "opportunity_external_id"], name="event_by_opportunity"),
            models.Index(
                fields=["tenant", "opportunity_external_id"],
                condition=models.Q(status="parked"),
                name="parked_by_candidacy",
            ),
            models.Index(
                fields=["tenant", "application_external_id"],
                condition=models.Q(status="parked"),
                name="parked_by_application",
            ),
            models.Index(fields=["endpoint", "-received_at"], name="event_by_endpoint"),
            models.Index(fields=["tenant", "received_at", "id"], name="event_by_arrival"),
            models.Index(fields=["received_at"], name="event_by_time"),
            models.Index(
                fields=["tenant"],
                condition=models.Q(status__in=["quarantined", "dead"]),
                name="event_in_trouble",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.triggered_at:%Y-%m-%d %H:%M:%S}"


class RejectedRequest(TenantOwned):
    """A request to an endpoint that was not believed: kept so that a wrong token can be found and mended."""

    class Reason(models.TextChoices):
        NOT_A_WEBHOOK = "not_a_webhook", "not a webhook of the ATS"
        UNSIGNED = "unsigned", "no signature"
        WRONG_SIGNATURE = "wrong_signature", "signed with another token"
        OTHER_EVENTS_TOKEN = "other_events_token", "signed with the other event's token"
        NO_TOKEN_YET = "no_token_yet", "no signature token is set yet"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="rejected")
    reason = models.CharField(max_length=20, choices=Reason.choices)
    detail = models.CharField(max_length=200, blank=True)
    event_name = models.CharField(max_length=100, blank=True)
    body = SealedBytesField()
    received_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager["RejectedRequest"]()

    class Meta:
        ordering = ["-received_at"]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} at {self.received_at:%Y-%m-%d %H:%M:%S}"
