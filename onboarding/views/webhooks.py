from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from integrations.errors import ConfigurationError
from integrations.types import Capability
from tenants.access import TenantRequest
from tenants.scoping import tenant_scope
from webhooks import endpoints, intake
from webhooks.models import WebhookEndpoint

from ..evidence import Evidence
from ..forms import SecretForm
from ..steps.webhooks import is_swapped, mismatch
from .pages import render_step, step_view


@require_safe
@step_view("webhooks")
def step(request: TenantRequest) -> HttpResponse:
    return render_step(request, "webhooks", _shown)


@require_POST
@step_view("webhooks")
def token(request: TenantRequest, endpoint_id: int) -> HttpResponse:
    with tenant_scope(request.tenant.pk):
        endpoint = get_object_or_404(WebhookEndpoint.objects, pk=endpoint_id)
    form = SecretForm(request.POST)
    if form.is_valid():
        try:
            endpoints.set_secret(endpoint, form.cleaned_data["secret"], request.user)
        except ConfigurationError as error:
            form.add_error("secret", error.message)
    if form.errors:
        return render_step(request, "webhooks", lambda it: _shown(it, {endpoint.pk: form}), status=422)
    proved = intake.check_again(endpoint)
    name = endpoints.event_name(endpoint)
    deliveries = "1 earlier delivery is" if proved == 1 else f"{proved} earlier deliveries are"
    caught_up = f" {deliveries} proved by it." if proved else ""
    messages.success(request, f"The token of “{name}” is kept, sealed.{caught_up}")
    return redirect("onboarding:webhooks", request.tenant.slug)


@require_POST
@step_view("webhooks")
def create(request: TenantRequest) -> HttpResponse:
    made = endpoints.make_through_api(request.tenant, request.user)
    for error in {it.error for it in made if it.error}:
        messages.error(
            request, f"Lever did not make all webhooks: {error} You can set them up by hand below."
        )
    if made and not any(it.error for it in made):
        messages.success(
            request, "The webhooks are made. A Super Admin must still switch each event on in Lever."
        )
    return redirect("onboarding:webhooks", request.tenant.slug)


@require_POST
@step_view("webhooks")
def swap(request: TenantRequest) -> HttpResponse:
    first, second = endpoints.swap_secrets(request.tenant, request.user)
    for endpoint in (first, second):
        intake.check_again(endpoint)
    messages.success(request, "The two tokens are swapped; what came meanwhile was checked again.")
    return redirect("onboarding:webhooks", request.tenant.slug)


def _shown(evidence: Evidence, bound: dict[int, SecretForm] | None = None) -> dict[str, object]:
    forms = bound or {}
    needed = [it for it in evidence.endpoints if it.is_needed]
    may_create = Capability.MANAGE_WEBHOOKS in evidence.capabilities and evidence.is_connected
    can_create = may_create and not all(it.has_secret for it in needed)
    is_made_by_api = all(it.endpoint.external_id for it in needed)
    return {
        "cards": [
            {
                "it": it,
                "mismatch": mismatch(it),
                "form": forms.get(it.endpoint.pk) or SecretForm(auto_id=f"id_{it.endpoint.pk}_%s"),
            }
            for it in evidence.endpoints
        ],
        "can_create": can_create,
        "is_made_by_api": is_made_by_api,
        "is_by_hand": not can_create and not is_made_by_api,
        "is_swapped": any(is_swapped(it) for it in evidence.endpoints),
        "form": next(iter(forms.values()), None),
    }
