"""Applications that stand where they may stand on their way, with the tries that brought them there."""

from datetime import timedelta
from typing import Any, TypeAlias
from uuid import uuid4

from django.utils import timezone

from integrations.models import Application, Delivery
from integrations.services import deliveries
from tenants.models import Tenant, User
from tenants.phrases import Phrase
from tenants.scoping import tenant_scope
from tests import factories
from tests.tenants.belongings import DeliveryAttemptFactory

Fields: TypeAlias = dict[str, Any]
MANIFEST: Fields = {
    "form": "0a1b2c3d4e5f",
    "answers": 4,
    "questions": ["Full name", "Email", "When could you start?"],
    "files": [{"question": "Resume", "kind": "PDF", "size_bytes": 48_213}],
}
NO_ANSWER: Fields = {
    "error_code": "lever.unconfirmed",
    "error_message": "Lever did not confirm; it may have acted.",
}
UNCONFIRMED: Fields = {
    "error_code": "delivery.unconfirmed",
    "error_message": "Lever did not say whether it arrived, and we are not allowed to look there.",
}
FORM_CHANGED: Fields = {
    "error_code": "delivery.required_missing",
    "error_message": Phrase("“%(question)s” must be answered.", question="Resume"),
}
REFUSED: Fields = {
    "error_code": "lever.refused",
    "error_message": "Lever refused this.",
    "error_detail": "POST /v1/postings/*/apply: 400 ValidationError phone is not valid",
}
AT_REST: Fields = {"next_attempt_at": None}


def delivery(tenant: Tenant, title: str = "Night driver", **fields: Any) -> Delivery:
    about = {f"application__{name}": fields.pop(name) for name in Application.__dict__ if name in fields}
    made: Delivery = factories.DeliveryFactory.create(
        tenant=tenant, application__tenant=tenant, application__posting__title=title, **about, **fields
    )
    return made


def tried(of: Delivery, outcome: str, seconds: float = 0, **fields: Any) -> None:
    at = timezone.now() + timedelta(seconds=seconds)
    DeliveryAttemptFactory.create(
        tenant=of.tenant,
        delivery=of,
        outcome=outcome,
        started_at=at,
        finished_at=at,
        **{"manifest": MANIFEST, **fields},
    )


def waiting(tenant: Tenant) -> Delivery:
    return delivery(tenant)


def being_sent(tenant: Tenant) -> Delivery:
    return delivery(tenant, status="sending", sent_at=timezone.now(), manifest=MANIFEST)


def tried_again(tenant: Tenant) -> Delivery:
    unavailable: Fields = {
        "error_code": "lever.unavailable",
        "error_message": "Lever does not answer properly.",
    }
    made = delivery(tenant, status="retry_wait", attempts=1, **unavailable)
    tried(made, "retry_wait", manifest={}, http_status=503, **unavailable)
    return made


def looked_up(tenant: Tenant) -> Delivery:
    made = delivery(tenant, status="unknown", attempts=1, sent_at=timezone.now(), **NO_ANSWER)
    tried(made, "unknown", http_status=502, **NO_ANSWER)
    return made


def in_doubt(tenant: Tenant) -> Delivery:
    made = delivery(tenant, status="held", attempts=2, is_in_doubt=True, **AT_REST, **UNCONFIRMED)
    tried(made, "unknown", http_status=502, **NO_ANSWER)
    tried(made, "held", 1, is_look=True, manifest={}, **UNCONFIRMED)
    return made


def misfit(tenant: Tenant) -> Delivery:
    made = delivery(tenant, status="held", attempts=1, **AT_REST, **FORM_CHANGED)
    tried(made, "held", manifest={}, **FORM_CHANGED)
    return made


def refused(tenant: Tenant) -> Delivery:
    made = delivery(tenant, status="rejected", attempts=1, **AT_REST, **REFUSED)
    tried(made, "rejected", http_status=400, **REFUSED)
    return made


def arrived(tenant: Tenant, **fields: Any) -> Delivery:
    now = timezone.now()
    fields = {"delivered_at": now, "external_id": str(uuid4()), **AT_REST, **fields}
    made = delivery(tenant, status="delivered", attempts=1, **fields)
    tried(made, "delivered")
    return made


def reported(tenant: Tenant, **fields: Any) -> Delivery:
    """All the way: confirmed, attributed, and moved on in Lever."""
    now = timezone.now()
    told = {
        "confirmed_at": now + timedelta(seconds=1),
        "is_attributed": True,
        "opportunity_external_id": str(uuid4()),
    }
    made = arrived(tenant, **told, **fields)
    of = {"tenant": tenant, "application": made.application, "next_attempt_at": None}
    sent = {"status": "sent", "sent_at": now + timedelta(seconds=2)}
    factories.ConversionFactory.create(**of, **sent, key="apply_complete", name="apply_complete")
    factories.ConversionFactory.create(**of, **sent, raw_status="Phone screen", name="interview")
    factories.ConversionFactory.create(**of, status="held", name="", raw_status="Trial shift")
    return made


def erased(tenant: Tenant) -> Delivery:
    return reported(tenant, document=b"", erased_at=timezone.now() + timedelta(seconds=5))


def sent_again(tenant: Tenant, by: User) -> Delivery:
    made = misfit(tenant)
    deliveries.send_again(made, by)
    with tenant_scope(tenant.pk):
        return Delivery.objects.get(pk=made.pk)


STATES = (
    *(waiting, being_sent, tried_again, looked_up, in_doubt),
    *(misfit, refused, arrived, reported, erased),
)
