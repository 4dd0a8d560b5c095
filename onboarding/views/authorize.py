from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from integrations.addresses import origin
from integrations.errors import ConfigurationError, IntegrationError
from integrations.models import Connection
from integrations.providers import PROVIDERS, get_provider
from integrations.services import connections, discoveries
from tenants.access import TenantRequest, membership_of, tenants_of
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope

from .. import discovered, people, returns
from ..evidence import Evidence
from ..returns import Return
from ..steps.authorize import implied
from .pages import render_step, step_view

STATE_UNKNOWN = "oauth.state_unknown"


@require_safe
@step_view("authorize")
def step(request: TenantRequest) -> HttpResponse:
    page = render_step(
        request,
        "authorize",
        lambda evidence: {
            "authorizer": people.authorizer(),
            "permissions": get_provider("lever").permissions,
            "has_choice": _has_choice(),
            "asked": implied(evidence.connection.asked_scopes) if evidence.connection else set(),
            "granted": _granted(evidence),
            "refused": evidence.refused_scopes,
            "parts": discovered.parts(evidence),
        },
    )
    _let_forms_lead_to_the_provider(page)
    return page


@require_POST
@step_view("authorize")
def start(request: TenantRequest) -> HttpResponse:
    if not request.session.session_key:
        request.session.save()
    is_sparing = request.POST.get("permissions") == "needed"
    session_key = request.session.session_key or ""
    return redirect(connections.begin(request.tenant, request.user, session_key, is_sparing=is_sparing))


@require_POST
@step_view("authorize")
def discover(request: TenantRequest) -> HttpResponse:
    with tenant_scope(request.tenant.pk):
        connection = Connection.objects.filter(status=Connection.Status.ACTIVE).first()
    if connection:
        discoveries.start(connection)
    return redirect("onboarding:authorize", request.tenant.slug)


@require_GET
@never_cache
@login_required
def callback(request: HttpRequest, provider: str) -> HttpResponse:
    """Where the provider sends people back: consented, declined, or with something that we did not ask for."""
    assert isinstance(request.user, User)
    state = request.GET.get("state", "")
    try:
        if provider not in PROVIDERS:
            raise ConfigurationError(STATE_UNKNOWN, "This way back belongs to no provider.")
        attempt = connections.returned(state, request.user, request.session.session_key or "", provider)
    except ConfigurationError as error:
        return _told(request, returns.refused(error), _only(tenants_of(request.user)))
    membership = membership_of(request.user, attempt.tenant.slug)
    if not membership.may_do("authorize"):  # their place was changed while they were at the provider
        raise Http404
    tenant, is_sparing = membership.tenant, connections.was_sparing(provider, attempt.scopes)
    if "code" not in request.GET:
        return _told(request, returns.without_code(request.GET.get("error", "")), tenant, is_sparing)
    try:
        connections.complete(attempt, request.GET["code"])
    except IntegrationError as error:
        return _told(request, returns.refused(error, _site(tenant)), tenant, is_sparing)
    messages.success(request, _("Lever is authorized. We are reading what your account tells us."))
    return redirect("onboarding:authorize", tenant.slug)


def _granted(evidence: Evidence) -> set[str]:
    """What Lever accepts of us now, and not what it once did."""
    return implied(evidence.connection.scopes) if evidence.connection and evidence.is_connected else set()


def _site(tenant: Tenant) -> str:
    with tenant_scope(tenant.pk):
        return Connection.objects.values_list("site", flat=True).first() or ""


def _only(tenants: list[Tenant]) -> Tenant | None:
    return tenants[0] if len(tenants) == 1 else None


def _has_choice() -> bool:
    return not all(it.is_required for it in get_provider("lever").permissions)


def _told(
    request: HttpRequest, told: Return, tenant: Tenant | None, is_sparing: bool = False
) -> HttpResponse:
    status = HTTPStatus.OK if told.is_harmless else HTTPStatus.BAD_REQUEST
    context = {"told": told, "tenant": tenant, "is_sparing": is_sparing, "has_choice": _has_choice()}
    page = render(request, "onboarding/oauth_failed.html", context, status=status)
    _let_forms_lead_to_the_provider(page)
    return page


def _let_forms_lead_to_the_provider(page: HttpResponse) -> None:
    """Chrome holds the redirects after a form to the page's policy, and signing in may lead over the customer's SSO."""
    address = get_provider("lever").authorize_url(state="", scopes=(), redirect_uri="", code_challenge="")
    setattr(page, "_csp_update", {"form-action": ["https:", origin(address)]})  # noqa: B010
