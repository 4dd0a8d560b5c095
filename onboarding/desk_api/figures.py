"""The addresses of the desk's figures."""

from http import HTTPStatus
from typing import Any, TypeAlias

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import P, PathEx, QueryEx, Router
from pydantic import BaseModel

from integrations.appcast.replies import Refusal
from tenants.models import Tenant
from tenants.scoping import across_tenants
from webhooks.api import refusals
from webhooks.api.described import RETRY_AFTER, Answer, no

from . import examples, reports
from .keys import HEADER, DeskKeyHeader
from .shapes import FleetReport, TenantPage, TenantReport

NOT_KNOWN = Refusal(error="key_invalid", message=f"Expected {HEADER}: a key of the desk that is live.")
NO_TENANT = Refusal(error="tenant_unknown", message="No tenant has this name.")
REFUSALS = (
    no(HTTPStatus.UNAUTHORIZED, "The key is unknown or withdrawn.", NOT_KNOWN),
    no(
        HTTPStatus.TOO_MANY_REQUESTS,
        "More than 120 in a minute. Come back after Retry-After.",
        refusals.TOO_MANY,
        headers=RETRY_AFTER,
    ),
)
ABSENT = no(HTTPStatus.NOT_FOUND, "No tenant has this name.", NO_TENANT)
Slug: TypeAlias = PathEx[str, P(description="The tenant's name in addresses.")]
After: TypeAlias = QueryEx[str, P(description="The `next` of the page before.")]
router = Router(tags=["desk"], auth=DeskKeyHeader())


class NoSuchTenantError(Exception):
    pass


def not_known(request: HttpRequest, error: object) -> HttpResponse:
    return JsonResponse(NOT_KNOWN.model_dump(mode="json"), status=HTTPStatus.UNAUTHORIZED)


def not_there(request: HttpRequest, error: object) -> HttpResponse:
    return JsonResponse(NO_TENANT.model_dump(mode="json"), status=HTTPStatus.NOT_FOUND)


def told(when: str, example: BaseModel, *others: Answer) -> dict[str, Any]:
    """What the document says of one address, and what ninja makes of it."""
    answers = (Answer(HTTPStatus.OK, when, type(example), {"told": example}), *REFUSALS, *others)
    return {
        "response": {it.status: it.shape for it in answers},
        "openapi_extra": {"responses": {it.status: it.told() for it in answers}},
    }


@router.get(
    "desk/fleet",
    **told("The figures of the desk's first page.", examples.FLEET),
    operation_id="readFleet",
    summary="How all tenants stand",
    description="What the desk's first page tells: tenants by status, who waits on whom, problems, incidents, days.",
)
def read_fleet(request: HttpRequest) -> FleetReport:
    with across_tenants("a dashboard of Customer Success"):
        return reports.of_fleet()


@router.get(
    "desk/tenants",
    **told("A page of tenants.", examples.TENANTS),
    operation_id="listTenants",
    summary="Every tenant's health",
    description="By name in addresses, 500 at once.",
)
def list_tenants(request: HttpRequest, after: After = "") -> TenantPage:
    with across_tenants("a dashboard of Customer Success"):
        return reports.page(after)


@router.get(
    "desk/tenants/{slug:slug}",
    **told("What the tenant's page at the desk tells.", examples.TENANT, ABSENT),
    operation_id="readTenant",
    summary="One tenant's steps, counts and problems",
    description="As the last look saw it, which comes where anything happened; `manage.py doctor` looks first.",
)
def read_tenant(request: HttpRequest, slug: Slug) -> TenantReport:
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        raise NoSuchTenantError
    return reports.of_tenant(tenant)
