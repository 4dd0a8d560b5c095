from datetime import datetime
from enum import Enum
from typing import ClassVar

from django.db import models

from tenants.models import TenantOwned
from tenants.phrases import PhraseField


class Told(Enum):
    """Whose work a message calls for: a row, a tenant's rows by turns (`services.turns`), or everybody's."""

    ROW = ("pk",)
    TENANT = ("tenant_id",)
    NOTHING = ()


class Work(TenantOwned):
    """A unit of work that is its own place in the queue; `services.work` claims, finishes and sweeps it.

    It is due once `next_attempt_at` has come and nobody's lease runs; without `next_attempt_at` it rests.
    Every write after a claim must carry the claim's `lease` number: a worker that was too slow changes nothing.
    """

    task: ClassVar[str]
    told: ClassVar[Told] = Told.ROW
    lease_seconds: ClassVar[int] = 120
    # Whether it waits while the tenant is paused, and for ever once it is off-boarded.
    rests_with_tenant: ClassVar[bool] = True

    next_attempt_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    unfinished = models.PositiveSmallIntegerField("claims since the last recorded outcome", default=0)
    lease = models.PositiveIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    rung_at = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = PhraseField(blank=True)
    error_detail = models.CharField(max_length=500, blank=True)

    @property
    def whom(self) -> list[object]:
        """What its message says."""
        return [getattr(self, name) for name in self.told.value]

    @property
    def retries_at(self) -> datetime | None:
        """When it is tried again; None before its first failure, and while it is tried."""
        return self.next_attempt_at if self.error_message and self.leased_until is None else None

    class Meta:
        abstract = True
        indexes = [
            models.Index(
                fields=["tenant", "next_attempt_at"],
                condition=models.Q(next_attempt_at__isnull=False),
                name="%(class)s_due",
            )
        ]
