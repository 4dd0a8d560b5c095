from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from integrations.models import Work
from tenants.models import TenantOwned
from tenants.models.owned import ScopedManager

from .. import localities


class PolicyKind(models.TextChoices):
    PRIVACY = "privacy_policy", _("privacy policy")
    TERMS = "terms", _("terms and conditions")


class PolicyStatement(TenantOwned):
    """The customer's word on whether a link of this kind must stand on their application forms."""

    kind = models.CharField(max_length=14, choices=PolicyKind.choices)
    is_needed = models.BooleanField()
    stated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    stated_at = models.DateTimeField()

    objects = ScopedManager["PolicyStatement"]()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "kind"], name="one_statement_per_kind")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {'needed' if self.is_needed else 'not needed'}"


class PolicyLink(Work):
    """Where the policy stands, for all applicants or those of one country or language (`locale`: DE or de).

    It is opened again and again, to see whether applicants can still read it.
    """

    task: ClassVar[str] = "onboarding.tasks.open_policy_link"

    kind = models.CharField(max_length=14, choices=PolicyKind.choices)
    locale = models.CharField(max_length=10, blank=True)
    url = models.URLField(max_length=500)
    checked_at = models.DateTimeField(null=True)
    is_reachable = models.BooleanField(default=False)

    objects = ScopedManager["PolicyLink"]()

    class Meta(Work.Meta):
        ordering = ["kind", "locale"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "kind", "locale"], name="one_link_per_kind_and_locale")
        ]

    def __str__(self) -> str:
        return self.url

    @property
    def scope_name(self) -> str:
        """For whom it stands, in the reader's language; "" for everybody."""
        return localities.name_of(self.locale) if self.locale else ""
