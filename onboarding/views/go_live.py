from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from tenants.access import TenantRequest

from .. import golive
from ..checklist import checklist
from .pages import render_step, step_view


@require_safe
@step_view("go-live")
def step(request: TenantRequest) -> HttpResponse:
    return render_step(request, "go-live", lambda evidence: {"checklist": checklist(evidence)})


@require_POST
@step_view("go-live")
def ask(request: TenantRequest) -> HttpResponse:
    try:
        golive.request(request.tenant, request.user)
    except golive.NotReadyError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Asked. Appcast Customer Success will have a last look.")
    return redirect("onboarding:go-live", request.tenant.slug)
