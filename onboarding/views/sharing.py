from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from tenants import invitations
from tenants.access import TenantRequest, outgoing_tenant_view
from tenants.models import Membership

from ..forms import ColleagueForm
from .pages import require_step


@require_POST
@outgoing_tenant_view
def share(request: TenantRequest, step_key: str) -> HttpResponse:
    """Ask a colleague for this one step; they see nothing else."""
    require_step(request, step_key)
    form = ColleagueForm(step_key, request.POST)
    if form.is_valid():
        invitee = invitations.Invitee(form.cleaned_data["email"], Membership.Role.MEMBER, step_key)
        invitations.invite(request.tenant, invitee, request.user)
        messages.success(request, f"An invitation to this step is on its way to {invitee.email}.")
        return redirect(f"onboarding:{step_key}", request.tenant.slug)
    return render(
        request,
        "onboarding/share.html",
        {"tenant": request.tenant, "step": form.step, "colleague_form": form},
        status=422,
    )
