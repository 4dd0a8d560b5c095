"""Pausing and ending the connection, by those who run the set-up; and the one page that is left of it afterwards."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tenants import asking, fresh
from tenants.access import TenantRequest, former_view, member_view, owner_view
from tenants.scoping import tenant_scope

from .. import golive, leaving, lever_side
from ..evidence import gather
from ..leaving_forms import EndForm
from .pages import is_live_request, leave_when_signed_out, unless_seen


@require_safe
@leave_when_signed_out
@member_view
def leave(request: TenantRequest) -> HttpResponse:
    """Once it was ended, every member's page; before, of those who run the set-up."""
    if not (request.tenant.has_ended or request.membership.is_owner):
        raise Http404
    if not request.tenant.has_ended:
        return _page(request, "onboarding/leave.html")
    ended = "onboarding/ended.html#live" if is_live_request(request) else "onboarding/ended.html"
    return unless_seen(request, _page(request, ended))


@require_POST
@owner_view
def pause(request: TenantRequest) -> HttpResponse:
    try:
        golive.pause(request.tenant, request.user)
    except golive.NotReadyError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Paused. What comes meanwhile is kept, and waits."))
    return redirect("onboarding:leave", request.tenant.slug)


@require_POST
@owner_view
def resume(request: TenantRequest) -> HttpResponse:
    try:
        leaving.resume(request.tenant, request.user)
    except (golive.NotReadyError, leaving.LeavingError) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Resumed. What waited goes on now."))
    return redirect("onboarding:checklist", request.tenant.slug)


@require_POST
@owner_view
def ask(request: TenantRequest) -> HttpResponse:
    leaving.ask(request.tenant, request.user)
    messages.success(request, _("Asked. Appcast Customer Success will get in touch with you."))
    return redirect("onboarding:leave", request.tenant.slug)


@require_POST
@owner_view
def code(request: TenantRequest) -> HttpResponse:
    """A fresh code, which leads back to the last question."""
    target = reverse("onboarding:leave_end", args=[request.tenant.slug])
    sent = fresh.send_code(request, request.user, target)
    if sent is None:
        messages.error(request, asking.too_many())
        return redirect(target)
    return sent


@require_http_methods(["GET", "HEAD", "POST"])
@owner_view
def end(request: TenantRequest) -> HttpResponse:
    if not fresh.has_just_signed_in(request):
        return _page(request, "onboarding/end_code.html")
    form = EndForm(request.tenant, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _page(request, "onboarding/end.html", form=form, status=422 if form.is_bound else 200)
    try:
        leaving.end_by_customer(request.tenant, request.user)
    except leaving.LeavingError as error:
        messages.error(request, str(error))
    return redirect("onboarding:leave", request.tenant.slug)


@require_POST
@former_view
def look(request: TenantRequest) -> HttpResponse:
    leaving.look(request.tenant)
    return redirect("onboarding:leave", request.tenant.slug)


@require_POST
@former_view
def take_back(request: TenantRequest) -> HttpResponse:
    try:
        leaving.take_back_by_customer(request.tenant, request.user)
    except leaving.LeavingError as error:
        messages.error(request, str(error))
        return redirect("onboarding:leave", request.tenant.slug)
    messages.success(request, _("The connection is yours again. Begin with authorizing Lever."))
    return redirect("onboarding:checklist", request.tenant.slug)


def _page(request: TenantRequest, template: str, status: int = 200, **more: object) -> HttpResponse:
    with tenant_scope(request.tenant.pk):
        departure = leaving.departure_of(request.tenant)
        context = {
            "tenant": request.tenant,
            "membership": request.membership,
            "evidence": gather(request.tenant),
            "departure": departure,
            "retention": leaving.retention_of(request.tenant),
            "lever_side": lever_side.last_seen(request.tenant, departure),
            **more,
        }
    return render(request, template, context, status=status)
