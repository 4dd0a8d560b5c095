import secrets
import uuid

from django.conf import settings
from django.db import models

from integrations.fields import SealedTextField
from tenants.models import TenantOwned
from tenants.models.owned import ScopedManager


def new_path_key() -> str:
    return secrets.token_urlsafe(24)


class WebhookEndpoint(TenantOwned):
    """The address of one tenant for one event, found by its unguessable `key`."""

    class MadeBy(models.TextChoices):
        HAND = "hand", "by hand"
        API = "api", "through the API"

    provider = models.CharField(max_length=20, default="lever")
    event_kind = models.CharField(max_length=30)
    key = models.CharField(max_length=40, unique=True, default=new_path_key)
    made_by = models.CharField(max_length=4, choices=MadeBy.choices, default=MadeBy.HAND)
    external_id = models.CharField("webhook in the ATS", max_length=100, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager["WebhookEndpoint"]()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "event_kind"], name="one_endpoint_per_event")
        ]

    def __str__(self) -> str:
        return f"{self.event_kind} of {self.tenant_id}"


class SigningSecret(TenantOwned):
    """A signature token of one endpoint: bound to its event, sealed, never shown again."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="secrets")
    secret = SealedTextField()
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    last_matched_at = models.DateTimeField(null=True)
    matches = models.PositiveIntegerField("minutes in which it matched", default=0, db_default=0)
    withdrawn_at = models.DateTimeField(null=True)

    objects = ScopedManager["SigningSecret"]()

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"signature token of {self.created_at:%Y-%m-%d}"
