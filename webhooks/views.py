"""Webhooks in, and the feed out: addresses that machines know by an unguessable part."""

from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from integrations.providers import PROVIDERS
from integrations.services import outgoing

from . import intake
from .doors import DATABASE_IS_AWAY, IN_A_MINUTE, NotReadError, body_of

XML = "application/xml; charset=utf-8"


@csrf_exempt
@require_POST
def receive(request: HttpRequest, provider: str, key: str) -> HttpResponse:
    if provider not in PROVIDERS:
        return HttpResponse(status=HTTPStatus.NOT_FOUND)
    if request.META.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
        return HttpResponse(status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    try:
        reply = intake.receive(provider, key, body_of(request, intake.LARGEST_BODY))
    except NotReadError as error:
        return HttpResponse(status=error.status)
    except DATABASE_IS_AWAY:
        return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE, headers=IN_A_MINUTE)
    return HttpResponse(status=reply.status)


@require_safe
def outgoing_feed(request: HttpRequest, key: str) -> HttpResponseBase:
    pieces = outgoing.jobs_xml_of(key)
    if pieces is None:
        raise Http404
    # Not every server drops the body of an answer to HEAD.
    return (
        HttpResponse(content_type=XML)
        if request.method == "HEAD"
        else StreamingHttpResponse(pieces, content_type=XML)
    )
