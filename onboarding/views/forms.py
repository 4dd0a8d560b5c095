from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_POST, require_safe

from integrations.models import Connection, FormCheck
from integrations.services import bell
from tenants.access import TenantRequest
from tenants.scoping import tenant_scope

from .. import form_gaps
from ..evidence import Evidence
from .pages import render_step, shown_of, step_view

GAPS_A_PAGE = 5
AT_ONCE = 50


@require_safe
@step_view("forms")
def step(request: TenantRequest) -> HttpResponse:
    def shown(evidence: Evidence) -> dict[str, object]:
        """Read when it is shown: the live part asks for none of it."""
        connection = evidence.connection
        if connection is None:
            return {}
        page = SimpleLazyObject(lambda: _page(request, connection))
        listed = evidence.forms.unsupported + evidence.forms.unreadable
        return {
            "page": page,
            "unreadable": SimpleLazyObject(lambda: form_gaps.unreadable(connection)),
            "listed": listed,
            "shown": shown_of(request, listed),
        }

    return render_step(request, "forms", shown)


def _page(request: TenantRequest, connection: Connection) -> Page[form_gaps.Gap]:
    return Paginator(form_gaps.gaps(connection), GAPS_A_PAGE).get_page(request.GET.get("page"))


@require_POST
@step_view("forms")
def check(request: TenantRequest) -> HttpResponse:
    """Read again the one form that is named, or all that were not supported or not read yet."""
    with tenant_scope(request.tenant.pk):
        wanted = FormCheck.objects.filter(posting__closed_at=None).exclude(status=FormCheck.Status.SUPPORTED)
        one = request.POST.get("check", "")
        if one.isdecimal() and len(one) < 19:
            wanted = wanted.filter(pk=one)
        wanted.update(next_attempt_at=timezone.now())
        for row in wanted[:AT_ONCE]:
            bell.ring(row)
    return redirect("onboarding:forms", request.tenant.slug)
