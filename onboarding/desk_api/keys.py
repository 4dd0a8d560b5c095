"""Who reads the desk's figures: whoever sends a live key."""

import secrets
from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import APIKeyHeader

from integrations.services.allowances import Allowance
from tenants import audit
from tenants.models import User
from tenants.scoping import across_tenants

from ..models import DeskKey

HEADER = "Appcast-Desk-Key"
READING = Allowance("desk-key", most=120, seconds=60)
USE_NOTED_EVERY = timedelta(minutes=1)


class UnknownKeyError(Exception):
    pass


class DeskKeyHeader(APIKeyHeader):
    param_name = HEADER
    openapi_description = (
        "A key of the desk, from Appcast's engineers. It reads figures of all tenants, and nothing personal."
    )

    def authenticate(self, request: HttpRequest, key: str | None) -> DeskKey:
        known = DeskKey.objects.filter(token_hash=DeskKey.hash_of(key or ""), withdrawn_at=None).first()
        if known is None:
            raise UnknownKeyError
        READING.spend(known.pk)
        if known.last_used_at is None or timezone.now() - known.last_used_at > USE_NOTED_EVERY:
            DeskKey.objects.filter(pk=known.pk).update(last_used_at=timezone.now())
        return known


def issue(name: str, by: User | str) -> str:
    """Shown this once."""
    token = secrets.token_urlsafe(32)
    with across_tenants("a key of the desk is no tenant's"):
        made = DeskKey.objects.create(name=name, token_hash=DeskKey.hash_of(token))
        audit.record("desk_key.issued", made, tenant_id=None, actor=by, name=name)
    return token


def withdraw(key: DeskKey, by: User) -> None:
    if DeskKey.objects.filter(pk=key.pk, withdrawn_at=None).update(withdrawn_at=timezone.now()):
        audit.record("desk_key.withdrawn", key, tenant_id=None, actor=by, name=key.name)
