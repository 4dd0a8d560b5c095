from typing import ClassVar

from django.db import models

from tenants.models import TenantOwned
from tenants.models.owned import ScopedManager
from tenants.phrases import PhrasesField

from .work import Work


class Posting(TenantOwned):
    """A published job as the last good sync left it. `description_html` is sanitised.

    `content_hash` is of all that the feed says of it, `unknown` what we have no use for, `warnings` what was odd.
    `owner_name` is kept only while the customer has to change something about the form.
    """

    external_id = models.CharField(max_length=100)
    title = models.CharField(max_length=300)
    url = models.URLField(max_length=500)
    locations = models.JSONField(default=list)
    country = models.CharField(max_length=60, blank=True)
    department = models.CharField(max_length=200, blank=True)
    team = models.CharField(max_length=200, blank=True)
    commitment = models.CharField(max_length=100, blank=True)
    workplace_type = models.CharField(max_length=40, blank=True)
    salary = models.CharField(max_length=300, blank=True)
    description_html = models.TextField(blank=True)
    published_at = models.DateTimeField(null=True)
    owner_name = models.CharField("who answers for it in the ATS", max_length=200, blank=True)
    unknown = models.JSONField(default=dict, db_default={})
    warnings = PhrasesField(default=list, db_default=[])
    content_hash = models.CharField(max_length=64)
    first_seen_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    objects = ScopedManager["Posting"]()

    class Meta:
        ordering = ["title", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "external_id"], name="one_posting_per_external_id")
        ]
        indexes = [
            # Those that closed by and by become many.
            models.Index(fields=["tenant", "id"], condition=models.Q(closed_at=None), name="posting_open")
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class FormCheck(Work):
    """What is known of a posting's application form; read again daily. `form` is the form as it stood."""

    task: ClassVar[str] = "integrations.tasks.check_form"

    class Status(models.TextChoices):
        UNCHECKED = "unchecked", "not read yet"
        SUPPORTED = "supported", "supported"
        UNSUPPORTED = "unsupported", "has a question that Appcast Apply cannot ask"
        UNREADABLE = "unreadable", "could not be read"

    posting = models.OneToOneField(Posting, on_delete=models.CASCADE, related_name="form_check")
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.UNCHECKED)
    form = models.JSONField(null=True)
    unsupported = models.JSONField(default=list)
    checked_at = models.DateTimeField(null=True)

    objects = ScopedManager["FormCheck"]()

    def __str__(self) -> str:
        return f"form of {self.posting_id}"
