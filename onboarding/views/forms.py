from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from integrations.models import FormCheck
from integrations.services import bell
from tenants.access import TenantRequest
from tenants.scoping import tenant_scope

from .pages import render_step, step_view

PAGE = 50


@require_safe
@step_view("forms")
def step(request: TenantRequest) -> HttpResponse:
    def shown(_: object) -> dict[str, object]:
        wrong = FormCheck.objects.select_related("posting").filter(
            posting__closed_at=None, status__in=[FormCheck.Status.UNSUPPORTED, FormCheck.Status.UNREADABLE]
        )
        return {
            "page": Paginator(wrong.order_by("posting__title", "pk"), PAGE).get_page(request.GET.get("page"))
        }

    return render_step(request, "forms", shown)


@require_POST
@step_view("forms")
def check(request: TenantRequest) -> HttpResponse:
    """Read again what was not supported, and what was not read yet."""
    with tenant_scope(request.tenant.pk):
        open_forms = FormCheck.objects.filter(posting__closed_at=None)
        wanted = open_forms.exclude(status=FormCheck.Status.SUPPORTED)
        wanted.update(next_attempt_at=timezone.now())
        for row in wanted[:PAGE]:
            bell.ring(row)
    return redirect("onboarding:forms", request.tenant.slug)
