"""Who belongs here: looked at by everybody who does the whole set-up, changed by those who run it, left by anybody."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tenants import invitations, members
from tenants.access import TenantRequest, outgoing_tenant_view, owner_view, tenant_view
from tenants.models import Invitation, Membership
from tenants.scoping import tenant_scope

from .. import people as told_people
from ..checklist import checklist
from ..evidence import gather
from ..people_forms import ChangeForm, InviteForm
from .sharing import counted, on_its_way, to_member


@require_safe
@tenant_view
def people(request: TenantRequest) -> HttpResponse:
    if request.membership.steps:
        raise Http404
    return _page(request, InviteForm(request.user))


@require_POST
@owner_view
@counted
def invite(request: TenantRequest) -> HttpResponse:
    form = InviteForm(request.user, request.POST)
    if not form.is_valid():
        with tenant_scope(request.tenant.pk):
            return _page(request, form, status=422)
    invitee = form.invitee()
    with tenant_scope(request.tenant.pk):
        member = members.find(invitee.email)
    if member:
        return to_member(request, member)
    invitation = invitations.invite(request.tenant, invitee, request.user)
    messages.success(request, on_its_way(invitation))
    return redirect("onboarding:people", request.tenant.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@owner_view
def person(request: TenantRequest, membership_id: int) -> HttpResponse:
    membership = _member(request, membership_id)
    form = ChangeForm(membership, request.POST if request.method == "POST" else None)
    with tenant_scope(request.tenant.pk):
        is_valid = form.is_valid()
    if is_valid:
        try:
            members.change(membership, form.role, form.chosen_steps, request.user)
        except members.LastOwnerError as error:
            form.add_error("place", str(error))
        else:
            messages.success(request, _("Changed for %(name)s, from now on.") % {"name": membership.user})
            return redirect("onboarding:people", request.tenant.slug)
    does = told_people.does(membership)
    context = {"tenant": request.tenant, "member": membership, "does": does, "form": form}
    return render(request, "onboarding/person.html", context, status=422 if form.is_bound else 200)


@require_POST
@owner_view
def remove(request: TenantRequest, membership_id: int) -> HttpResponse:
    return _without(request, _member(request, membership_id))


@require_http_methods(["GET", "HEAD", "POST"])
@outgoing_tenant_view
def leave(request: TenantRequest) -> HttpResponse:
    with tenant_scope(request.tenant.pk):
        mine = checklist(gather(request.tenant), request.membership)
        host = told_people.host(request.membership)
        context = {
            "authorizer": told_people.authorizer(),
            "is_last": members.is_last_owner(request.membership),
            "is_handed_back": bool(request.membership.steps) and not mine.is_finished,
            "host": host,
        }
    if request.method == "POST":
        return _left(request, host, [it.step.key for it in mine.entries if it.told.is_finished])
    return render(request, "onboarding/people_leave.html", {"tenant": request.tenant, **context})


@require_POST
@owner_view
@counted
def resend(request: TenantRequest, invitation_id: int) -> HttpResponse:
    invitation = _invitation(request, invitation_id)
    invitations.invite(request.tenant, invitations.again(invitation), request.user)
    messages.success(
        request,
        _("A new link is on its way to %(email)s; the one before no longer works.")
        % {"email": invitation.email},
    )
    return redirect("onboarding:people", request.tenant.slug)


@require_POST
@owner_view
def withdraw(request: TenantRequest, invitation_id: int) -> HttpResponse:
    invitation = _invitation(request, invitation_id)
    invitations.revoke(invitation, request.user)
    messages.success(
        request, _("Withdrawn: the link sent to %(email)s opens nothing.") % {"email": invitation.email}
    )
    return redirect("onboarding:people", request.tenant.slug)


def _page(request: TenantRequest, form: InviteForm, status: int = 200) -> HttpResponse:
    context = {
        "tenant": request.tenant,
        "membership": request.membership,
        "people": told_people.people(),
        "waiting": told_people.waiting(),
        "authorizer": told_people.authorizer(),
        "form": form,
    }
    return render(request, "onboarding/people.html", context, status=status)


def _left(request: TenantRequest, host: str, finished: list[str]) -> HttpResponse:
    try:
        members.remove(request.membership, request.user, finished=finished)
    except members.LastOwnerError as error:
        messages.error(request, str(error))
        return redirect("onboarding:people", request.tenant.slug)
    thanks = _("Thank you. You have left %(company)s; to come back, ask %(host)s.")
    messages.success(request, thanks % {"company": request.tenant, "host": host})
    return redirect("onboarding:home")


def _without(request: TenantRequest, membership: Membership) -> HttpResponse:
    try:
        members.remove(membership, request.user)
    except members.LastOwnerError as error:
        messages.error(request, str(error))
    else:
        gone = {"name": membership.user, "tenant": request.tenant}
        messages.success(request, _("%(name)s is no longer among the people of %(tenant)s.") % gone)
    return redirect("onboarding:people", request.tenant.slug)


def _member(request: TenantRequest, membership_id: int) -> Membership:
    with tenant_scope(request.tenant.pk):
        return get_object_or_404(Membership.objects.select_related("user", "tenant"), pk=membership_id)


def _invitation(request: TenantRequest, invitation_id: int) -> Invitation:
    with tenant_scope(request.tenant.pk):
        open_ones = Invitation.objects.select_related("tenant").filter(accepted_at=None, revoked_at=None)
        return get_object_or_404(open_ones, pk=invitation_id)
