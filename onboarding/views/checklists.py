from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from tenants import members
from tenants.access import TenantRequest, tenant_view, tenants_of
from tenants.models import User

from .. import drifting, problems, trail
from ..checklist import Checklist
from ..checklist import checklist as told_checklist
from ..evidence import gather
from ..status import is_shown, status_of
from ..steps import STEPS
from ..steps.types import State
from .pages import host_of, is_live_request, leave_when_signed_out, unless_seen


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    tenants = tenants_of(request.user)
    if len(tenants) == 1:
        return redirect("onboarding:checklist", tenants[0].slug)
    if not tenants and request.user.is_staff:
        return redirect("admin:index")
    former = None if tenants else members.last_request_to(request.user)
    return render(request, "onboarding/home.html", {"tenants": tenants, "former": former})


@require_safe
@leave_when_signed_out
@tenant_view
def overview(request: TenantRequest) -> HttpResponse:
    """The way to live, and from then on how it goes."""
    return _status(request) if is_shown(request.tenant, request.membership) else _checklist(request)


@require_safe
@leave_when_signed_out
@tenant_view
def setup(request: TenantRequest) -> HttpResponse:
    """The steps, also of a tenant that is live."""
    return _checklist(request)


def _checklist(request: TenantRequest) -> HttpResponse:
    evidence = gather(request.tenant)
    handed_over = {} if request.membership.steps else members.handed_over()
    told = told_checklist(evidence, request.membership, trail.last_acts(), handed_over)
    return _shown(
        request,
        "onboarding/helper.html" if request.membership.steps else "onboarding/checklist.html",
        evidence=evidence,
        checklist=told,
        problems=[it for it in problems.of_customer(evidence) if not _is_told_by_a_row(it, told)],
        is_live=is_shown(request.tenant, request.membership),
        asking=members.request_to(request.membership) if request.membership.steps else None,
        host=host_of(request.membership),
    )


def _status(request: TenantRequest) -> HttpResponse:
    evidence = gather(request.tenant)
    return _shown(
        request,
        "onboarding/status.html",
        evidence=evidence,
        status=status_of(evidence),
        checklist=told_checklist(evidence, acts=trail.last_acts()),
        problems=problems.of_customer(evidence),
        ours=problems.of_others(evidence),
        proposals=drifting.proposals(evidence.drifts),
    )


def _shown(request: TenantRequest, template: str, **context: Any) -> HttpResponse:
    page = render(
        request,
        f"{template}#live" if is_live_request(request) else template,
        {"tenant": request.tenant, "membership": request.membership, **context},
    )
    return unless_seen(request, page)


def _is_told_by_a_row(told: problems.Told, listed: Checklist) -> bool:
    """Or is none of this reader's business: whoever was asked for some steps sees theirs alone."""
    rows = {it.step.key: it.told.state for it in listed.entries}
    is_of_another = len(rows) < len(STEPS) and told.kind.step not in rows
    return is_of_another or rows.get(told.kind.step) is State.NEEDS_ATTENTION
