"""Erasing what is left of a tenant once its date has come: table by table, in batches, going on where it stopped.

Its data key goes first: what was sealed with it opens nowhere any more, in no copy of the tables either.
"""

from collections import Counter
from graphlib import TopologicalSorter

import structlog
from django.apps import apps
from django.db.models import Model
from django.utils import timezone

from integrations.services import work
from tenants import audit, data_keys, members
from tenants.isolation import references_to_tenant_rows
from tenants.models import AuditEvent, AuditLink, DataKey, Tenant
from tenants.scoping import tenant_scope

from .models import Departure

MOST_AT_ONCE = 500
# The trail holds no secret and nobody's data, and cannot be changed; the departure is the record of the erasure.
KEPT: tuple[type[Model], ...] = (AuditEvent, AuditLink, Departure)
logger = structlog.get_logger(__name__)


def erase(departure: Departure) -> None:
    """Under the caller's lease."""
    data_keys.forget(departure.tenant_id)
    members.sign_out_all(departure.tenant_id)
    for model in erased_models():
        while _erase_some(departure, model):
            pass
    _finish(departure)


def erased_models() -> list[type[Model]]:
    """Every model with a tenant, but for the key what refers to others before what is referred to."""
    owned = [it for it in apps.get_models() if any(f.name == "tenant" for f in it._meta.concrete_fields)]
    order = TopologicalSorter({it: _referred(it) for it in owned})
    rest = [it for it in reversed([*order.static_order()]) if it not in (*KEPT, DataKey)]
    return [DataKey, *rest]


def _referred(model: type[Model]) -> set[type[Model]]:
    return {field.related_model for field in references_to_tenant_rows(model)} - {model}


def _erase_some(departure: Departure, model: type[Model]) -> int:
    """Unread: what is sealed need not open to be erased, and nothing is left that could be referred to by others."""
    with tenant_scope(departure.tenant_id):
        rows = model._default_manager.order_by()
        gone: int = rows.filter(pk__in=rows.values("pk")[:MOST_AT_ONCE])._raw_delete(rows.db)
        if gone:
            work.note(departure, erased=Counter(departure.erased) + Counter({model._meta.label_lower: gone}))
    return gone


def _finish(departure: Departure) -> None:
    with tenant_scope(departure.tenant_id):
        Departure.objects.exclude(pk=departure.pk).delete()
        Tenant.objects.filter(pk=departure.tenant_id).update(note="")
        work.record(
            departure, status=Departure.Status.ERASED, erased_at=timezone.now(), next_attempt_at=None, by=None
        )
        audit.record(
            "tenant.erased",
            departure.tenant,
            tenant_id=departure.tenant_id,
            actor="portal",
            rows=departure.erased,
        )
    logger.info("tenant_erased", tenant=departure.tenant_id, rows=sum(departure.erased.values()))
