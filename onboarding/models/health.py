from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from tenants.models import Tenant, TenantOwned
from tenants.models.owned import ScopedManager

from .. import clock
from .problems import Problem


class Health(TenantOwned):
    """How one tenant stands, as lists and the desk's own page read it: they count nothing themselves.

    The counts are taken of all tenants in one pass, with the `trace`, which is another one when anything happened that
    a look may find: `stirred_at` tells when. `steps` down to `waits_since` are what the last look at this one saw
    (`onboarding.health`).
    """

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="health")
    counted_at = models.DateTimeField("a count or the trace changed last", null=True)
    stirred_at = models.DateTimeField("something that a look may find came last", null=True)
    trace = models.BigIntegerField(null=True)
    last_event_at = models.DateTimeField(null=True)
    delivered = models.PositiveIntegerField(default=0, db_default=0)
    held = models.PositiveIntegerField(default=0, db_default=0)
    under_way = models.PositiveIntegerField(default=0, db_default=0)
    rejected = models.PositiveIntegerField(default=0, db_default=0)
    conversions_sent = models.PositiveIntegerField(default=0, db_default=0)
    conversions_waiting = models.PositiveIntegerField(default=0, db_default=0)
    asked_at = models.DateTimeField("when staff asked for a look last", null=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    looked_at = models.DateTimeField(null=True)
    steps = models.JSONField(default=list, db_default=[])
    settled = models.PositiveSmallIntegerField("steps that are settled", default=0, db_default=0)
    waits_on = models.CharField(
        "who acts next", max_length=8, choices=Problem.Actor.choices, blank=True, default="", db_default=""
    )
    waits_since = models.DateTimeField(null=True)

    objects = ScopedManager["Health"]()

    class Meta:
        verbose_name_plural = "health"
        indexes = [
            models.Index(fields=["waits_since"], condition=~models.Q(waits_on=""), name="health_by_waiting")
        ]

    def __str__(self) -> str:
        return f"health of {self.tenant_id}"

    @property
    def waits_for(self) -> str:
        """How long somebody has been the one to act."""
        return clock.lasted(self.waits_since) if self.waits_since else ""


class FleetDay(models.Model):
    """What all tenants together did on one day (UTC)."""

    date = models.DateField(primary_key=True)
    accepted = models.PositiveIntegerField(default=0, db_default=0)
    delivered = models.PositiveIntegerField(default=0, db_default=0)
    events = models.PositiveIntegerField(default=0, db_default=0)
    conversions = models.PositiveIntegerField(default=0, db_default=0)
    counted_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["date"]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d}"


class Pulse(models.Model):
    """When a worker last took the minute's message of one queue."""

    queue = models.CharField(primary_key=True, max_length=30)
    first_at = models.DateTimeField(db_default=Now())
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.queue
