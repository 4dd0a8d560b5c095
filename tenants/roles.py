"""Two database roles: the owner migrates, and the portal runs under one that owns nothing and bypasses nothing."""

from django.apps import AppConfig
from django.db import connections
from psycopg import sql


class OwnerMigrates:
    """Database router: the schema is changed through the owner's connection alone."""

    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool:
        return db == "owner"


def grant_to_portal(sender: AppConfig, using: str, **_: object) -> None:
    """After each migration the portal's role may read and write rows, and no more: no TRUNCATE, no DDL."""
    role = connections["default"].settings_dict["USER"]
    if not role or role == connections["owner"].settings_dict["USER"]:
        return
    with connections[using].cursor() as cursor:
        for statement in (
            "GRANT USAGE ON SCHEMA public TO {role}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
            "REVOKE UPDATE, DELETE ON tenants_auditevent FROM {role}",
            "REVOKE INSERT, UPDATE, DELETE ON tenants_auditlink FROM {role}",  # a trigger writes it, as the owner
        ):
            cursor.execute(sql.SQL(statement).format(role=sql.Identifier(role)))
