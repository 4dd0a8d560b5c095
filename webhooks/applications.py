"""The door of Appcast Apply: one signed application a request, answered as the contract says."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from ninja import P, PathEx, Query, Router, Status

from integrations.appcast import listing
from integrations.appcast.replies import ApplicationStatus, Listing, Receipt
from integrations.services import applications as service
from integrations.services import statuses

from .api import described, examples
from .api.described import JSON, Answer
from .api.document import APPLICATION
from .api.proof import ASKING, HANDING_IN, AppcastSignature, SignedRequest, nothing, the_body, the_target

V = TypeVar("V", bound=Callable[..., Any])
PATH = "tenants/{slug:slug}/applications"
BODY = {"schema": APPLICATION, "examples": {"application": {"value": examples.APPLICATION}}}
Slug: TypeAlias = PathEx[str, P(description="The tenant's name in addresses, told with its secret.")]
SenderId: TypeAlias = PathEx[UUID, P(description="The application_id that it was handed in with.")]

router = Router(tags=["applications"])


def address(
    method: str,
    path: str,
    answers: Iterable[Answer],
    *,
    url_name: str,
    extra: dict[str, Any] | None = None,
    **told: Any,
) -> Callable[[V], V]:
    """Nobody is ever redirected: a slash more at the end is the same address, which the document leaves out."""
    told["response"] = {answer.status: answer.shape for answer in answers}
    replies = {"responses": {answer.status: answer.told() for answer in answers}}

    def register(view: V) -> V:
        router.api_operation([method], f"{path}/", include_in_schema=False, **told)(view)
        return router.api_operation(
            [method], path, url_name=url_name, openapi_extra={**replies, **(extra or {})}, **told
        )(view)

    return register


@address(
    "POST",
    PATH,
    described.HANDING_IN,
    url_name="applications",
    operation_id="handInApplication",
    summary="Hand in an application",
    description="Signed bytes: the body as it is sent.",
    auth=AppcastSignature(the_body, HANDING_IN),
    extra={"requestBody": {"required": True, "content": {JSON: BODY}}},
)
def hand_in(request: SignedRequest, slug: Slug) -> Status[Receipt]:
    receipt = service.accept(request.auth.tenant, request.auth.signed)
    status = HTTPStatus.ACCEPTED if receipt.is_new else HTTPStatus.OK
    return Status(status, Receipt(receipt_id=receipt.application.pk))


@address(
    "GET",
    PATH,
    described.LISTING,
    url_name="applications",
    operation_id="listApplications",
    summary="What was handed in",
    description=(
        "Newest first, in pages: an application that is handed in meanwhile moves none to another page. "
        "Signed bytes: path and query as they are sent, such as "
        "`/api/v1/tenants/acme/applications?status=rejected&limit=50`."
    ),
    auth=AppcastSignature(the_target, ASKING),
)
def listed(request: SignedRequest, slug: Slug, wanted: Query[listing.Wanted]) -> Listing:
    listing.require_known(request.GET)
    return statuses.listed(request.auth.tenant, wanted)


@address(
    "GET",
    f"{PATH}/{{uuid:sender_id}}",
    described.ASKING,
    url_name="application",
    operation_id="getApplication",
    summary="Where an application stands",
    description="Signed bytes: none, so `<t>.` alone is what is signed.",
    auth=AppcastSignature(nothing, ASKING),
)
def status(request: SignedRequest, slug: Slug, sender_id: SenderId) -> ApplicationStatus:
    return statuses.status_of(request.auth.tenant, sender_id)
