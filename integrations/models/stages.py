from django.conf import settings
from django.db import models

from tenants.models import TenantOwned
from tenants.models.owned import ScopedManager


class Pipeline(TenantOwned):
    """A hiring workflow of the customer, with its stages in their order."""

    name = models.CharField(max_length=120)
    position = models.PositiveSmallIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    objects = ScopedManager["Pipeline"]()

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="one_pipeline_per_name")]

    def __str__(self) -> str:
        return self.name


class Stage(TenantOwned):
    """One stage of one pipeline; the same outside id may stand in several pipelines."""

    class Origin(models.TextChoices):
        DISCOVERED = "discovered", "read from the account"
        TYPED = "typed", "typed"
        PASTED = "pasted", "pasted"

    pipeline = models.ForeignKey(Pipeline, on_delete=models.CASCADE, related_name="stages")
    external_id = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField(default=0)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    known_at = models.DateTimeField("found in the account by its id", null=True)
    missing_at = models.DateTimeField("looked for in the account and not found, since", null=True)

    objects = ScopedManager["Stage"]()

    class Meta:
        ordering = ["pipeline__position", "position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "pipeline", "external_id"], name="one_stage_per_pipeline_and_id"
            )
        ]

    def __str__(self) -> str:
        return self.name


class StageMapping(TenantOwned):
    """What Appcast is told when an application enters a stage; without `conversion` nothing is reported.

    `stage_name` is what the stage was called when that was decided.
    """

    stage_external_id = models.CharField(max_length=100)
    stage_name = models.CharField(max_length=200, blank=True, default="", db_default="")
    conversion = models.CharField(max_length=30, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    decided_at = models.DateTimeField()

    objects = ScopedManager["StageMapping"]()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "stage_external_id"], name="one_mapping_per_stage")
        ]

    def __str__(self) -> str:
        return f"{self.stage_external_id}: {self.conversion or 'not reported'}"


class ArchiveReason(TenantOwned):
    """Why candidacies end: in Lever, hired and rejected are reasons of the archive, not stages.

    Without `conversion` nothing is reported. One that a person decided may have no name; that decision stays.
    """

    external_id = models.CharField(max_length=100)
    name = models.CharField(max_length=200, blank=True)
    is_hired = models.BooleanField()
    conversion = models.CharField(max_length=30, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    objects = ScopedManager["ArchiveReason"]()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "external_id"], name="one_archive_reason_per_id")
        ]

    def __str__(self) -> str:
        return self.name or self.external_id
