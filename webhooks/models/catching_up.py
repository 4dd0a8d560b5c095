from datetime import timedelta
from typing import ClassVar

from django.db import models

from integrations.models import Reading
from integrations.types import Capability
from tenants.models.owned import ScopedManager


class CatchUp(Reading):
    """Hourly: what happened to our applications in the ATS and no webhook told, up to `covered_until`.

    Of a pass under way, `since` and `until` are how far it reaches, and `cursor` the part of the list that comes next.
    """

    task: ClassVar[str] = "webhooks.tasks.catch_up"
    needs: ClassVar[Capability] = Capability.READ_OPPORTUNITIES
    again_after: ClassVar[timedelta] = timedelta(hours=1)
    spread: ClassVar[timedelta] = timedelta(hours=1)

    covered_until = models.DateTimeField(null=True)
    since = models.DateTimeField("the pass under way reaches back to", null=True)
    until = models.DateTimeField("the pass under way reaches until", null=True)
    cursor = models.CharField(max_length=1000, blank=True)

    objects = ScopedManager["CatchUp"]()

    class Meta(Reading.Meta):
        verbose_name = "catch-up"
        verbose_name_plural = "catch-ups"

    def __str__(self) -> str:
        return f"catch-up of {self.connection_id}"
