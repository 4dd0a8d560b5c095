from django.conf import settings
from django.db import models

from integrations.models import Application
from tenants.models import TenantOwned
from tenants.models.owned import ScopedManager


class StepOverride(TenantOwned):
    """A step that Customer Success lets pass: with a reason, an author and an end."""

    step = models.CharField(max_length=40)
    reason = models.CharField(max_length=300)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    objects = ScopedManager["StepOverride"]()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.step}: {self.reason}"


class Rehearsal(TenantOwned):
    """One test application on its whole way; what it proved is read from the application's own rows."""

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="rehearsal")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    started_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager["Rehearsal"]()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"rehearsal of {self.started_at:%Y-%m-%d %H:%M}"
