from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from integrations.errors import ConfigurationError
from integrations.types import Capability
from tenants.access import TenantRequest

from .. import rehearsals
from ..evidence import Evidence
from .pages import render_step, step_view


@require_safe
@step_view("rehearsal")
def step(request: TenantRequest) -> HttpResponse:
    return render_step(request, "rehearsal", _shown)


@require_POST
@step_view("rehearsal")
def start(request: TenantRequest) -> HttpResponse:
    try:
        rehearsals.start(request.tenant, request.user)
    except ConfigurationError as error:
        messages.error(request, str(error.message))
    return redirect("onboarding:rehearsal", request.tenant.slug)


def _shown(evidence: Evidence) -> dict[str, object]:
    can_read = Capability.READ_OPPORTUNITIES in evidence.capabilities
    rehearsal = evidence.rehearsal
    return {
        "parts": rehearsals.progress(rehearsal, can_read=can_read) if rehearsal else [],
        "candidate": rehearsals.NAME,
    }
