"""The door of Appcast Apply: one signed application a request, answered as the contract says."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from http import HTTPStatus
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from integrations.appcast.applications import MalformedError, UnacceptableError
from integrations.appcast.signature import HEADER
from integrations.errors import RejectedError
from integrations.services import applications as service
from integrations.services import senders, statuses

from .doors import DATABASE_IS_AWAY, IN_A_MINUTE, NotReadError, body_of

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

LARGEST_BODY = 30 * 1024 * 1024
NOT_READ = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("too_large", f"Expected {LARGEST_BODY} bytes at most."),
    HTTPStatus.REQUEST_TIMEOUT: ("not_received", "The body did not arrive as a whole."),
}
STATUSES: dict[type[RejectedError], HTTPStatus] = {
    MalformedError: HTTPStatus.BAD_REQUEST,
    UnacceptableError: HTTPStatus.UNPROCESSABLE_ENTITY,
    service.ConflictError: HTTPStatus.CONFLICT,
    service.JobUnknownError: HTTPStatus.NOT_FOUND,
    service.JobClosedError: HTTPStatus.GONE,
}


def said_when_not_taken(view: View[P]) -> View[P]:
    """The sender comes back with what was not read, or could not be kept."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NotReadError as error:
            return _refusal(error.status, *NOT_READ[error.status])
        except DATABASE_IS_AWAY:
            return _refusal(
                HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", "Please send it again in a minute."
            )

    return guarded


@csrf_exempt
@require_POST
@said_when_not_taken
def applications(request: HttpRequest, slug: str) -> HttpResponse:
    body = body_of(request.META, LARGEST_BODY)
    tenant = senders.proved(slug, request.headers.get(HEADER, ""), body, datetime.now(UTC))
    if tenant is None:
        return _not_proved()
    try:
        receipt = service.accept(tenant, body)
    except RejectedError as error:
        return _rejected(error)
    status = HTTPStatus.ACCEPTED if receipt.is_new else HTTPStatus.OK
    return JsonResponse({"receipt_id": str(receipt.application.pk), "status": "accepted"}, status=status)


@require_GET
@said_when_not_taken
def application(request: HttpRequest, slug: str, sender_id: UUID) -> HttpResponse:
    """Signed like a request with an empty body."""
    tenant = senders.proved(slug, request.headers.get(HEADER, ""), b"", datetime.now(UTC))
    if tenant is None:
        return _not_proved()
    status = statuses.status_of(tenant, sender_id)
    if status is None:
        return _refusal(
            HTTPStatus.NOT_FOUND, "application_unknown", "No application of this id was accepted."
        )
    return JsonResponse(status)


def _not_proved() -> HttpResponse:
    """The same for an unknown tenant, an absent signature and a wrong one."""
    return _refusal(
        HTTPStatus.UNAUTHORIZED,
        "signature_invalid",
        f"Expected {HEADER}: t=<unix seconds>,v1=<HMAC-SHA256 of '<t>.<raw body>'>, at most 300 s old.",
    )


def _rejected(error: RejectedError) -> HttpResponse:
    status = STATUSES[type(error)]
    if isinstance(error, UnacceptableError):
        errors = [{"field": it.field, "code": it.code, "message": it.message} for it in error.problems]
        return JsonResponse({"errors": errors}, status=status)
    return _refusal(status, error.code, error.message.english)


def _refusal(status: HTTPStatus, code: str, message: str) -> HttpResponse:
    later = IN_A_MINUTE if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return JsonResponse({"error": code, "message": message}, status=status, headers=later)
