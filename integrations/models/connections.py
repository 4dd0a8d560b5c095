import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from tenants.models import TenantOwned
from tenants.models.owned import ScopedManager
from tenants.phrases import PhraseField

from ..fields import SealedTextField
from .work import Work


class Connection(TenantOwned):
    """A tenant's authorised link to a provider. There is one per tenant; it outlives every grant."""

    class Status(models.TextChoices):
        ACTIVE = "active", "active"
        NEEDS_AUTHORIZATION = "needs_authorization", "must be authorized again"
        DISCONNECTED = "disconnected", "disconnected"

    provider = models.CharField(max_length=20, default="lever")
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.ACTIVE)
    account_external_id = models.CharField(max_length=100, blank=True)
    site = models.CharField(max_length=100, blank=True)
    region = models.CharField(max_length=20, blank=True)
    scopes = models.JSONField(default=list)
    asked_scopes = models.JSONField("scopes that were asked for", default=list, db_default=[])
    authorized_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    authorized_at = models.DateTimeField()
    proved_at = models.DateTimeField("last answered to our token", null=True)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = PhraseField(blank=True)
    failing_since = models.DateTimeField(null=True)
    next_start_at = models.DateTimeField("earliest moment to begin with the next application", null=True)
    next_post_at = models.DateTimeField("earliest moment of the next application", null=True)
    next_form_at = models.DateTimeField("earliest moment of the next reading of a form", null=True)
    next_read_at = models.DateTimeField("earliest moment of the next reading for an event", null=True)

    objects = ScopedManager["Connection"]()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant"], name="one_connection_per_tenant"),
            models.UniqueConstraint(
                fields=["provider", "account_external_id"],
                condition=~models.Q(account_external_id=""),
                name="one_tenant_per_account",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} of {self.tenant}"

    @property
    def is_active(self) -> bool:
        return self.status == self.Status.ACTIVE


class TokenSet(TenantOwned):
    """The newest pair of tokens that the provider issued for a connection."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="token_set")
    access_token = SealedTextField()
    refresh_token = SealedTextField()
    expires_at = models.DateTimeField()
    refreshed_at = models.DateTimeField()
    refresh_begun_at = models.DateTimeField("a refresh was sent and its answer not stored yet", null=True)
    refreshing_until = models.DateTimeField("one process alone refreshes until then", null=True)

    objects = ScopedManager["TokenSet"]()

    def __str__(self) -> str:
        return f"tokens of {self.connection_id}"


class AuthorizationAttempt(TenantOwned):
    """One way to the provider's consent page and back: what its `state` is bound to, and for how long."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.CharField(max_length=20)
    state_hash = models.CharField(max_length=64, unique=True)
    session_hash = models.CharField(max_length=64)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    code_verifier = SealedTextField()
    scopes = models.JSONField(default=list, db_default=[])
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    objects = ScopedManager["AuthorizationAttempt"]()

    def __str__(self) -> str:
        return f"authorization of {self.created_at:%Y-%m-%d %H:%M}"


class Discovery(Work):
    """One reading of a customer's account: `findings` maps each part to its state and what was found.

    `message`, a stored phrase, says why a part was not found.
    """

    task: ClassVar[str] = "integrations.tasks.discover"

    class Status(models.TextChoices):
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="discoveries")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RUNNING)
    findings = models.JSONField(default=dict)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    objects = ScopedManager["Discovery"]()

    class Meta(Work.Meta):
        ordering = ["-id"]
        verbose_name_plural = "discoveries"
        constraints = [
            models.UniqueConstraint(
                fields=["connection"],
                condition=models.Q(finished_at=None),
                name="one_discovery_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"discovery of {self.started_at:%Y-%m-%d %H:%M}"
