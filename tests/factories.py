"""All rows that tests need, made as the portal makes them: within their tenant's scope."""

import hashlib
import json
import uuid
from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from integrations.models import (
    Application,
    ApplicationFile,
    ArchiveReason,
    Connection,
    Conversion,
    Delivery,
    Feed,
    FeedSync,
    FormCheck,
    Pipeline,
    Posting,
    SenderSecret,
    Stage,
    StageMapping,
    TokenSet,
)
from integrations.services.applications import fingerprint
from onboarding.models import (
    Departure,
    LiveRequest,
    Notice,
    PolicyLink,
    PolicyStatement,
    Problem,
    Rehearsal,
    StepOverride,
)
from tenants.models import Invitation, Membership, Tenant, User
from tenants.scoping import tenant_scope
from webhooks.models import RejectedRequest, SigningSecret, WebhookEndpoint, WebhookEvent

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


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@mail.example")


class TenantFactory(DjangoModelFactory[Tenant]):
    class Meta:
        model = Tenant

    name = factory.Sequence(lambda n: f"Company {n}")
    slug = factory.Sequence(lambda n: f"company-{n}")
    client_id = factory.Sequence(lambda n: f"client-{n}")
    ent_id = factory.Sequence(lambda n: f"ent-{n}")


class OwnedFactory(DjangoModelFactory[Any]):
    """`tenant` comes from the row it belongs to, or is made."""

    class Meta:
        abstract = True

    tenant = factory.SubFactory(TenantFactory)

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        with tenant_scope(kwargs["tenant"].pk):
            return super()._create(model_class, *args, **kwargs)


class MembershipFactory(OwnedFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    role = Membership.Role.OWNER


class InvitationFactory(OwnedFactory):
    class Meta:
        model = Invitation

    email = factory.Sequence(lambda n: f"invited{n}@mail.example")
    token_hash = factory.LazyFunction(lambda: hashlib.sha256(uuid.uuid4().bytes).hexdigest())
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=14))


class ConnectionFactory(OwnedFactory):
    class Meta:
        model = Connection

    account_external_id = factory.Sequence(lambda n: f"account-{n}")
    site = "acme"
    region = "global"
    scopes = SCOPES
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


class WebhookEndpointFactory(OwnedFactory):
    class Meta:
        model = WebhookEndpoint

    event_kind = "stage_changed"


class SigningSecretFactory(OwnedFactory):
    class Meta:
        model = SigningSecret

    endpoint = factory.SubFactory(WebhookEndpointFactory, tenant=factory.SelfAttribute("..tenant"))
    secret = "0123456789abcdef0123456789abcdef0123456789abcdef"


class WebhookEventFactory(OwnedFactory):
    class Meta:
        model = WebhookEvent

    endpoint = factory.SubFactory(WebhookEndpointFactory, tenant=factory.SelfAttribute("..tenant"))
    key = factory.LazyFunction(lambda: hashlib.sha256(uuid.uuid4().bytes).hexdigest())
    body_hash = factory.LazyFunction(lambda: hashlib.sha256(uuid.uuid4().bytes).hexdigest())
    body = b"{}"
    kind = "stage_changed"
    name = "candidateStageChange"
    triggered_at = factory.LazyFunction(timezone.now)
    next_attempt_at = factory.LazyFunction(timezone.now)


class RejectedRequestFactory(OwnedFactory):
    class Meta:
        model = RejectedRequest

    endpoint = factory.SubFactory(WebhookEndpointFactory, tenant=factory.SelfAttribute("..tenant"))
    reason = RejectedRequest.Reason.WRONG_SIGNATURE
    body = b"{}"


class PolicyStatementFactory(OwnedFactory):
    class Meta:
        model = PolicyStatement

    kind = "terms"
    is_needed = False
    stated_at = factory.LazyFunction(timezone.now)


class PolicyLinkFactory(OwnedFactory):
    class Meta:
        model = PolicyLink

    kind = "privacy_policy"
    url = "https://acme.example/privacy"


class ProblemFactory(OwnedFactory):
    class Meta:
        model = Problem

    code = "feed.late"
    actor = Problem.Actor.STAFF
    since = factory.LazyFunction(timezone.now)
    last_seen_at = factory.LazyFunction(timezone.now)


class DepartureFactory(OwnedFactory):
    class Meta:
        model = Departure

    status = Departure.Status.TAKEN_BACK


class RehearsalFactory(OwnedFactory):
    class Meta:
        model = Rehearsal

    application = factory.SubFactory(ApplicationFactory, tenant=factory.SelfAttribute("..tenant"))


class StepOverrideFactory(OwnedFactory):
    class Meta:
        model = StepOverride

    step = "forms"
    reason = "The two jobs are not advertised"
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=14))


class LiveRequestFactory(OwnedFactory):
    class Meta:
        model = LiveRequest

    asked_by = factory.SubFactory(UserFactory)


class NoticeFactory(OwnedFactory):
    class Meta:
        model = Notice

    user = factory.SubFactory(UserFactory)
    code = "feed.failed"
    opened_at = factory.LazyFunction(timezone.now)
