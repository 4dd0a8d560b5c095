from typing import ClassVar

from django.db import models

from tenants.models import TenantOwned
from tenants.models.owned import ScopedManager
from tenants.phrases import PhraseField

from .applications import Application
from .work import Work


class Delivery(Work):
    """Bringing one application into the ATS. *Sending* is committed before the first byte leaves."""

    task: ClassVar[str] = "integrations.tasks.attempt_delivery"
    lease_seconds: ClassVar[int] = 300

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
    delivered_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager["Delivery"]()

    class Meta(Work.Meta):
        ordering = ["-id"]
        verbose_name_plural = "deliveries"

    def __str__(self) -> str:
        return f"delivery of {self.application_id}"


class DeliveryAttempt(TenantOwned):
    """One try of one delivery, as staff may read it: nothing secret, nothing personal."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tries")
    number = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Delivery.Status.choices)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = PhraseField(blank=True)
    error_detail = models.CharField(max_length=500, blank=True)

    objects = ScopedManager["DeliveryAttempt"]()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"try {self.number}: {self.outcome}"
