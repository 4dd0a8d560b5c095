from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from ..languages import offered
from .keys import DataKey
from .owned import ScopedManager, TenantOwned
from .users import User


class Tenant(models.Model):
    """A customer company."""

    class Status(models.TextChoices):
        ONBOARDING = "onboarding", _("being set up")
        LIVE = "live", _("live")
        PAUSED = "paused", _("paused")
        OFFBOARDED = "offboarded", _("off-boarded")

    name = models.CharField(max_length=120)
    slug = models.SlugField(unique=True, max_length=60)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.ONBOARDING)
    language = models.CharField(
        max_length=8,
        choices=offered,
        default="en",
        help_text="Of mails to people who have not chosen one themselves.",
    )
    client_id = models.CharField("Appcast client ID", max_length=64, blank=True)
    ent_id = models.CharField("Appcast ENT ID", max_length=64, blank=True)
    source_label = models.CharField("source shown in the ATS", max_length=60, default="Appcast")
    uses_stepstone = models.BooleanField(
        "also uses the StepStone product",
        default=False,
        help_text="Both share one Lever app: revoking it stops both.",
    )
    conversions_url = models.URLField(
        max_length=500, blank=True, help_text="Where conversions go; empty for the address of all tenants."
    )
    retention_days = models.PositiveSmallIntegerField(
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(180)],
        help_text="Days from delivery until personal data go.",
    )
    duplicate_window_days = models.PositiveSmallIntegerField(
        default=120,
        help_text="A second application to the same job within these days is refused; 0 accepts it.",
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="CS owner",
        limit_choices_to={"is_staff": True},
    )
    note = models.TextField("note for staff", blank=True, default="", db_default="", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    live_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["name"]
        indexes = [models.Index(fields=["name"], name="tenant_by_name")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """With the key that seals what it will own."""
        is_new = self._state.adding
        with transaction.atomic():
            super().save(*args, **kwargs)
            if is_new:
                DataKey.make(self.pk)

    @property
    def contact(self) -> User | None:
        """Whom at Appcast its people can write to: an owner who has left the desk answers nobody."""
        return self.owner if self.owner and self.owner.sees_desk else None

    @property
    def is_running(self) -> bool:
        """Gone live, and at most paused since."""
        return self.live_at is not None and self.status in {self.Status.LIVE, self.Status.PAUSED}

    @property
    def has_ended(self) -> bool:
        return self.status == self.Status.OFFBOARDED


class Membership(TenantOwned):
    """A person's place in a tenant. With `steps`, the person was asked for those alone and sees nothing else."""

    class Role(models.TextChoices):
        OWNER = "owner", "owner"
        MEMBER = "member", "member"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=8, choices=Role.choices, default=Role.MEMBER)
    steps = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    joined_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField("last seen", null=True, editable=False)

    objects = ScopedManager["Membership"]()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "user"], name="one_membership_per_person")]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"

    @property
    def is_owner(self) -> bool:
        return self.role == self.Role.OWNER

    def may_do(self, step: str) -> bool:
        return not self.steps or step in self.steps
