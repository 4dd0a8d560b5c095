"""Somebody who can write to the tables moves sealed values about: between rows, columns and tenants, none opens."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from integrations.fields import SealedTextField, place_of
from integrations.services.resealing import sealed_columns
from tenants.data_keys import unseal_for
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tenants.sealing import SealError, from_text
from tests.audited import Note
from tests.tenants.belongings import furnish
from tests.tenants.database import sql

pytestmark = [pytest.mark.django_db, pytest.mark.audit]
Value = tuple[int, str, bytes]


def values_of(tenant: Tenant) -> list[Value]:
    """Whose it is, where it lies, and what lies there."""
    found: list[Value] = []
    with tenant_scope(tenant.pk):
        for model, column in sealed_columns():
            table, name = model._meta.db_table, str(column.column)
            for pk, sealed in sql(f"SELECT id, {name} FROM {table} WHERE length({name}) > 0"):
                place = place_of(table, name, tenant.pk, pk)
                is_text = isinstance(column, SealedTextField)
                found.append((tenant.pk, place, from_text(sealed, place) if is_text else bytes(sealed)))
    return found


def opens(tenant_id: int, place: str, sealed: bytes) -> bool:
    try:
        unseal_for(tenant_id, sealed, place)
    except SealError:
        return False
    return True


def test_no_value_opens_where_it_was_not_sealed(
    northwind: Tenant, southgate: Tenant, many: Callable[[int, int], int], note: Note
) -> None:
    for tenant in (northwind, southgate):
        furnish(tenant)
    values = values_of(northwind) + values_of(southgate)
    assert len({place.partition(":")[0] for _, place, _ in values}) >= len(sealed_columns()) - 1
    assert all(opens(*it) for it in values)
    chance, swaps = random.Random(8), many(1000, 1000)
    pairs: list[Any] = [chance.sample(values, 2) for _ in range(swaps)]
    opened = sum(opens(there[0], there[1], here[2]) for here, there in pairs)
    note("sealed values swapped between rows, columns and tenants", swaps, opened)
