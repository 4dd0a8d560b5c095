"""What is held on one person, for whoever asks: their account, all that refers to it, and their applications.

Found by the models themselves, so that a new one which refers to people is in it from the start. What opens something
(keys, hashes of tokens, codes) is no information on the person, and is left out.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db.models import EmailField, Field, ForeignKey, Model

from integrations.fields import SealedBytesField, SealedTextField
from integrations.models import Application
from integrations.services.applications import fingerprint
from tenants import audit
from tenants.models import Tenant, User
from tenants.scoping import across_tenants

OPENS_SOMETHING = {
    *("password", "token_hash", "state_hash", "session_hash", "session_key", "session_data", "key"),
    "email_hash",
}
Held = Mapping[str, Any]


def held_on(email: str, asked_by: User | str) -> Held:
    """Noted in the trail of every tenant whose rows are in it."""
    email = email.strip().lower()
    user = User.objects.filter(email=email).first()
    with across_tenants("a person asks what is held on them"):
        rows = {
            model._meta.label: found for model in apps.get_models() if (found := _rows(model, user, email))
        }
        applied = [_application(it) for it in _applications(email)]
        for tenant_id in sorted(
            {it["tenant_id"] for its in (*rows.values(), applied) for it in its if it.get("tenant_id")}
        ):
            audit.record("person.told", f"tenants.tenant {tenant_id}", tenant_id=tenant_id, actor=asked_by)
    return {"email": email, "account": _row(user) if user else None, "rows": rows, "applications": applied}


def _rows(model: type[Model], user: User | None, email: str) -> list[Held]:
    found: dict[Any, Model] = {}
    for field in model._meta.concrete_fields:
        of_them = email if isinstance(field, EmailField) else user
        refers = isinstance(field, EmailField) or (
            isinstance(field, ForeignKey) and field.related_model is User
        )
        if refers and of_them and model is not User:
            found |= {row.pk: row for row in model._default_manager.filter(**{field.name: of_them})}
    return [_row(row) for row in found.values()]


def _row(row: Model) -> Held:
    return {str(field.attname): _plain(field, row) for field in row._meta.concrete_fields if _is_told(field)}


def _is_told(field: Field[Any, Any]) -> bool:
    """Sealed values of a person's own rows are keys, as is all that allauth keeps of a second factor."""
    is_sealed = isinstance(field, SealedTextField | SealedBytesField)
    return not (
        is_sealed or field.name in OPENS_SOMETHING or (field.model is Authenticator and field.name == "data")
    )


def _plain(field: Field[Any, Any], row: Model) -> Any:
    value = getattr(row, str(field.attname))
    return value if isinstance(value, str | int | bool | list | dict | None) else str(value)


def _applications(email: str) -> Iterator[Application]:
    """By the keyed hash of the address, which stays after an erasure and tells that there was one."""
    for tenant_id in Tenant.objects.order_by("pk").values_list("pk", flat=True):
        yield from Application.objects.filter(tenant=tenant_id, email_hash=fingerprint(tenant_id, email))


def _application(row: Application) -> Held:
    return {
        **_row(row),
        "submitted": json.loads(row.document) if row.document else None,
        "files": [
            {"file_name": it.file_name, "content_type": it.content_type, "size_bytes": it.size_bytes}
            for it in row.files.all()
        ],
    }
