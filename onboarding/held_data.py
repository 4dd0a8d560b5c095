"""What is held on one person, for whoever asks: their account, all that refers to it, and their applications.

Found by the models themselves, so that a new one which refers to people is in it from the start. What is theirs is told
whole; of what they had a hand in, and which speaks of others, only that they had. What opens something (keys, hashes of
tokens, codes) is no information on the person, and is left out.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db.models import DateTimeField, EmailField, Field, ForeignKey, Model, Q

from integrations.fields import SealedBytesField, SealedTextField
from integrations.models import Application, ApplicationFile
from integrations.services.applications import fingerprint
from tenants import audit, sessions
from tenants.models import Tenant, User
from tenants.scoping import across_tenants
from webhooks.models import WebhookEvent

OPENS_SOMETHING = {
    *("password", "token_hash", "state_hash", "session_hash", "session_key", "session_data", "key"),
    "email_hash",
}
Held = dict[str, Any]


def held_on(email: str, asked_by: User | str) -> Held:
    """Noted in the trail of every tenant whose rows are in it."""
    email = email.strip().lower()
    user = User.objects.filter(email=email).first()
    with across_tenants("a person asks what is held on them"):
        own = _by_model(lambda it: map(_row, _own(it, user, email)))
        hands = _by_model(lambda it: _had_a_hand_in(it, user) if user else ())
        applied = [_application(it) for it in _applications(email)]
        told = (*own.values(), *hands.values(), applied)
        for tenant_id in sorted({it["tenant_id"] for its in told for it in its if it.get("tenant_id")}):
            audit.record("person.told", f"tenants.tenant {tenant_id}", tenant_id=tenant_id, actor=asked_by)
    account = _row(user) | {"signed_in": _visits(user)} if user else None
    return {"email": email, "account": account, "rows": own, "had_a_hand_in": hands, "applications": applied}


def _by_model(find: Callable[[type[Model]], Iterable[Held]]) -> dict[str, list[Held]]:
    return {it._meta.label: found for it in apps.get_models() if it is not User and (found := [*find(it)])}


def _own(model: type[Model], user: User | None, email: str) -> Iterable[Model]:
    """By their address, or as the row's `user`."""
    theirs = Q(pk__in=[])
    for field in model._meta.concrete_fields:
        if isinstance(field, EmailField):
            theirs |= Q(**{field.name: email})
        elif user and _refers_to_people(field) and field.name == "user":
            theirs |= Q(user=user)
    return model._default_manager.filter(theirs)


def _had_a_hand_in(model: type[Model], user: User) -> Iterator[Held]:
    for field in model._meta.concrete_fields:
        if _refers_to_people(field) and field.name != "user":
            for row in model._default_manager.filter(**{field.name: user}):
                yield _hand(row, field.name)


def _refers_to_people(field: Field[Any, Any]) -> bool:
    return isinstance(field, ForeignKey) and field.related_model is User


def _hand(row: Model, as_what: str) -> Held:
    times = {it.name: _plain(it, row) for it in row._meta.concrete_fields if isinstance(it, DateTimeField)}
    tenant_id = row.pk if isinstance(row, Tenant) else getattr(row, "tenant_id", None)
    return {"id": str(row.pk), "tenant_id": tenant_id, "as": as_what, **times}


def _visits(user: User) -> list[Held]:
    return [{"at": it.began_at, "browser": it.browser} for it in sessions.of_user(user, None)]


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
        "rows": _hanging_on(row),
        "webhooks": [_row(it) | {"body": it.body.decode(errors="replace")} for it in _webhooks_of(row)],
    }


def _hanging_on(row: Model) -> dict[str, list[Held]]:
    """What refers to it, and to that in turn."""
    return {
        relation.related_model._meta.label: [_row(it) | {"rows": _hanging_on(it)} for it in found]
        for relation in row._meta.related_objects
        if relation.related_model is not ApplicationFile
        and (found := relation.related_model._default_manager.filter(**{relation.field.name: row}))
    }


def _webhooks_of(row: Application) -> Iterable[WebhookEvent]:
    candidacy, named = row.opportunity_external_id, row.external_id
    of_it = Q(opportunity_external_id=candidacy) if candidacy else Q(pk__in=[])
    of_it |= Q(application_external_id=named) if named else Q(pk__in=[])
    return WebhookEvent.objects.filter(of_it, tenant=row.tenant_id)
