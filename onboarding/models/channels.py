import uuid
from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models

from integrations.fields import RingSealedTextField
from tenants.models import TenantOwned
from tenants.models.owned import ScopedManager

from .problems import Problem


def is_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError("Expected a time zone such as Europe/Berlin.")


class Channel(models.Model):
    """Where one person of Customer Success is told of the tenants that they own; `onboarding.owners` does it.

    The address of an outgoing webhook is a secret: whoever has it can write there.
    """

    class Kind(models.TextChoices):
        EMAIL = "email", "e-mail"
        WEBHOOK = "webhook", "outgoing webhook (Slack)"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="channels")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    address = RingSealedTextField(blank=True)
    is_on = models.BooleanField("tells", default=True)
    quiet_from = models.PositiveSmallIntegerField(
        "quiet from (hour)", null=True, blank=True, validators=[MaxValueValidator(23)]
    )
    quiet_until = models.PositiveSmallIntegerField(
        "quiet until (hour)", null=True, blank=True, validators=[MaxValueValidator(23)]
    )
    zone = models.CharField("time zone", max_length=40, default="UTC", validators=[is_zone])
    retry_at = models.DateTimeField(null=True, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    error = models.CharField("why it failed last", max_length=200, blank=True, editable=False)

    class Meta:
        ordering = ["user", "kind"]
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="one_channel_of_each_kind")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} to {self.user}"

    def is_quiet(self, now: datetime) -> bool:
        """In its person's own hours, which may pass midnight."""
        if self.quiet_from is None or self.quiet_until is None:
            return False
        hour = now.astimezone(ZoneInfo(self.zone)).hour
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= hour < self.quiet_until
        return hour >= self.quiet_from or hour < self.quiet_until


class Told(TenantOwned):
    """What one channel was told of one problem: how often, when last, and when that it is over."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+")
    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="+")
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = ScopedManager["Told"]()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "channel", "problem"], name="told_once_a_channel")
        ]

    def __str__(self) -> str:
        return f"{self.problem_id} to {self.channel_id}"
