from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tenants import invitations
from tenants.access import TenantRequest, owner_view

from ..people_forms import ColleagueForm
from ..steps import BY_KEY


@require_POST
@owner_view
def share(request: TenantRequest, step_key: str) -> HttpResponse:
    """Ask a colleague for this one step; they see nothing else."""
    if step_key not in BY_KEY:
        raise Http404
    form = ColleagueForm(step_key, request.POST)
    if form.is_valid():
        invitee = form.invitee()
        invitations.invite(request.tenant, invitee, request.user)
        said = _("An invitation to this step is on its way to %(email)s.") % {"email": invitee.email}
        messages.success(request, said)
        return redirect(f"onboarding:{step_key}", request.tenant.slug)
    context = {"tenant": request.tenant, "step": form.step, "colleague_form": form}
    return render(request, "onboarding/share.html", context, status=422)
