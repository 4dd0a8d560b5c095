from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from integrations.errors import ConfigurationError
from integrations.providers import get_provider
from tenants.access import TenantRequest
from tenants.scoping import tenant_scope

from .. import rehearsals
from ..evidence import Evidence, gather
from ..models import Rehearsal
from ..steps import rehearsal_parts
from ..steps.rehearsal_part import NAME
from ..steps.rehearsal_reports import is_archived_by_us
from .pages import render_step, step_view


@require_safe
@step_view("rehearsal")
def step(request: TenantRequest) -> HttpResponse:
    return render_step(request, "rehearsal", _shown)


@require_POST
@step_view("rehearsal")
def start(request: TenantRequest) -> HttpResponse:
    ends = request.POST.get("ends", "")
    latest = int(ends) if ends.isdecimal() and len(ends) < 19 else None
    try:
        rehearsals.start(request.tenant, request.user, ends=latest)
    except ConfigurationError as error:
        messages.error(request, str(error.message))
    return redirect("onboarding:rehearsal", request.tenant.slug)


@require_safe
@step_view("rehearsal")
def record(request: TenantRequest, rehearsal_id: int) -> JsonResponse:
    with tenant_scope(request.tenant.pk):
        rehearsal = get_object_or_404(Rehearsal.objects, pk=rehearsal_id)
        told = rehearsals.record(rehearsal, gather(request.tenant))
    name = f"rehearsal-{request.tenant.slug}-{rehearsal.started_at:%Y-%m-%d-%H%M}.json"
    answer = JsonResponse(told, json_dumps_params={"indent": 2, "ensure_ascii": False})
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _shown(evidence: Evidence) -> dict[str, object]:
    rehearsal = evidence.rehearsal
    parts = rehearsal_parts.progress(rehearsal, evidence) if rehearsal else []
    return {
        "parts": parts,
        "earlier": lambda: _earlier(evidence),
        "candidate": NAME,
        "is_running": rehearsal_parts.is_on_its_way(parts),
        "job": rehearsals.job_of_next,
        "email": rehearsals.email_of(rehearsal.application.sender_id) if rehearsal else "",
        "candidate_page": _candidate_page(evidence),
        "is_archived_by_us": is_archived_by_us(evidence, rehearsal),
    }


def _earlier(evidence: Evidence) -> list[tuple[Rehearsal, str]]:
    """Each with how long it took, where it went the whole way."""
    told = [(it, rehearsal_parts.progress(it, evidence)) for it in rehearsals.earlier(evidence.rehearsal)]
    return [
        (it, rehearsal_parts.took(parts) if rehearsal_parts.went_the_whole_way(parts) else "")
        for it, parts in told
    ]


def _candidate_page(evidence: Evidence) -> str:
    """Known once the webhook has named the candidate."""
    connection, rehearsal = evidence.connection, evidence.rehearsal
    candidate = rehearsal.application.opportunity_external_id if rehearsal else ""
    if not connection or not candidate:
        return ""
    return get_provider(connection.provider).candidate_page(candidate, connection.region)
