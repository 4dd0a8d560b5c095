"""PostgreSQL keeps the tenants apart by itself: every statement here goes past Django's managers."""

from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.db.models import ForeignKey, Model

from tenants.isolation import VISIBLE, composite_key, references_to_tenant_rows
from tenants.models import AuditEvent, AuditLink, Tenant
from tenants.scoping import tenant_scope

from .belongings import FACTORIES, Rows, furnish, owned_models
from .database import rows_changed, sql

pytestmark = [pytest.mark.django_db, pytest.mark.audit]
OWNED = owned_models()
APPEND_ONLY = (AuditEvent, AuditLink)
REFERENCES = [(model, field) for model in OWNED for field in references_to_tenant_rows(model)]
CHANGEABLE = [(model, field) for model, field in REFERENCES if model not in APPEND_ONLY]
of_every_model = pytest.mark.parametrize("model", OWNED, ids=lambda it: it._meta.label)


def of(references: list[tuple[type[Model], ForeignKey[Any, Any]]]) -> pytest.MarkDecorator:
    ids = [f"{model._meta.label}.{field.name}" for model, field in references]
    return pytest.mark.parametrize(("model", "field"), references, ids=ids)


@pytest.fixture
def own(northwind: Tenant) -> Rows:
    return furnish(northwind)


@pytest.fixture
def foreign(southgate: Tenant) -> Rows:
    return furnish(southgate)


def table(model: type[Model]) -> str:
    return f'"{model._meta.db_table}"'


@of_every_model
def test_its_table_is_guarded_for_the_owner_too(model: type[Model]) -> None:
    guards = sql(
        "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass",
        model._meta.db_table,
    )
    assert guards == [(True, True)], (
        f"Name {model.__name__} in IsolateTenants of the migration that makes it."
    )


@of_every_model
def test_its_table_has_the_one_policy_of_all(model: type[Model]) -> None:
    columns = "policyname, permissive, roles, cmd, qual = with_check"
    policies = sql(f"SELECT {columns} FROM pg_policies WHERE tablename = %s", model._meta.db_table)
    assert policies == [("tenant_isolation", "PERMISSIVE", ["public"], "ALL", True)]
    assert "app.tenant" in VISIBLE


@of(REFERENCES)
def test_its_reference_to_another_row_is_a_key_with_the_tenant(
    model: type[Model], field: ForeignKey[Any, Any]
) -> None:
    assert composite_key(model._meta.db_table, field)
    keys = sql(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'",
        model._meta.db_table,
    )
    wanted = f"FOREIGN KEY (tenant_id, {field.column}) REFERENCES {field.related_model._meta.db_table}(tenant_id, id)"
    assert any(definition.startswith(wanted) for (definition,) in keys)


@of_every_model
def test_its_foreign_rows_are_neither_seen_nor_changed(
    model: type[Model], northwind: Tenant, southgate: Tenant, own: Rows, foreign: Rows
) -> None:
    with tenant_scope(northwind.pk):
        assert sql(f"SELECT DISTINCT tenant_id FROM {table(model)}") == [(northwind.pk,)]
        assert sql(f"SELECT 1 FROM {table(model)} WHERE id = %s", foreign[model].pk) == []
        if model not in APPEND_ONLY:
            assert rows_changed(f"UPDATE {table(model)} SET id = id WHERE tenant_id = %s", southgate.pk) == 0
            assert rows_changed(f"DELETE FROM {table(model)} WHERE id = %s", foreign[model].pk) == 0
    with tenant_scope(southgate.pk):
        assert sql(f"SELECT count(*) FROM {table(model)}") == [(1,)]


@of_every_model
def test_no_row_of_it_is_written_for_another_tenant(
    model: type[Model], northwind: Tenant, southgate: Tenant, own: Rows
) -> None:
    refused = pytest.raises(ProgrammingError, match=r"row-level security|permission denied")
    with tenant_scope(northwind.pk), refused, transaction.atomic():
        sql(f"UPDATE {table(model)} SET tenant_id = %s", southgate.pk)
    row = own[model]
    row.pk, row.tenant = FACTORIES[model].build(tenant=southgate).pk, southgate
    with tenant_scope(northwind.pk), refused, transaction.atomic():
        row.save(force_insert=True)


@of_every_model
def test_without_a_scope_it_is_empty(model: type[Model], own: Rows) -> None:
    assert sql(f"SELECT * FROM {table(model)}") == []


@of(CHANGEABLE)
def test_its_reference_cannot_be_turned_to_another_tenants_row(
    model: type[Model], field: ForeignKey[Any, Any], northwind: Tenant, own: Rows, foreign: Rows
) -> None:
    elsewhere = foreign[field.related_model].pk
    with tenant_scope(foreign[model].tenant_id):
        foreign[model].delete()  # the place that a one-to-one reference would take
    refused = pytest.raises(IntegrityError, match=rf"{field.column}_same_tenant")
    with tenant_scope(northwind.pk), refused, transaction.atomic():
        sql(f'UPDATE {table(model)} SET "{field.column}" = %s', elsewhere)
        sql("SET CONSTRAINTS ALL IMMEDIATE")
