"""The way from a URL to a tenant: who is not a member gets the same 404 as for a tenant that does not exist."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from . import visits
from .models import Membership, Tenant, User
from .scoping import across_tenants, tenant_scope

P = ParamSpec("P")
SAFE = {"GET", "HEAD", "OPTIONS"}
VISIT_NOTED_EVERY = timedelta(minutes=15)


class TenantRequest(HttpRequest):
    """A request after `tenant_view`: signed in, and a member of `tenant`."""

    user: User
    tenant: Tenant
    membership: Membership
    visit_until: datetime | None


TenantView = Callable[Concatenate[TenantRequest, P], HttpResponse]


def tenant_view(view: TenantView[P]) -> Callable[..., HttpResponse]:
    """The view runs as a member of the tenant that `slug` names, in that tenant's scope and so in one transaction."""

    @wraps(view)
    @outgoing_tenant_view
    def scoped(request: TenantRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        with tenant_scope(request.tenant.pk):
            return view(request, *args, **kwargs)

    return scoped


def outgoing_tenant_view(view: TenantView[P]) -> Callable[..., HttpResponse]:
    """The same without the scope, for views whose service calls the outside and enters scopes around the call."""

    @wraps(view)
    @member_view
    def current(request: TenantRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.tenant.has_ended:
            return _to_its_end(request)
        return view(request, *args, **kwargs)

    return current


def member_view(view: TenantView[P]) -> Callable[..., HttpResponse]:
    """For members, even of a tenant whose connection was ended. Without a scope."""

    @wraps(view)
    @login_required
    def entered(request: TenantRequest, /, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        visitor = visits.place(request, slug)
        if visitor and request.method not in SAFE:
            raise PermissionDenied("Staff who look as the customer change nothing.")
        request.membership = visitor or membership_of(request.user, slug)
        request.visit_until = visits.until(request) if visitor else None
        _note_visit(request.membership)
        request.tenant = request.membership.tenant
        return view(request, *args, **kwargs)

    return entered


def owner_view(view: TenantView[P]) -> Callable[..., HttpResponse]:
    """Without a scope, for those who run the set-up: everybody else gets what strangers get."""

    return outgoing_tenant_view(_of_owners(view))


def former_view(view: TenantView[P]) -> Callable[..., HttpResponse]:
    """For those who run, or ran, the set-up, whether the connection was ended or not. Without a scope."""

    return member_view(_of_owners(view))


def _of_owners(view: TenantView[P]) -> TenantView[P]:
    @wraps(view)
    def owned(request: TenantRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.membership.is_owner:
            raise Http404
        return view(request, *args, **kwargs)

    return owned


def membership_of(user: User, slug: str) -> Membership:
    with across_tenants("a member's tenant is found by its name in the URL"):
        membership = Membership.objects.select_related("tenant").filter(user=user, tenant__slug=slug).first()
    if membership is None:
        raise Http404
    return membership


def _to_its_end(request: TenantRequest) -> HttpResponse:
    """The one page that is left of it; a live part leaves its page for it."""
    page = reverse("onboarding:leave", args=[request.tenant.slug])
    return HttpResponseClientRedirect(page) if request.headers.get("HX-Request") else redirect(page)


def _note_visit(membership: Membership) -> None:
    """A visitor of our own staff is nobody of theirs."""
    now = timezone.now()
    if membership.pk is None:
        return
    if membership.seen_at is None or membership.seen_at < now - VISIT_NOTED_EVERY:
        with tenant_scope(membership.tenant_id):
            Membership.objects.filter(pk=membership.pk).update(seen_at=now)


def tenants_of(user: User) -> list[Tenant]:
    with across_tenants("a person's tenants, to choose from"):
        return [
            m.tenant
            for m in Membership.objects.select_related("tenant").filter(user=user).order_by("tenant__name")
        ]
