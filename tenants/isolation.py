"""The database's half of tenant isolation, as one migration operation per table."""

from itertools import chain
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.models import ForeignKey, Model

VISIBLE = (
    "tenant_id = nullif(current_setting('app.tenant', true), '')::bigint"
    " OR nullif(current_setting('app.across_tenants', true), '') IS NOT NULL"
)


class IsolateTenants(Operation):
    """Row-level security, forced on the owner too, and foreign keys that cannot cross tenants.

    Every reference to another tenant-owned table becomes a key on (tenant_id, id) beside Django's own.
    Name all models that the migration creates: they may refer to one another.
    """

    reduces_to_sql = True

    def __init__(self, *model_names: str) -> None:
        self.model_names = model_names

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The models do not change: the rules live in the database alone."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        models = [to_state.apps.get_model(app_label, name) for name in self.model_names]
        allowed = [it for it in models if self.allow_migrate_model(schema_editor.connection.alias, it)]
        for statement in (*map(guarded, allowed), *chain.from_iterable(map(composite_keys, allowed))):
            schema_editor.execute(statement)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        """Dropping the tables, which is what going back does next, drops their rules."""

    def describe(self) -> str:
        return f"Isolate the tenants' rows of {', '.join(self.model_names)}"


def guarded(model: type[Model]) -> str:
    table = model._meta.db_table
    return f"""
        ALTER TABLE "{table}" ADD CONSTRAINT "{table}_tenant_key" UNIQUE (tenant_id, id);
        ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY;
        ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant_isolation ON "{table}" USING ({VISIBLE}) WITH CHECK ({VISIBLE});
    """


def composite_keys(model: type[Model]) -> list[str]:
    return [composite_key(model._meta.db_table, field) for field in references_to_tenant_rows(model)]


def references_to_tenant_rows(model: type[Model]) -> list[ForeignKey[Any, Any]]:
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey)
        and any(f.name == "tenant" for f in field.related_model._meta.concrete_fields)
    ]


def composite_key(table: str, field: ForeignKey[Any, Any]) -> str:
    return (
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_{field.column}_same_tenant"'
        f' FOREIGN KEY (tenant_id, "{field.column}") REFERENCES "{field.related_model._meta.db_table}" (tenant_id, id)'
        " DEFERRABLE INITIALLY DEFERRED"
    )
