from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tenants import invitations, members
from tenants.access import TenantRequest, owner_view
from tenants.models import Invitation, Membership
from tenants.scoping import tenant_scope

from .. import people
from ..people_forms import ColleagueForm
from ..steps import BY_KEY


@require_POST
@owner_view
def share(request: TenantRequest, step_key: str) -> HttpResponse:
    """Ask a colleague for this one step, and for what they were asked for before; they see nothing else."""
    if step_key not in BY_KEY:
        raise Http404
    form = ColleagueForm(step_key, request.user, request.POST)
    if form.is_valid():
        return _asked(request, form)
    context = {"tenant": request.tenant, "step": form.step, "colleague_form": form}
    return render(request, "onboarding/share.html", context, status=422)


def _asked(request: TenantRequest, form: ColleagueForm) -> HttpResponse:
    invitee = form.invitee()
    with tenant_scope(request.tenant.pk):
        member = members.find(invitee.email)
    if member and member.may_do(form.step.key):
        return to_member(request, member)
    invitation = invitations.invite(request.tenant, invitee, request.user, is_added=True)
    messages.success(request, on_its_way(invitation))
    return redirect(f"onboarding:{form.step.key}", request.tenant.slug)


def to_member(request: TenantRequest, member: Membership) -> HttpResponse:
    """Who is here already is changed, and not invited."""
    said = _("%(name)s is here already, so no invitation was sent. Here you can change what they may do.")
    messages.info(request, said % {"name": member.user})
    return redirect("onboarding:person", request.tenant.slug, member.pk)


def on_its_way(invitation: Invitation) -> str:
    """With what it is for, since it may add to an earlier one, or take its place."""
    told = {"email": invitation.email, "does": people.does(invitation)}
    return _("An invitation is on its way to %(email)s: “%(does)s”.") % told
