from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from integrations.models import Connection, Delivery
from integrations.providers import get_provider
from tenants.access import TenantRequest, tenant_view

from ..deliveries import timeline
from ..deliveries.listing import FilterForm, page_of
from ..deliveries.states import state_of
from ..deliveries.upcoming import kept_until, upcoming
from .pages import is_live_request, leave_when_signed_out, unless_seen


@require_safe
@tenant_view
def listed(request: TenantRequest) -> HttpResponse:
    _require_whole(request)
    form = FilterForm(request.GET)
    context = {"tenant": request.tenant, "membership": request.membership, "form": form}
    return render(
        request, "onboarding/applications.html", {**context, "page": page_of(form.rows(), request.GET)}
    )


@require_safe
@leave_when_signed_out
@tenant_view
def one(request: TenantRequest, application_id: UUID) -> HttpResponse:
    _require_whole(request)
    found = Delivery.objects.select_related("application__posting").defer("application__document")
    delivery = get_object_or_404(found, application=application_id)
    context = {
        "tenant": request.tenant,
        "membership": request.membership,
        "application": delivery.application,
        "delivery": delivery,
        "state": state_of(delivery),
        "next": upcoming(request.tenant, delivery),
        "kept_until": kept_until(request.tenant, delivery),
        "moments": timeline.of(delivery),
        "candidate_page": _candidate_page(delivery),
    }
    template = "onboarding/application.html"
    page = render(request, f"{template}#live" if is_live_request(request) else template, context)
    return unless_seen(request, page)


def _require_whole(request: TenantRequest) -> None:
    """Whoever was asked for some steps keeps to those."""
    if request.membership.steps:
        raise Http404


def _candidate_page(delivery: Delivery) -> str:
    candidacy, connection = delivery.application.opportunity_external_id, Connection.objects.first()
    if not candidacy or connection is None:
        return ""
    return get_provider(connection.provider).candidate_page(candidacy, connection.region)
