from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from tenants import members
from tenants.access import TenantRequest, tenant_view, tenants_of
from tenants.models import Membership, User

from .. import problems
from ..checklist import checklist as told_checklist
from ..evidence import gather
from ..models import Problem
from .pages import is_live_request, leave_when_signed_out, unless_seen


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    tenants = tenants_of(request.user)
    if len(tenants) == 1:
        return redirect("onboarding:checklist", tenants[0].slug)
    if not tenants and request.user.is_staff:
        return redirect("admin:index")
    return render(request, "onboarding/home.html", {"tenants": tenants})


@require_safe
@leave_when_signed_out
@tenant_view
def checklist(request: TenantRequest) -> HttpResponse:
    template = "onboarding/helper.html" if request.membership.steps else "onboarding/checklist.html"
    page = render(
        request,
        f"{template}#live" if is_live_request(request) else template,
        {
            "tenant": request.tenant,
            "membership": request.membership,
            "checklist": told_checklist(gather(request.tenant), request.membership),
            "problems": _problems_of(request.membership),
            "asking": members.request_to(request.membership) if request.membership.steps else None,
        },
    )
    return unless_seen(request, page)


def _problems_of(membership: Membership) -> list[tuple[Problem, problems.Kind]]:
    """Those that the customer can act on; whoever was asked for some steps sees theirs alone."""
    mine = Problem.objects.filter(resolved_at=None, actor=Problem.Actor.CUSTOMER)
    told = [(it, problems.KINDS[it.code]) for it in mine]
    return [(it, kind) for it, kind in told if not membership.steps or kind.step in membership.steps]
