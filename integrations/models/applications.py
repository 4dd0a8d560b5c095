import uuid

from django.db import models

from tenants.models import TenantOwned
from tenants.models.owned import ScopedManager

from ..fields import SealedBytesField, SealedTextField
from .postings import Posting


class SenderSecret(TenantOwned):
    """What Appcast Apply signs a tenant's applications with. While one is being changed, two are live."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    secret = SealedTextField()
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    objects = ScopedManager["SenderSecret"]()

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"sender's secret of {self.created_at:%Y-%m-%d}"


class Application(TenantOwned):
    """What a candidate submitted, on our side. The personal part is sealed in `document`, and goes by erasure."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sender_id = models.UUIDField("the sender's application_id")
    body_hash = models.CharField(max_length=64)
    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="applications")
    job_reference = models.CharField(max_length=150)
    document = SealedBytesField(blank=True)
    email_hash = models.CharField(max_length=64)
    click_id = models.CharField(max_length=200, blank=True)
    is_test = models.BooleanField(default=False)
    submitted_at = models.DateTimeField()
    accepted_at = models.DateTimeField(auto_now_add=True)
    external_id = models.CharField("application in the ATS", max_length=100, blank=True)
    opportunity_external_id = models.CharField(max_length=100, blank=True)
    stage_external_id = models.CharField("current stage in the ATS", max_length=100, blank=True)
    stage_changed_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField("arrival confirmed by the ATS", null=True)
    is_attributed = models.BooleanField("source in the ATS is ours", null=True)
    archived_at = models.DateTimeField("first archived in the ATS", null=True)
    erased_at = models.DateTimeField(null=True)

    objects = ScopedManager["Application"]()

    class Meta:
        ordering = ["-accepted_at"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "sender_id"], name="one_application_per_sender_id"),
            models.UniqueConstraint(
                fields=["tenant", "external_id"],
                condition=~models.Q(external_id=""),
                name="one_application_per_external_id",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "posting", "email_hash"], name="application_doubles"),
            models.Index(fields=["tenant", "opportunity_external_id"], name="application_by_opportunity"),
            models.Index(fields=["email_hash"], name="application_by_person"),
            models.Index(fields=["accepted_at"], name="application_by_arrival"),
            models.Index(fields=["id"], condition=models.Q(is_test=True), name="test_applications"),
            models.Index(fields=["tenant", "accepted_at", "id"], name="application_by_time"),
            models.Index(fields=["tenant", "job_reference", "accepted_at", "id"], name="application_by_job"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class ApplicationFile(TenantOwned):
    """A résumé or another file, sealed; `upload` is where the ATS holds its copy for a day."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="files")
    question_external_id = models.CharField(max_length=100)
    file_name = SealedTextField()
    content_type = models.CharField(max_length=100)
    size_bytes = models.PositiveIntegerField()
    data = SealedBytesField()
    upload = SealedTextField(blank=True, default="")
    uploaded_at = models.DateTimeField(null=True)

    objects = ScopedManager["ApplicationFile"]()

    def __str__(self) -> str:
        return f"{self.question_external_id} of {self.application_id}"
