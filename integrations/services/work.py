"""Rows that are their own queue: claimed under a lease, finished by whoever holds it, found again by the sweep.

Times are compared by PostgreSQL's clock alone. A crash leaves a lease that runs out; a row whose work crashed
`MOST_UNFINISHED` times in a row is not given out for work again, but to be buried.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any, TypeVar

from django.apps import apps
from django.db.models import Case, F, Field, OuterRef, Q, QuerySet, Subquery, When, Window
from django.db.models.functions import Now, RowNumber
from django.utils.translation import gettext_noop as _

from tenants.models import Tenant
from tenants.phrases import Phrase
from tenants.scoping import across_tenants, tenant_scope

from ..errors import IntegrationError
from ..models import Told, Work
from . import bell

MOST_UNFINISHED = 5
RING_AGAIN_AFTER = timedelta(seconds=30)
MOST_PER_TENANT = 20
MOST_PER_SWEEP = 500
NO_ERROR = {"error_code": "", "error_message": "", "error_detail": ""}
WORN_OUT = {
    "error_code": "work.crashes",
    "error_message": _("This broke our worker several times. Appcast support is looking into it."),
    "error_detail": "",
}

W = TypeVar("W", bound=Work)


class LeaseLostError(Exception):
    """The lease ran out and somebody else holds the row now: nothing may be written for it any more."""


def claim(model: type[W], pk: object, *related: str, **changes: Any) -> W | None:
    """The row under a fresh lease, or None when it is not due or somebody else has it.

    `related` rows are read with it, and `changes` written with the lease.
    """
    with across_tenants("a task names its row by id alone"):
        due = _due(model).filter(pk=pk)
        return next(iter(_leased(model, due.select_related(*related) if related else due, **changes)), None)


def claim_oldest(model: type[W], tenant_id: int, most: int, **only: object) -> list[W]:
    with tenant_scope(tenant_id):
        return _leased(model, _due(model).filter(**only).order_by("next_attempt_at", "pk")[:most])


def is_any_due(model: type[W], tenant_id: int) -> bool:
    with tenant_scope(tenant_id):
        return _due(model).exists()


def is_worn_out(row: Work) -> bool:
    """Its work crashed too often to be tried once more."""
    return row.unfinished > MOST_UNFINISHED


def record(row: Work, **changes: Any) -> None:
    """Write the outcome and give the lease back, in the caller's scope. Raises LeaseLostError."""
    _write(row, leased_until=None, unfinished=0, **changes)


def record_all(rows: Sequence[Work], **changes: Any) -> None:
    """The same of several, by one statement. Whose lease ran out is passed over: somebody else has it."""
    if rows:
        _rows(type(rows[0])).filter(_leases_of(rows)).update(leased_until=None, unfinished=0, **changes)


def give_back(row: Work) -> None:
    """As if it had not been claimed, in the caller's scope. Raises LeaseLostError."""
    is_first_claim = row.unfinished == 1
    unfinished, attempts = row.unfinished - 1, row.attempts - is_first_claim
    _write(row, leased_until=None, unfinished=unfinished, attempts=attempts)


def renew(rows: Sequence[Work]) -> None:
    """Of one model. Whose lease ran out has lost it."""
    if rows:
        model = type(rows[0])
        with across_tenants("leases that this process holds"):
            held = _rows(model).filter(_leases_of(rows), leased_until__gt=Now())
            # One that is locked is being written at this moment.
            free = list(held.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True))
            until = Now() + timedelta(seconds=model.lease_seconds)
            _rows(model).filter(pk__in=free).update(leased_until=until)


def note(row: Work, **changes: Any) -> None:
    """Write progress and keep the lease, renewed. Raises LeaseLostError."""
    _write(row, leased_until=Now() + timedelta(seconds=row.lease_seconds), **changes)


def require_lease(row: Work, written: object) -> None:
    """That something was written under it. Raises LeaseLostError."""
    if not written:
        raise LeaseLostError(f"{row._meta.label} {row.pk}, lease {row.lease}")


def failure(error: IntegrationError) -> dict[str, str | Phrase]:
    return {
        "error_code": error.code[:60],
        "error_message": error.message,
        "error_detail": error.detail[:500],
    }


def after(delay: timedelta) -> Any:
    """A moment for `next_attempt_at`, by the database's clock."""
    return Now() + delay


def sweep() -> None:
    """Ring for every due row that no message told of, the tenants in turn."""
    for model in work_models():
        match model.told:
            case Told.ROW:
                for pk in _forgotten(model):
                    bell.send(model.task, pk)
            case Told.TENANT:
                for tenant_id in _waiting_tenants(model):
                    bell.call(model.task, tenant_id)
            case Told.NOTHING:
                if _waiting_tenants(model):
                    bell.call(model.task)


def work_models() -> list[type[Work]]:
    return [model for model in apps.get_models() if issubclass(model, Work)]


def _waiting_tenants(model: type[Work]) -> list[int]:
    """One look into the index for each tenant, however many rows wait."""
    with across_tenants("the sweep looks for due work of everybody"):
        first = _free(model).filter(tenant=OuterRef("pk")).order_by("next_attempt_at").values("pk")[:1]
        running = Tenant.objects.exclude(status__in=_resting(model))
        return list(
            running.annotate(first=Subquery(first))
            .exclude(first=None)
            .order_by("?")
            .values_list("pk", flat=True)
        )


def _forgotten(model: type[Work]) -> Iterator[object]:
    with across_tenants("the sweep looks for due work of everybody"):
        # One that was rung, done and is due again since then was not.
        rung_lately = Q(rung_at__gt=Now() - RING_AGAIN_AFTER, rung_at__gte=F("next_attempt_at"))
        fair = (
            _due(model)
            .exclude(rung_lately)
            .annotate(turn=Window(RowNumber(), partition_by=F("tenant_id"), order_by="next_attempt_at"))
            .filter(turn__lte=MOST_PER_TENANT)
            .order_by("turn", "next_attempt_at")
        )
        found = list(fair.values_list("pk", flat=True)[:MOST_PER_SWEEP])
        _rows(model).filter(pk__in=found).update(rung_at=Now())
    yield from found


def _due(model: type[W]) -> QuerySet[W]:
    """What a paused tenant has waiting stays where it is."""
    return _free(model).exclude(tenant__status__in=_resting(model))


def _free(model: type[W]) -> QuerySet[W]:
    is_free = Q(leased_until=None) | Q(leased_until__lt=Now())
    return _rows(model).filter(is_free, next_attempt_at__lte=Now())


def _resting(model: type[Work]) -> list[Tenant.Status]:
    return [Tenant.Status.PAUSED, Tenant.Status.OFFBOARDED] if model.rests_with_tenant else []


def _leased(model: type[W], due: QuerySet[W], **changes: Any) -> list[W]:
    rows = list(_locked(due))
    _lease(model, rows, **changes)
    return rows


def _locked(due: QuerySet[W]) -> QuerySet[W]:
    return due.select_for_update(skip_locked=True, of=("self",))


def _lease(model: type[W], rows: Sequence[W], **changes: Any) -> None:
    """A claim after a crash goes on with the attempt that crashed."""
    _rows(model).filter(pk__in=[row.pk for row in rows]).update(
        lease=F("lease") + 1,
        attempts=F("attempts") + Case(When(unfinished=0, then=1), default=0),
        unfinished=F("unfinished") + 1,
        leased_until=Now() + timedelta(seconds=model.lease_seconds),
        **changes,
    )
    for row in rows:
        row.lease += 1
        row.attempts += not row.unfinished
        row.unfinished += 1


def _leases_of(rows: Sequence[Work]) -> Q:
    return reduce(or_, (Q(pk=row.pk, lease=row.lease) for row in rows))


def _write(row: Work, **changes: Any) -> None:
    require_lease(row, _rows(type(row)).filter(pk=row.pk, lease=row.lease).update(**changes))
    computed = [name for name, value in changes.items() if hasattr(value, "resolve_expression")]
    for name in changes.keys() - {*computed}:
        field = row._meta.get_field(name)
        assert isinstance(field, Field)
        setattr(row, name, field.to_python(changes[name]))
    if computed and computed != ["leased_until"]:  # nobody but the database asks how long
        row.refresh_from_db(fields=computed)


def _rows(model: type[W]) -> QuerySet[W]:
    return model._default_manager.get_queryset()
