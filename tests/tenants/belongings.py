"""One row of every kind that a tenant can own, each saying a word of that tenant wherever people's words stand."""

import hashlib
import uuid
from graphlib import TopologicalSorter
from typing import Any

import factory
from django.apps import apps
from django.db import connection
from django.db.models import CharField, Model, TextField
from django.utils import timezone

from integrations.models import (
    ArchiveReasonReading,
    AuthorizationAttempt,
    DeliveryAttempt,
    Discovery,
    StageReading,
)
from tenants.isolation import references_to_tenant_rows
from tenants.models import AuditEvent, AuditLink, DataKey, Tenant
from tenants.scoping import tenant_scope
from tests import factories
from tests.factories import ConnectionFactory, DeliveryFactory, OwnedFactory, UserFactory

SPOKEN = {
    *("name", "title", "department", "team", "salary", "subject", "detail", "note", "reason", "outcome"),
    *("error_message", "error_detail", "event_name", "actor_label"),
}
SHORTEST_SPOKEN = 100
SECRET = {"secret", "access_token", "refresh_token", "code_verifier"}
Rows = dict[type[Model], Any]


class AuditEventFactory(OwnedFactory):
    class Meta:
        model = AuditEvent

    action = "feed.confirmed"


class AuditLinkFactory(OwnedFactory):
    """The database writes it as the event is committed."""

    class Meta:
        model = AuditLink

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        with tenant_scope(kwargs["tenant"].pk), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS chained IMMEDIATE")
            cursor.execute("SET CONSTRAINTS chained DEFERRED")
            return AuditLink.objects.get(event=kwargs["event"])


class DataKeyFactory(OwnedFactory):
    """A tenant has its own from the beginning."""

    class Meta:
        model = DataKey

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        with tenant_scope(kwargs["tenant"].pk):
            return DataKey.objects.get()


class AuthorizationAttemptFactory(OwnedFactory):
    class Meta:
        model = AuthorizationAttempt

    provider = "lever"
    state_hash = factory.LazyFunction(lambda: hashlib.sha256(uuid.uuid4().bytes).hexdigest())
    user = factory.SubFactory(UserFactory)
    code_verifier = "verifier"
    expires_at = factory.LazyFunction(timezone.now)


class DiscoveryFactory(OwnedFactory):
    class Meta:
        model = Discovery

    connection = factory.SubFactory(ConnectionFactory, tenant=factory.SelfAttribute("..tenant"))
    next_attempt_at = factory.LazyFunction(timezone.now)


class StageReadingFactory(OwnedFactory):
    class Meta:
        model = StageReading

    connection = factory.SubFactory(ConnectionFactory, tenant=factory.SelfAttribute("..tenant"))


class ArchiveReasonReadingFactory(OwnedFactory):
    class Meta:
        model = ArchiveReasonReading

    connection = factory.SubFactory(ConnectionFactory, tenant=factory.SelfAttribute("..tenant"))


class DeliveryAttemptFactory(OwnedFactory):
    class Meta:
        model = DeliveryAttempt

    delivery = factory.SubFactory(DeliveryFactory, tenant=factory.SelfAttribute("..tenant"))
    number = 1
    started_at = finished_at = factory.LazyFunction(timezone.now)
    outcome = "delivered"


def owned_models() -> list[type[Model]]:
    """Every model with a tenant, what is referred to before what refers."""
    owned = [it for it in apps.get_models() if any(f.name == "tenant" for f in it._meta.concrete_fields)]
    order = TopologicalSorter(
        {it: {field.related_model for field in references_to_tenant_rows(it)} for it in owned}
    )
    return list(order.static_order())


def furnish(tenant: Tenant) -> Rows:
    rows: Rows = {}
    for model in owned_models():
        parents = {field.name: rows[field.related_model] for field in references_to_tenant_rows(model)}
        rows[model] = FACTORIES[model].create(tenant=tenant, **parents, **words(model, tenant))
    return rows


def canary(tenant: Tenant) -> str:
    return f"canary-of-{tenant.slug}"


def secret(tenant: Tenant) -> str:
    return f"secretof{tenant.slug}"


def words(model: type[Model], tenant: Tenant) -> dict[str, str]:
    texts = [it for it in model._meta.concrete_fields if isinstance(it, CharField | TextField)]
    long = [it.name for it in texts if (it.max_length or SHORTEST_SPOKEN) >= SHORTEST_SPOKEN]
    spoken = {name: canary(tenant) for name in long if name in SPOKEN}
    return spoken | {name: secret(tenant) for name in long if name in SECRET}


FACTORIES = {
    it._meta.model: it
    for it in [*vars(factories).values(), *list(globals().values())]
    if isinstance(it, type) and issubclass(it, OwnedFactory) and it._meta.model
}
