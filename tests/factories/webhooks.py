"""What came in, and what it is believed by."""

import hashlib
import uuid

import factory
from django.utils import timezone

from webhooks.models import (
    CatchUp,
    RejectedRequest,
    Replay,
    SigningSecret,
    WebhookEndpoint,
    WebhookEvent,
)

from .integrations import ConnectionFactory
from .tenants import OwnedFactory


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


class CatchUpFactory(OwnedFactory):
    class Meta:
        model = CatchUp

    connection = factory.SubFactory(ConnectionFactory, tenant=factory.SelfAttribute("..tenant"))


class RejectedRequestFactory(OwnedFactory):
    class Meta:
        model = RejectedRequest

    endpoint = factory.SubFactory(WebhookEndpointFactory, tenant=factory.SelfAttribute("..tenant"))
    reason = RejectedRequest.Reason.WRONG_SIGNATURE
    body = b"{}"


class ReplayFactory(OwnedFactory):
    """At its end, since one tenant has no two that run."""

    class Meta:
        model = Replay

    source = Replay.Source.EVENTS
    until = factory.LazyFunction(timezone.now)
    status = Replay.Status.DONE
    total = 1
