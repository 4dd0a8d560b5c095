"""The database's half of tenant isolation, as one migration operation per table."""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.models import ForeignKey, Model

VISIBLE = (
    "tenant_id = nullif(current_setting('app.tenant', true), '')::bigint"
    " OR nullif(current_setting('app.across_tenants', true), '') IS NOT NULL"
)


class IsolateTenant(Operation):
    """Row-level security, forced on the owner too, and foreign keys that cannot cross tenants.

    Every reference to another tenant-owned table becomes a key on (tenant_id, id) beside Django's own.
    """

    reduces_to_sql = True

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The models do not change: the rules live in the database alone."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        if not self.allow_migrate_model(
            schema_editor.connection.alias, to_state.apps.get_model(app_label, self.model_name)
        ):
            return
        for statement in isolating_statements(to_state.apps.get_model(app_label, self.model_name)):
            schema_editor.execute(statement)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        """Dropping the table, which is what going back does next, drops its rules."""

    def describe(self) -> str:
        return f"Isolate the tenants' rows of {self.model_name}"


def isolating_statements(model: type[Model]) -> list[str]:
    table = model._meta.db_table
    return [
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_tenant_key" UNIQUE (tenant_id, id)',
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
        f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
        f'CREATE POLICY tenant_isolation ON "{table}" USING ({VISIBLE}) WITH CHECK ({VISIBLE})',
        *(composite_key(table, field) for field in references_to_tenant_rows(model)),
    ]


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
