from django.conf import settings
from django.db import models
from django.utils import timezone

from tenants.models import TenantOwned
from tenants.models.owned import ScopedManager


class Notice(TenantOwned):
    """What one person is told by mail about one cause, how often so far, and when next. `onboarding.notices` keeps it.

    The row stays when the cause has gone, so that one which comes and goes is not told more often than one which stays.
    An ended row that is still due owes its reader the word that it works again.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(max_length=60)
    subject = models.CharField(max_length=200, blank=True)
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    sent_count = models.PositiveIntegerField(default=0)
    last_sent_at = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField("last mail that was refused", null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField("staff asked to remind", null=True, blank=True)

    objects = ScopedManager["Notice"]()

    class Meta:
        ordering = ["ended_at", "next_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "user", "code", "subject"], name="one_notice_per_person_and_cause"
            )
        ]
        indexes = [
            models.Index(fields=["user", "last_sent_at"], name="notice_by_reader"),
        ]

    @property
    def is_asked_for(self) -> bool:
        """And not mailed since."""
        asked, sent = self.asked_at, self.last_sent_at
        return asked is not None and self.failed_at is None and (sent is None or sent < asked)

    @property
    def is_refused(self) -> bool:
        """The last mail was, and it is tried again."""
        return self.failed_at is not None and self.next_at is not None and self.stopped_at is None

    @property
    def is_due(self) -> bool:
        return self.next_at is not None and self.next_at <= timezone.now()

    def __str__(self) -> str:
        return f"{self.code} to {self.user_id}"
