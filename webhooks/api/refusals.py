"""Every no of the contract, from whatever was raised on the way to it."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError

from integrations.appcast.applications import MalformedError, UnacceptableError
from integrations.appcast.replies import FieldError, Refusal, Reply, Unacceptable
from integrations.appcast.signature import HEADER
from integrations.errors import RejectedError
from integrations.services import applications as service
from integrations.services import statuses
from integrations.services.allowances import SpentError

from ..doors import DATABASE_IS_AWAY, IN_A_MINUTE, NotReadError
from .proof import LARGEST_BODY

NOT_PROVED = Refusal(
    error="signature_invalid",
    message=f"Expected {HEADER}: t=<unix seconds>,v1=<HMAC-SHA256 of '<t>.<signed bytes>'>, at most 300 s old.",
)
AWAY = Refusal(error="unavailable", message="Please send it again in a minute.")
TOO_MANY = Refusal(
    error="rate_limited", message="Too many requests. Please send it again when Retry-After is over."
)
NOT_READ = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Refusal(
        error="too_large", message=f"Expected {LARGEST_BODY} bytes at most."
    ),
    HTTPStatus.REQUEST_TIMEOUT: Refusal(error="not_received", message="The body did not arrive as a whole."),
}
STATUSES: dict[type[RejectedError], HTTPStatus] = {
    MalformedError: HTTPStatus.BAD_REQUEST,
    service.ConflictError: HTTPStatus.CONFLICT,
    service.JobUnknownError: HTTPStatus.NOT_FOUND,
    service.JobClosedError: HTTPStatus.GONE,
    statuses.ApplicationUnknownError: HTTPStatus.NOT_FOUND,
}


def answer_by(api: NinjaAPI) -> None:
    """Whatever has no line here is an error of ours, and Django's to tell."""
    api.exception_handler(AuthenticationError)(_not_proved)
    api.exception_handler(NotReadError)(_not_read)
    api.exception_handler(UnacceptableError)(_unacceptable)
    api.exception_handler(RejectedError)(_rejected)
    api.exception_handler(SpentError)(_too_many)
    for away in DATABASE_IS_AWAY:
        api.exception_handler(away)(_away)


def _not_proved(request: HttpRequest, error: object) -> HttpResponse:
    """The same for an unknown tenant, an absent signature and a wrong one."""
    return _told(HTTPStatus.UNAUTHORIZED, NOT_PROVED)


def _not_read(request: HttpRequest, error: NotReadError) -> HttpResponse:
    return _told(error.status, NOT_READ[error.status])


def _away(request: HttpRequest, error: object) -> HttpResponse:
    return _told(HTTPStatus.SERVICE_UNAVAILABLE, AWAY, IN_A_MINUTE)


def _too_many(request: HttpRequest, error: SpentError) -> HttpResponse:
    return _told(HTTPStatus.TOO_MANY_REQUESTS, TOO_MANY, {"Retry-After": str(error.seconds)})


def _rejected(request: HttpRequest, error: RejectedError) -> HttpResponse:
    return _told(STATUSES[type(error)], Refusal(error=error.code, message=error.message.english))


def _unacceptable(request: HttpRequest, error: UnacceptableError) -> HttpResponse:
    errors = [FieldError(field=it.field, code=it.code, message=it.message) for it in error.problems]
    return _told(HTTPStatus.UNPROCESSABLE_ENTITY, Unacceptable(errors=errors))


def _told(status: HTTPStatus, reply: Reply, headers: dict[str, str] | None = None) -> HttpResponse:
    return JsonResponse(reply.model_dump(mode="json"), status=status, headers=headers)
