from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from integrations.errors import ConfigurationError
from integrations.services import webhook_readings
from tenants.access import TenantRequest
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from webhooks import drift, endpoints, rechecking, strays
from webhooks.models import WebhookEndpoint

from .. import webhook_log
from ..evidence import Evidence
from ..forms import SecretForm
from ..steps.webhook_mismatches import is_swapped, trouble
from ..steps.webhook_requests import of_stray
from ..webhook_evidence import EndpointEvidence
from .pages import render_step, step_view


@require_safe
@step_view("webhooks")
def step(request: TenantRequest) -> HttpResponse:
    return _page(request)


@require_POST
@step_view("webhooks")
def token(request: TenantRequest, endpoint_id: int) -> HttpResponse:
    with tenant_scope(request.tenant.pk):
        endpoint = get_object_or_404(WebhookEndpoint.objects, pk=endpoint_id)
    form = SecretForm(request.POST)
    if form.is_valid():
        try:
            kept = endpoints.set_secret(endpoint, form.cleaned_data["secret"], request.user)
        except ConfigurationError as error:
            form.add_error("secret", str(error.message))
    if form.errors:
        return _page(request, {endpoint.pk: form})
    _say_what_is_kept(request, endpoint, proved=rechecking.check_again(endpoint))
    if not kept.is_new and kept.withdrawn:
        _say_what_is_removed(request, kept.withdrawn)
    return redirect(
        f"{reverse('onboarding:webhooks', args=[request.tenant.slug])}{_next_field(request.tenant)}"
    )


def _next_field(tenant: Tenant) -> str:
    """Where the page goes on: at the needed token that is still missing."""
    with tenant_scope(tenant.pk):
        missing = [it for it in endpoints.of_tenant(tenant) if it.event_kind in endpoints.NEEDED]
        missing = [it for it in missing if not endpoints.live_secrets(it)]
    return f"#{_field_id(missing[0]) % 'secret'}" if missing else ""


def _field_id(endpoint: WebhookEndpoint) -> str:
    return f"id_{endpoint.pk}_%s"


def _say_what_is_kept(request: TenantRequest, endpoint: WebhookEndpoint, *, proved: int) -> None:
    event = endpoints.title_of(endpoints.event_name(endpoint))
    if not proved:
        messages.success(request, _("The token of “%(event)s” is kept, sealed.") % {"event": event})
        return
    said = ngettext(
        "The token of “%(event)s” is kept, sealed. %(count)d earlier delivery is proved by it.",
        "The token of “%(event)s” is kept, sealed. %(count)d earlier deliveries are proved by it.",
        proved,
    )
    messages.success(request, said % {"event": event, "count": proved})


def _say_what_is_removed(request: TenantRequest, count: int) -> None:
    said = ngettext(
        "A token that was pasted after it had proved nothing, and is removed.",
        "%(count)d tokens that were pasted after it had proved nothing, and are removed.",
        count,
    )
    messages.info(request, said % {"count": count})


@require_POST
@step_view("webhooks")
def create(request: TenantRequest) -> HttpResponse:
    with tenant_scope(request.tenant.pk):
        changed = drift.of_tenant()
    made = endpoints.make_through_api(request.tenant, request.user, changed)
    for error in {str(it.error) for it in made if it.error}:
        messages.error(
            request,
            _("Lever did not make all webhooks: %(error)s You can set them up by hand below.")
            % {"error": error},
        )
    if made and not any(it.error for it in made):
        messages.success(
            request, _("The webhooks are made. A Super Admin must still switch each event on in Lever.")
        )
    return redirect("onboarding:webhooks", request.tenant.slug)


@require_POST
@step_view("webhooks")
def look(request: TenantRequest) -> HttpResponse:
    with tenant_scope(request.tenant.pk):
        webhook_readings.ask()
    messages.info(request, _("We read the list of your webhooks in Lever once more."))
    return redirect("onboarding:webhooks", request.tenant.slug)


@require_POST
@step_view("webhooks")
def swap(request: TenantRequest) -> HttpResponse:
    for endpoint in endpoints.swap_secrets(request.tenant, request.user):
        rechecking.check_again(endpoint)
    messages.success(request, _("The two tokens are swapped; what came meanwhile was checked again."))
    return redirect("onboarding:webhooks", request.tenant.slug)


def _page(request: TenantRequest, bound: dict[int, SecretForm] | None = None) -> HttpResponse:
    """`bound` holds the form that was refused, by its endpoint."""
    found = [of_stray(it) for it in strays.told_to(request.membership)]
    return render_step(
        request,
        "webhooks",
        lambda evidence: {**_shown(evidence, bound or {}), "strays": found},
        status=422 if bound else 200,
    )


def _shown(evidence: Evidence, forms: dict[int, SecretForm]) -> dict[str, Any]:
    needed = [it for it in evidence.endpoints if it.is_needed]
    is_out_of_reach = evidence.is_out_of_reach("webhooks")
    is_changed = any(it.drift for it in evidence.endpoints)
    is_made_by_api = all(it.is_made_by_api for it in needed) and not is_changed
    is_begun_by_hand = any(it.has_secret and not it.is_made_by_api for it in needed) and not is_changed
    can_create = evidence.is_connected and not (is_out_of_reach or is_made_by_api or is_begun_by_hand)
    cards = [
        {
            "it": it,
            "mismatch": trouble(it),
            "form": forms.get(it.endpoint.pk) or SecretForm(auto_id=_field_id(it.endpoint)),
            "log": webhook_log.entries(it.endpoint),
        }
        for it in evidence.endpoints
    ]
    return {
        "cards": cards,
        # Whose token is asked for comes first: the next one is pasted into the first field that there is.
        "cards_in_turn": sorted(cards, key=lambda card: card["mismatch"] is None),
        "can_create": can_create,
        "is_made_by_api": is_made_by_api,
        "optional": _listed(it for it in evidence.endpoints if it.is_made_by_api and not it.is_needed),
        "is_by_hand": not can_create and not is_made_by_api,
        "is_out_of_reach": is_out_of_reach,
        "was_asked_for": evidence.was_asked_for("webhooks"),
        "is_changed": is_changed,
        "is_swapped": any(is_swapped(it) for it in evidence.endpoints),
        "form": next(iter(forms.values()), None),
    }


def _listed(endpoints: Iterable[EndpointEvidence]) -> str:
    return get_text_list([it.title for it in endpoints], _("and"))
