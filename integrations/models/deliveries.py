from typing import ClassVar

from django.db import models

from tenants.models import TenantOwned
from tenants.models.owned import ScopedManager
from tenants.phrases import PhraseField

from .applications import Application
from .work import Told, Work


class Delivery(Work):
    """Bringing one application into the ATS. *Sending* is committed before the first byte leaves."""

    task: ClassVar[str] = "integrations.tasks.deliver"
    told: ClassVar[Told] = Told.NOTHING
    # Renewed while somebody works on it (`services.leases`).
    lease_seconds: ClassVar[int] = 6

    class Status(models.TextChoices):
        READY = "ready", "waiting for its turn"
        SENDING = "sending", "being sent"
        RETRY_WAIT = "retry_wait", "will be tried again"
        UNKNOWN = "unknown", "may have arrived, being looked up"
        HELD = "held", "needs a person"
        DELIVERED = "delivered", "delivered"
        REJECTED = "rejected", "rejected"

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="delivery")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.READY)
    sent_at = models.DateTimeField("last time that the first byte may have left", null=True)
    looked_at = models.DateTimeField("last look that did not find it", null=True)
    looks = models.PositiveSmallIntegerField(default=0)
    manifest = models.JSONField("what left last", default=dict, db_default={})
    is_in_doubt = models.BooleanField("held although it may have arrived", default=False, db_default=False)
    delivered_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager["Delivery"]()

    class Meta(Work.Meta):
        ordering = ["-id"]
        verbose_name_plural = "deliveries"
        indexes = [
            *Work.Meta.indexes,
            models.Index(
                fields=["tenant"], condition=models.Q(leased_until__isnull=False), name="delivery_under_way"
            ),
            # Those that are looked for by their status are few among many that are delivered.
            models.Index(
                fields=["tenant", "-id"],
                condition=~models.Q(status="delivered"),
                name="delivery_not_delivered",
            ),
        ]

    def __str__(self) -> str:
        return f"delivery of {self.application_id}"


class DeliveryAttempt(TenantOwned):
    """One try of one delivery, as staff and customers may read it: nothing secret, nothing personal.

    A look asks the ATS whether an earlier try has arrived, and sends nothing. `manifest` names what left
    (`services.manifests`): empty where nothing did, None where that was not recorded yet.
    """

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tries")
    number = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Delivery.Status.choices)
    is_look = models.BooleanField(default=False, db_default=False)
    manifest = models.JSONField(null=True)
    http_status = models.PositiveSmallIntegerField("HTTP status of a refusal", null=True)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = PhraseField(blank=True)
    error_detail = models.CharField(max_length=500, blank=True)

    objects = ScopedManager["DeliveryAttempt"]()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"try {self.number}: {self.outcome}"
