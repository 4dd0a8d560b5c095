"""Sealing anew: the tenants' keys with the first of SEALING_KEYS, and what is sealed with the newest key of its tenant.

What is left to do shows in how a value begins, so it goes on where it was stopped, and several may run at once. A value
that somebody changes meanwhile is theirs: they sealed it anew.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import connection, transaction
from django.db.models import Model, QuerySet
from django.utils import timezone
from psycopg import sql

from tenants import data_keys, sealing, sessions
from tenants.accounts import SECOND_FACTOR
from tenants.data_keys import REMEMBERED_SECONDS, NoKeyError, mark_of, unseal_for
from tenants.models import DataKey, Tenant
from tenants.scoping import tenant_scope

from ..fields import RingSealedTextField, SealedBytesField, SealedTextField, place_of, seal_in

MOST_AT_ONCE = 20
# Until then a process may still seal with the key before.
SETTLED_AFTER = timedelta(seconds=2 * REMEMBERED_SECONDS)
SealedField = SealedTextField | SealedBytesField
Row = tuple[Any, Any]
M = TypeVar("M", bound=Model)
IS_LEFT = "FROM {table} WHERE tenant_id = %s AND length({column}) > 0 AND substr({column}, 1, %s) <> %s"
COUNT = sql.SQL("SELECT count(*) " + IS_LEFT)
BATCH = sql.SQL(
    "SELECT id, {column} " + IS_LEFT + " AND (%s::uuid IS NULL OR id > %s) ORDER BY id LIMIT {most}"
)
REPLACE = sql.SQL("UPDATE {table} SET {column} = %s WHERE id = %s AND {column} = %s")
# What allauth seals of an authenticator app and of recovery codes.
SEALED_PARTS = ("secret", "seed")


@dataclass(slots=True)
class Progress:
    """`broken` names the places of values that do not open; they stay as they are."""

    done: int = 0
    broken: list[str] = field(default_factory=list)


def sealed_columns() -> list[tuple[type[Model], SealedField]]:
    return [
        (model, it)
        for model in apps.get_models()
        for it in model._meta.concrete_fields
        if isinstance(it, SealedTextField | SealedBytesField) and not isinstance(it, RingSealedTextField)
    ]


def give_missing_keys() -> int:
    """To tenants that processes of before there were keys have made; none to those that may be erased."""
    kept = Tenant.objects.exclude(status=Tenant.Status.OFFBOARDED)
    return sum(_held(kept.filter(pk=pk), _give_key) for pk in data_keys.missing())


def _give_key(tenant: Tenant) -> bool:
    with tenant_scope(tenant.pk):
        DataKey.make(tenant.pk)
    data_keys.forget(tenant.pk)
    return True


def seal_keys_anew() -> int:
    """How many there were that another key than the first of SEALING_KEYS sealed. Raises SealError."""
    first, count = sealing.mark().encode(), 0
    for tenant_id in _tenants():
        with tenant_scope(tenant_id):
            for row in DataKey.objects.select_for_update():
                if not bytes(row.sealed).startswith(first):
                    row.sealed = sealing.seal(sealing.unseal(bytes(row.sealed), row.place), row.place)
                    row.save(update_fields=["sealed"])
                    count += 1
    return count + _seal_others_anew(first.decode())


def _seal_others_anew(first: str) -> int:
    """What is no tenant's."""
    return _seal_second_factors_anew(first) + _seal_ring_fields_anew(first) + sessions.seal_anew()


def _seal_second_factors_anew(first: str) -> int:
    def seal_parts_anew(factor: Authenticator) -> bool:
        stale = [it for it in SEALED_PARTS if not factor.data.get(it, first).startswith(first)]
        for part in stale:
            plain = sealing.unseal_text(factor.data[part], SECOND_FACTOR)
            factor.data[part] = sealing.seal_text(plain, SECOND_FACTOR)
        if stale:
            factor.save(update_fields=["data"])
        return bool(stale)

    return _each_held(Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN), seal_parts_anew)


def _seal_ring_fields_anew(first: str) -> int:
    columns = [(it, column) for it in apps.get_models() for column in it._meta.concrete_fields]
    return sum(
        _each_held(model._default_manager.all(), partial(_seal_row_anew, column, first))
        for model, column in columns
        if isinstance(column, RingSealedTextField)
    )


def _seal_row_anew(column: RingSealedTextField, first: str, row: Model) -> bool:
    sealed = row.__dict__[column.attname]
    if not sealed or sealed.startswith(first):
        return False
    setattr(row, column.attname, getattr(row, column.attname))
    row.save(update_fields=[column.name])
    return True


def _each_held(rows: QuerySet[M], act: Callable[[M], bool]) -> int:
    """Each as it is by then, and held while it is worked on: a code that somebody uses meanwhile stays used."""
    return sum(_held(rows.filter(pk=pk), act) for pk in list(rows.values_list("pk", flat=True)))


def _held(rows: QuerySet[M], act: Callable[[M], bool]) -> bool:
    with transaction.atomic():
        row = rows.select_for_update().first()
        return row is not None and act(row)


def make_new_data_keys() -> None:
    """None for a tenant that is erased meanwhile: whoever deletes its keys waits, or has deleted them."""
    for tenant_id in _tenants():
        with tenant_scope(tenant_id):
            if DataKey.objects.select_for_update().exists():
                DataKey.make(tenant_id)
        data_keys.forget(tenant_id)


def count_left() -> int:
    return sum(map(_left_of, _tenants()))


def _left_of(tenant_id: int) -> int:
    with suppress(NoKeyError):
        return sum(_left(model, it, tenant_id) for model, it in sealed_columns())
    return 0


def seal_values_anew() -> Iterator[Progress]:
    """What was done so far, after each batch."""
    progress = Progress()
    for tenant_id in _tenants():
        with suppress(NoKeyError):
            yield from _seal_tenant_anew(tenant_id, progress)


def _seal_tenant_anew(tenant_id: int, progress: Progress) -> Iterator[Progress]:
    for model, column in sealed_columns():
        last = None
        while rows := _batch(model, column, tenant_id, last):
            _seal_batch(model, column, tenant_id, rows, progress)
            last = rows[-1][0]
            yield progress


def drop_old_data_keys() -> int:
    """Those that seal nothing any more; how many stay for now, since a process may still use them."""
    return sum(map(_drop_old_of, _tenants()))


def _drop_old_of(tenant_id: int) -> int:
    with tenant_scope(tenant_id):
        keys = list(DataKey.objects.all())
        older = [it.pk for it in keys[1:]]
        is_settled = older and keys[0].created_at < timezone.now() - SETTLED_AFTER
        if not is_settled or _left_of(tenant_id):
            return len(older)
        DataKey.objects.filter(pk__in=older).delete()
        return 0


def _tenants() -> list[int]:
    """Of those that were erased there is no key and nothing sealed."""
    keyed = []
    for tenant_id in Tenant.objects.order_by("pk").values_list("pk", flat=True):
        with tenant_scope(tenant_id):
            if DataKey.objects.exists():
                keyed.append(tenant_id)
    return keyed


def _left(model: type[Model], column: SealedField, tenant_id: int) -> int:
    with tenant_scope(tenant_id), connection.cursor() as cursor:
        cursor.execute(COUNT.format(**_names(model, column)), _beginning(column, tenant_id))
        return int(cursor.fetchone()[0])


def _batch(model: type[Model], column: SealedField, tenant_id: int, last: Any) -> Sequence[Row]:
    """The next ones by id: what does not open is passed by."""
    with tenant_scope(tenant_id), connection.cursor() as cursor:
        query = BATCH.format(**_names(model, column), most=sql.Literal(MOST_AT_ONCE))
        cursor.execute(query, [*_beginning(column, tenant_id), last, last])
        return list(cursor.fetchall())


def _names(model: type[Model], column: SealedField) -> dict[str, sql.Identifier]:
    return {"table": sql.Identifier(model._meta.db_table), "column": sql.Identifier(str(column.column))}


def _beginning(column: SealedField, tenant_id: int) -> list[Any]:
    mark = mark_of(tenant_id)
    return [tenant_id, len(mark), mark if isinstance(column, SealedTextField) else mark.encode()]


def _seal_batch(
    model: type[Model], column: SealedField, tenant_id: int, rows: Sequence[Row], progress: Progress
) -> None:
    with tenant_scope(tenant_id):
        for pk, before in rows:
            try:
                after = _sealed_anew(model, column, tenant_id, pk, before)
            except sealing.SealError as error:
                if DataKey.objects.exists():  # else it was erased meanwhile
                    progress.broken.append(str(error))
                continue
            _replace(model, column, pk, before, after)
            progress.done += 1


def _sealed_anew(
    model: type[Model], column: SealedField, tenant_id: int, pk: object, before: Any
) -> str | bytes:
    name = str(column.column)
    place = place_of(model._meta.db_table, name, tenant_id, pk)
    is_text = isinstance(column, SealedTextField)
    plain = unseal_for(tenant_id, sealing.from_text(before, place) if is_text else bytes(before), place)
    sealed = seal_in(model, name, tenant_id, pk, plain)
    return sealing.as_text(sealed) if is_text else sealed


def _replace(model: type[Model], column: SealedField, pk: Any, before: Any, after: str | bytes) -> None:
    with connection.cursor() as cursor:
        cursor.execute(REPLACE.format(**_names(model, column)), [after, pk, before])
