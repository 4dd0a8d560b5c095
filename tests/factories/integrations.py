"""What an ATS and Appcast leave with us."""

import hashlib
import json
import uuid
from datetime import timedelta

import factory
from django.utils import timezone

from integrations.models import (
    Application,
    ApplicationFile,
    ArchiveReason,
    Connection,
    Conversion,
    Delivery,
    Feed,
    FeedComparison,
    FeedSync,
    FormCheck,
    OutgoingFeed,
    OutgoingPiece,
    Pipeline,
    Posting,
    SenderSecret,
    Stage,
    StageMapping,
    TokenSet,
    WebhookReading,
)
from integrations.services.applications import fingerprint

from .tenants import OwnedFactory

SCOPES = [
    *("offline_access", "postings:read:admin", "postings:write:admin", "uploads:write:admin"),
    *("stages:read:admin", "archive_reasons:read:admin", "webhooks:write:admin"),
    *("opportunities:write:admin", "applications:read:admin"),
]
# What StepStone's own link asks for: it cannot read opportunities, stages or webhooks.
FEW_SCOPES = SCOPES[:4]
DOCUMENT = {
    "application_id": "",
    "submitted_at": "2026-11-01T10:00:00Z",
    "is_test": False,
    "job_reference": "",
    "click_id": "",
    "candidacy": {"full_name": "Ada Adler", "email": "ada@mail.example"},
}


class ConnectionFactory(OwnedFactory):
    class Meta:
        model = Connection

    account_external_id = factory.Sequence(lambda n: f"account-{n}")
    site = "acme"
    region = "global"
    scopes = SCOPES
    asked_scopes = SCOPES
    authorized_at = factory.LazyFunction(timezone.now)
    proved_at = factory.LazyFunction(timezone.now)


class TokenSetFactory(OwnedFactory):
    class Meta:
        model = TokenSet

    connection = factory.SubFactory(ConnectionFactory, tenant=factory.SelfAttribute("..tenant"))
    access_token = "access"
    refresh_token = "refresh"
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(hours=1))
    refreshed_at = factory.LazyFunction(timezone.now)


class WebhookReadingFactory(OwnedFactory):
    class Meta:
        model = WebhookReading

    connection = factory.SubFactory(ConnectionFactory, tenant=factory.SelfAttribute("..tenant"))


class FeedComparisonFactory(OwnedFactory):
    class Meta:
        model = FeedComparison

    connection = factory.SubFactory(ConnectionFactory, tenant=factory.SelfAttribute("..tenant"))


class FeedFactory(OwnedFactory):
    class Meta:
        model = Feed

    url = "https://api.lever.co/v0/postings/acme?mode=xml"
    site = "acme"
    confirmed_at = factory.LazyFunction(timezone.now)


class FeedSyncFactory(OwnedFactory):
    class Meta:
        model = FeedSync

    feed = factory.SubFactory(FeedFactory, tenant=factory.SelfAttribute("..tenant"))
    trigger = FeedSync.Trigger.SCHEDULE
    status = FeedSync.Status.DONE
    finished_at = factory.LazyFunction(timezone.now)


class OutgoingFeedFactory(OwnedFactory):
    class Meta:
        model = OutgoingFeed

    feed = factory.SubFactory(FeedFactory, tenant=factory.SelfAttribute("..tenant"))
    changed_at = factory.LazyFunction(timezone.now)
    next_attempt_at = factory.LazyFunction(timezone.now)
    version = 1
    etag = "as published"


class OutgoingPieceFactory(OwnedFactory):
    class Meta:
        model = OutgoingPiece

    outgoing = factory.SubFactory(OutgoingFeedFactory, tenant=factory.SelfAttribute("..tenant"))
    version = 1
    number = 0
    data = b""


class PostingFactory(OwnedFactory):
    class Meta:
        model = Posting

    external_id = factory.LazyFunction(lambda: str(uuid.uuid4()))
    title = factory.Sequence(lambda n: f"Job {n}")
    url = factory.LazyAttribute(lambda it: f"https://jobs.lever.co/acme/{it.external_id}")
    locations = ["Columbus, OH"]
    description_html = "<p>Drive a truck through the night, and come home in the morning, every day.</p>"
    content_hash = "0" * 64
    first_seen_at = factory.LazyFunction(timezone.now)
    changed_at = factory.LazyFunction(timezone.now)


class FormCheckFactory(OwnedFactory):
    class Meta:
        model = FormCheck

    posting = factory.SubFactory(PostingFactory, tenant=factory.SelfAttribute("..tenant"))
    status = FormCheck.Status.SUPPORTED
    checked_at = factory.LazyFunction(timezone.now)


class PipelineFactory(OwnedFactory):
    class Meta:
        model = Pipeline

    name = factory.Sequence(lambda n: f"Workflow {n}")


class StageFactory(OwnedFactory):
    class Meta:
        model = Stage

    pipeline = factory.SubFactory(PipelineFactory, tenant=factory.SelfAttribute("..tenant"))
    external_id = factory.LazyFunction(lambda: str(uuid.uuid4()))
    name = "Phone screen"
    origin = Stage.Origin.DISCOVERED


class StageMappingFactory(OwnedFactory):
    class Meta:
        model = StageMapping

    stage_external_id = factory.LazyFunction(lambda: str(uuid.uuid4()))
    conversion = "interview"
    decided_at = factory.LazyFunction(timezone.now)


class ArchiveReasonFactory(OwnedFactory):
    class Meta:
        model = ArchiveReason

    external_id = factory.LazyFunction(lambda: str(uuid.uuid4()))
    name = "Underqualified"
    is_hired = False
    conversion = "rejected"


class SenderSecretFactory(OwnedFactory):
    class Meta:
        model = SenderSecret

    secret = "sender-secret"


class ApplicationFactory(OwnedFactory):
    class Meta:
        model = Application

    sender_id = factory.LazyFunction(uuid.uuid4)
    body_hash = factory.LazyFunction(lambda: hashlib.sha256(uuid.uuid4().bytes).hexdigest())
    posting = factory.SubFactory(PostingFactory, tenant=factory.SelfAttribute("..tenant"))
    job_reference = factory.LazyAttribute(lambda it: it.posting.external_id)
    document = factory.LazyAttribute(
        lambda it: json.dumps(
            {**DOCUMENT, "application_id": str(it.sender_id), "job_reference": it.job_reference}
        ).encode()
    )
    email_hash = factory.LazyAttribute(lambda it: fingerprint(it.tenant.pk, "ada@mail.example"))
    submitted_at = factory.LazyFunction(timezone.now)


class ApplicationFileFactory(OwnedFactory):
    class Meta:
        model = ApplicationFile

    application = factory.SubFactory(ApplicationFactory, tenant=factory.SelfAttribute("..tenant"))
    question_external_id = "resume"
    file_name = "cv.pdf"
    content_type = "application/pdf"
    size_bytes = 9
    data = b"%PDF-1.4\n"


class DeliveryFactory(OwnedFactory):
    class Meta:
        model = Delivery

    application = factory.SubFactory(ApplicationFactory, tenant=factory.SelfAttribute("..tenant"))
    next_attempt_at = factory.LazyFunction(timezone.now)


class ConversionFactory(OwnedFactory):
    class Meta:
        model = Conversion

    application = factory.SubFactory(ApplicationFactory, tenant=factory.SelfAttribute("..tenant"))
    key = factory.Sequence(lambda n: f"stage:{n}")
    name = "interview"
    sequence = factory.Sequence(lambda n: n + 1)
    occurred_at = factory.LazyFunction(timezone.now)
    received_at = factory.LazyFunction(timezone.now)
    status = Conversion.Status.READY
    next_attempt_at = factory.LazyFunction(timezone.now)
