from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tenants.access import TenantRequest
from tenants.models import Membership

from .. import golive, leaving, people
from ..checklist import checklist
from ..evidence import Evidence
from ..forms import LiveRequestForm
from .pages import render_step, step_view


@require_safe
@step_view("go-live")
def step(request: TenantRequest) -> HttpResponse:
    return _page(request, LiveRequestForm())


@require_POST
@step_view("go-live")
def ask(request: TenantRequest) -> HttpResponse:
    form = LiveRequestForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        golive.request(request.tenant, request.user, form.cleaned_data["note"])
    except golive.NotReadyError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Asked. Appcast Customer Success will have a last look."))
    return redirect("onboarding:go-live", request.tenant.slug)


@require_POST
@step_view("go-live")
def withdraw(request: TenantRequest) -> HttpResponse:
    try:
        golive.withdraw(request.tenant, request.user)
    except golive.NotReadyError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Taken back. You can ask again at any time."))
    return redirect("onboarding:go-live", request.tenant.slug)


def _page(request: TenantRequest, form: LiveRequestForm, *, status: int = 200) -> HttpResponse:
    member = request.membership
    return render_step(request, "go-live", lambda evidence: _shown(evidence, member, form), status=status)


def _shown(evidence: Evidence, member: Membership, form: LiveRequestForm) -> dict[str, object]:
    if evidence.live_request and evidence.live_request.is_asked_back:
        form.fields["note"].label = _("Your answer to Customer Success")
    return {
        "checklist": checklist(evidence),
        "asking": people.host(member) if member.steps else "",
        "form": form,
        "retention": leaving.retention_of(evidence.tenant),
    }
