from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from tenants.access import TenantRequest, tenant_view, tenants_of
from tenants.models import User

from .. import problems
from ..checklist import checklist as told_checklist
from ..evidence import gather
from ..models import Problem


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
@tenant_view
def checklist(request: TenantRequest) -> HttpResponse:
    evidence = gather(request.tenant)
    mine = Problem.objects.filter(resolved_at=None, actor=Problem.Actor.CUSTOMER)
    is_live_part = bool(request.htmx)  # type: ignore[attr-defined]
    return render(
        request,
        "onboarding/checklist.html#live" if is_live_part else "onboarding/checklist.html",
        {
            "tenant": request.tenant,
            "membership": request.membership,
            "checklist": told_checklist(evidence, request.membership),
            "problems": [(it, problems.KINDS[it.code]) for it in mine],
        },
    )
