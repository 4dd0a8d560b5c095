from functools import wraps
from typing import ParamSpec

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from integrations.services.allowances import Allowance, SpentError
from tenants import invitations, members
from tenants.access import TenantRequest, TenantView, owner_view
from tenants.models import Invitation, Membership
from tenants.scoping import tenant_scope

from .. import people
from ..people_forms import ColleagueForm
from ..steps import BY_KEY

P = ParamSpec("P")
# A tenant's mails to whomever it names: enough for any company, and too few to write to strangers in our name.
INVITING = Allowance("inviting", most=60, seconds=3600)


def counted(view: TenantView[P]) -> TenantView[P]:
    """For views that mail an invitation: when many were sent, the next one waits."""

    @wraps(view)
    def bounded(request: TenantRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            INVITING.spend(request.tenant.pk)
        except SpentError:
            messages.error(
                request, _("Many invitations were sent in this hour. Please send more in the next.")
            )
            return redirect("onboarding:people", request.tenant.slug)
        return view(request, *args, **kwargs)

    return bounded


@require_POST
@owner_view
@counted
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
