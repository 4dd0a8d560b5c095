"""System checks that say what to do before the portal serves anybody."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from . import data_keys
from .models import DataKey
from .scoping import across_tenants
from .sealing import key_ring, parts, ring


@register(Tags.security)
def sealing_keys_are_usable(**_: Any) -> list[CheckMessage]:
    try:
        key_ring(tuple(settings.SEALING_KEYS))
    except ImproperlyConfigured as error:
        return [Error(str(error), id="tenants.E001")]
    return []


@register(Tags.database)
def portal_role_is_bound_by_row_security(
    databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    if not databases or "default" not in databases:
        return []
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        role, bypasses = cursor.fetchone()
    if not bypasses:
        return []
    return [
        Error(
            f"The database role {role!r} walks past row-level security, which keeps the tenants apart.",
            hint="CREATE ROLE portal_app LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD …; name it in DATABASE_URL, "
            "and the owner of the tables in DATABASE_OWNER_URL.",
            id="tenants.E002",
        )
    ]


@register(Tags.security, deploy=True)
def outgoing_requests_are_guarded(**_: Any) -> list[CheckMessage]:
    if settings.IS_PRODUCTION and settings.OUTGOING_TRUSTED_ORIGINS:
        return [
            Error(
                "OUTGOING_TRUSTED_ORIGINS lets requests past the address check, which only a laptop's sandbox needs.",
                hint="Remove it from the environment of production.",
                id="tenants.E003",
            )
        ]
    return []


@register(Tags.database)
def every_key_in_use_is_in_the_ring(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """A tenant's key that does not open would be found out by its first webhook."""
    if not databases or "default" not in databases or DataKey._meta.db_table not in _tables():
        return []
    with across_tenants("a check of the keys that seal the tenants' keys"):
        in_use = {parts(bytes(it))[1] for it in DataKey.objects.values_list("sealed", flat=True)}
    missing = sorted(in_use - ring().keys())
    if not missing:
        return []
    return [
        Error(
            f"SEALING_KEYS lacks {', '.join(missing)}, with which keys of tenants are sealed: nothing of theirs opens.",
            hint="Add it back. It may go once manage.py reseal says that nothing is sealed with it.",
            id="tenants.E004",
        )
    ]


@register(Tags.database)
def every_tenant_has_a_key(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    if not databases or "default" not in databases or DataKey._meta.db_table not in _tables():
        return []
    keyless = data_keys.missing()
    if not keyless:
        return []
    return [
        checks.Warning(
            f"{len(keyless)} tenants have no key, and nothing can be sealed for them: {keyless[:10]}.",
            hint="Once no process of before runs any more: manage.py reseal, which gives them one.",
            id="tenants.W005",
        )
    ]


def _tables() -> list[str]:
    return connections["default"].introspection.table_names()
