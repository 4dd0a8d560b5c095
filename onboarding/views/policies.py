from itertools import groupby

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tenants.access import TenantRequest
from tenants.scoping import tenant_scope

from .. import policies
from ..evidence import Evidence, gather
from ..models.policies import PolicyKind, PolicyLink
from ..policy_forms import PolicyForm
from .pages import render_step, step_view


@require_http_methods(["GET", "HEAD", "POST"])
@step_view("policies")
def step(request: TenantRequest) -> HttpResponse:
    if request.method != "POST":
        return render_step(
            request, "policies", lambda it: {"policy_forms": _forms(it), "preview": _preview(it)}
        )
    with tenant_scope(request.tenant.pk):
        forms = _forms(gather(request.tenant), request.POST)
        is_refused = any(form.errors for form in forms)
    if is_refused:
        return render_step(request, "policies", lambda it: {"policy_forms": forms}, status=422)
    for form in forms:
        policies.state(request.tenant, form.statement, request.user)
    messages.success(request, _("Noted. Links are opened once now, and again every week."))
    return redirect("onboarding:policies", request.tenant.slug)


@require_POST
@step_view("policies")
def open_again(request: TenantRequest) -> HttpResponse:
    policies.open_again(request.tenant)
    return redirect("onboarding:policies", request.tenant.slug)


def _forms(evidence: Evidence, data: QueryDict | None = None) -> list[PolicyForm]:
    return [PolicyForm(kind, data, _stated(evidence, kind)) for kind in PolicyKind]


def _preview(evidence: Evidence) -> list[tuple[str, list[PolicyLink]]]:
    """What applicants see, by country or language; first, as "", those who have no links of their own."""
    needed = {kind for kind, statement in evidence.statements.items() if statement.is_needed}
    links = sorted((it for it in evidence.links if it.kind in needed), key=lambda it: (it.locale, it.kind))
    for_all = {it.kind: it for it in links if not it.locale}
    scopes = groupby(links, key=lambda it: it.scope_name)
    return [(name, _beside(for_all, {it.kind: it for it in own})) for name, own in scopes]


def _beside(for_all: dict[str, PolicyLink], own: dict[str, PolicyLink]) -> list[PolicyLink]:
    """A link of their own takes the place of the one for everybody."""
    return [link for _, link in sorted({**for_all, **own}.items())]


def _stated(evidence: Evidence, kind: PolicyKind) -> policies.Statement | None:
    said = evidence.statements.get(kind)
    links = [(link.locale, link.url) for link in evidence.links if link.kind == kind]
    return policies.Statement(kind, said.is_needed, links) if said else None
