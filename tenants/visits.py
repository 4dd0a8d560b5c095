"""Staff look as the customer does: read-only, for a while, with a reason, and on record."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from . import audit
from .models import Membership, Tenant, User
from .rights import Right
from .scoping import across_tenants, tenant_scope

LASTS = timedelta(minutes=30)
LONGEST_REASON = 200
KEY = "visit"


def begin(request: HttpRequest, tenant: Tenant, reason: str, back_to: str) -> None:
    """One at a time: another tenant's takes its place. `back_to` is the page of the desk that it began at."""
    assert isinstance(request.user, User)
    until = timezone.now() + LASTS
    with tenant_scope(tenant.pk):
        audit.record(
            "tenant.visited",
            tenant,
            tenant_id=tenant.pk,
            actor=request.user,
            reason=reason,
            until=until.isoformat(),
        )
    request.session[KEY] = {"tenant": tenant.pk, "until": until.isoformat(), "back_to": back_to}


def end(request: HttpRequest) -> str:
    """Where it began; "" where there was none."""
    kept: dict[str, Any] = request.session.pop(KEY, None) or {}
    return str(kept.get("back_to", ""))


def until(request: HttpRequest) -> datetime | None:
    """When the visit of this browser ends; None where there is none."""
    kept = _kept(request)
    return datetime.fromisoformat(kept["until"]) if kept else None


def place(request: HttpRequest, slug: str) -> Membership | None:
    """The visitor's place in the tenant that the address names, where a visit to it lasts."""
    kept = _kept(request)
    if kept is None:
        return None
    with across_tenants("the tenant that staff visit is found by its name in the URL"):
        tenant = Tenant.objects.select_related("owner").filter(pk=kept["tenant"], slug=slug).first()
    if tenant is None:
        return None
    assert isinstance(request.user, User)
    return Membership(tenant=tenant, user=request.user, role=Membership.Role.OWNER, joined_at=timezone.now())


def _kept(request: HttpRequest) -> dict[str, Any] | None:
    """Whoever lost the right meanwhile visits nobody."""
    kept: dict[str, Any] | None = request.session.get(KEY)
    if kept is None or datetime.fromisoformat(kept["until"]) <= timezone.now():
        return None
    return kept if request.user.is_staff and request.user.has_perm(Right.VISIT) else None
