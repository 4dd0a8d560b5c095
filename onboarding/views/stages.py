from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from integrations.errors import IntegrationError
from integrations.models import Connection, Pipeline, Stage
from integrations.providers import get_provider
from integrations.services import archive_reasons, stage_drift, stages
from integrations.services.stage_tables import read_table
from integrations.types import EventKind
from tenants.access import TenantRequest
from tenants.scoping import tenant_scope

from .. import drifting
from ..evidence import Evidence, gather
from ..forms import MappingForm, TableForm
from ..reason_forms import ReasonForm
from .pages import render_step, shown_of, step_view

ENDS = {EventKind.HIRED, EventKind.ARCHIVED}


@require_safe
@step_view("stages")
def step(request: TenantRequest) -> HttpResponse:
    return render_step(request, "stages", lambda evidence: {"form": TableForm(), **_shown(request, evidence)})


@require_POST
@step_view("stages")
def table(request: TenantRequest) -> HttpResponse:
    """First what was understood is shown; `keep` then keeps it."""
    form = TableForm(request.POST)
    if not form.is_valid():
        return render_step(request, "stages", lambda it: {"form": form, **_shown(request, it)}, status=422)
    understood = read_table(form.cleaned_data["table"], get_provider("lever").clean_stage_id)
    if not understood.rows:
        form.add_error("table", _("Expected stages with their ids; none was found in what you pasted."))
    if "keep" not in request.POST or not understood.rows:
        status = 200 if understood.rows else 422
        return render_step(
            request,
            "stages",
            lambda it: {"form": form, "preview": understood, **_shown(request, it)},
            status=status,
        )
    stages.keep_table(request.tenant.pk, understood.rows, Stage.Origin.PASTED, request.user)
    _tell_unknown_ids(request)
    return redirect("onboarding:stages", request.tenant.slug)


@require_POST
@step_view("stages")
def confirm(request: TenantRequest) -> HttpResponse:
    """All workflows at once."""
    with tenant_scope(request.tenant.pk):
        pipelines = list(Pipeline.objects.prefetch_related("stages"))
        form = MappingForm(pipelines, request.POST)
        is_valid = form.is_valid()
    if not is_valid:
        return render_step(
            request, "stages", lambda it: {"form": TableForm(), **_shown(request, it, form)}, status=422
        )
    for pipeline in pipelines:
        stages.confirm(pipeline, form.decisions_for(pipeline), request.user)
    messages.success(request, _("Your stages are confirmed."))
    return redirect("onboarding:stages", request.tenant.slug)


@require_POST
@step_view("stages")
def reasons(request: TenantRequest) -> HttpResponse:
    with tenant_scope(request.tenant.pk):
        form = _reason_form(gather(request.tenant), request.POST)
        is_valid = form.is_valid()
    if not is_valid:
        return render_step(
            request,
            "stages",
            lambda it: {"form": TableForm(), **_shown(request, it), "reasons": form},
            status=422,
        )
    if form.decisions:
        archive_reasons.decide(request.tenant.pk, form.decisions, request.user)
        messages.success(request, _("What waited for these archive reasons is reported now."))
    return redirect("onboarding:stages", request.tenant.slug)


@require_POST
@step_view("stages")
def remap(request: TenantRequest, pipeline_id: int) -> HttpResponse:
    """What was proposed for one workflow, as the page showed it."""
    with tenant_scope(request.tenant.pk):
        pipeline = get_object_or_404(Pipeline.objects, pk=pipeline_id)
    if stage_drift.remap(pipeline, request.POST.get("seen", ""), request.user):
        applied = _("The changes of “%(name)s” are taken over.") % {"name": pipeline.name}
        messages.success(request, applied)
    else:
        messages.warning(
            request, _("Nothing was applied: something else is proposed by now. Please look once more.")
        )
    return redirect("onboarding:stages", request.tenant.slug)


@require_POST
@step_view("stages")
def remove(request: TenantRequest, pipeline_id: int) -> HttpResponse:
    with tenant_scope(request.tenant.pk):
        pipeline = get_object_or_404(Pipeline.objects, pk=pipeline_id)
    if stages.set_aside(pipeline, request.user):
        says = _("“%(name)s” is removed. You can record it again at any time.")
    else:
        says = _("Nothing of “%(name)s” is reported from now on. You can decide otherwise at any time.")
    messages.success(request, says % {"name": pipeline.name})
    return redirect("onboarding:stages", request.tenant.slug)


def _shown(request: TenantRequest, evidence: Evidence, bound: MappingForm | None = None) -> dict[str, object]:
    """`shown` is how many workflows the page has."""
    return {
        "mapping": bound or MappingForm(evidence.pipelines),
        "reasons": _reason_form(evidence),
        "shown": shown_of(request, len(evidence.pipelines)),
        "coming_back": stages.coming_back(evidence.pipelines),
        "proposals": drifting.proposals(evidence.drifts),
        "is_out_of_reach": evidence.is_out_of_reach("stages"),
        "was_asked_for": evidence.was_asked_for("stages"),
        "untold": ", ".join(_untold(evidence)),
    }


def _untold(evidence: Evidence) -> list[str]:
    """Webhooks that are not set up, and without which nothing tells of an end."""
    return [it.title for it in evidence.endpoints if it.endpoint.event_kind in ENDS and not it.has_secret]


def _reason_form(evidence: Evidence, data: QueryDict | None = None) -> ReasonForm:
    connection = evidence.connection

    def page_of(candidacy: str) -> str:
        if not connection or not candidacy:
            return ""
        return get_provider(connection.provider).candidate_page(candidacy, connection.region)

    return ReasonForm(evidence.undecided_reasons, page_of, data)


def _tell_unknown_ids(request: TenantRequest) -> None:
    """Where the grant allows, Lever says which ids it does not know."""
    with tenant_scope(request.tenant.pk):
        connection = Connection.objects.filter(status=Connection.Status.ACTIVE).first()
    try:
        unknown = stages.unknown_ids(connection) if connection else None
    except IntegrationError:
        return
    if unknown:
        told = _("Lever does not know %(ids)s. Copy these ids again with REVEAL STAGE ID.")
        messages.warning(request, told % {"ids": ", ".join(unknown[:5])})
