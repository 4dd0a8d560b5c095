from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce

from .owned import ScopedManager


class AuditEvent(models.Model):
    """Who did what, when: written in the transaction of the change, and never changed after (a trigger sees to it)."""

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, null=True, related_name="+")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    actor_label = models.CharField(max_length=200)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=200)
    detail = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager["AuditEvent"]()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["tenant", "-id"], name="audit_by_tenant"),
            models.Index(fields=["subject"], name="audit_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_label}: {self.action} {self.subject}"


class AuditLink(models.Model):
    """An event's place in the chain of its tenant, written by the database as the event is committed.

    `hash` covers the event and the hash before it: who changes or removes one has to make all later ones anew.
    """

    # An index of its own would be taken for the last link, and all of the chain sorted, while the table is small.
    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    event = models.OneToOneField(AuditEvent, on_delete=models.PROTECT, related_name="link")
    number = models.PositiveBigIntegerField()
    hash = models.CharField(max_length=64)

    objects = ScopedManager["AuditLink"]()

    class Meta:
        indexes = [models.Index(fields=["tenant", "-number"], name="links_by_tenant")]
        constraints = [models.UniqueConstraint(Coalesce("tenant", 0), "number", name="one_link_per_number")]

    def __str__(self) -> str:
        return f"{self.number}: {self.hash[:12]}"
