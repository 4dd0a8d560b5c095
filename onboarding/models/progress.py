from typing import ClassVar

from django.conf import settings
from django.db import models

from integrations.models import Application, Work
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


class LiveRequest(TenantOwned):
    """The customer asks to go live; Customer Success approves, or asks back with a comment."""

    class Answer(models.TextChoices):
        OPEN = "", "not answered yet"
        APPROVED = "approved", "approved"
        ASKED_BACK = "asked_back", "asked back"

    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    asked_at = models.DateTimeField(auto_now_add=True)
    note = models.CharField(max_length=500, blank=True)
    answer = models.CharField(max_length=10, choices=Answer.choices, default=Answer.OPEN, blank=True)
    comment = models.CharField(max_length=1000, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)

    objects = ScopedManager["LiveRequest"]()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant"], condition=models.Q(answered_at=None), name="one_open_live_request"
            )
        ]

    def __str__(self) -> str:
        return f"asked to go live on {self.asked_at:%Y-%m-%d}: {self.get_answer_display()}"

    @property
    def is_open(self) -> bool:
        return self.answered_at is None

    @property
    def is_asked_back(self) -> bool:
        return self.answer == self.Answer.ASKED_BACK


class Rehearsal(Work):
    """One test application on its whole way; what it proved is read from the application's own rows.

    It is due as long as its candidate may still have to be archived in the ATS.
    """

    task: ClassVar[str] = "onboarding.tasks.tidy_up"

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="rehearsal")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    started_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager["Rehearsal"]()

    class Meta(Work.Meta):
        ordering = ["-id"]

    @classmethod
    def with_its_rows(cls) -> models.QuerySet["Rehearsal"]:
        """With all that its progress is told from."""
        rows = cls.objects.select_related("tenant", "application__delivery", "application__posting")
        return rows.prefetch_related("application__conversions")

    def __str__(self) -> str:
        return f"rehearsal of {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def is_looked_after(self) -> bool:
        return self.next_attempt_at is not None
