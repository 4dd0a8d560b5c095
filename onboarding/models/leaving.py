from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _

from integrations.models import Work
from tenants.models.owned import ScopedManager


class Departure(Work):
    """A tenant's way out: asked for, ended, switched off, and erased once `erase_at` has come. It outlives the rest.

    `seen` is what was last seen of Lever's side; `erased` counts the rows that went, by table.
    """

    task: ClassVar[str] = "onboarding.tasks.go_on_leaving"
    rests_with_tenant: ClassVar[bool] = False

    class Status(models.TextChoices):
        ASKED = "asked", "asks Customer Success"
        CLOSING = "closing", "ended, being switched off"
        ENDED = "ended", "ended, not erased yet"
        TAKEN_BACK = "taken_back", "taken back"
        ERASED = "erased", "erased"

    status = models.CharField(max_length=10, choices=Status.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)
    erase_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)
    seen = models.JSONField(default=dict)
    erased = models.JSONField(default=dict)

    objects = ScopedManager["Departure"]()

    class Meta(Work.Meta):
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant"],
                condition=models.Q(status__in=["asked", "closing", "ended"]),
                name="one_departure_at_a_time",
            )
        ]

    @property
    def is_ours(self) -> bool:
        """The customer's own people ended it, and so may take it back."""
        return self.by is not None and not self.by.is_staff

    @property
    def who(self) -> str:
        return str(self.by) if self.is_ours else _("Appcast Customer Success")

    def __str__(self) -> str:
        return f"departure of {self.created_at:%Y-%m-%d}"
