"""Webhooks in, and the feed out: addresses that machines know by an unguessable part."""

from http import HTTPStatus

from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from integrations.providers import PROVIDERS
from integrations.services import outgoing

from . import intake

ONE_MINUTE = {"Retry-After": "60"}


@csrf_exempt
@require_POST
def receive(request: HttpRequest, provider: str, key: str) -> HttpResponse:
    if provider not in PROVIDERS:
        raise Http404
    if request.headers.get("Content-Encoding", "identity") != "identity":
        return HttpResponse(status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    body = request.read(intake.LARGEST_BODY + 1)
    if len(body) > intake.LARGEST_BODY:
        return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        reply = intake.receive(provider, key, body)
    except OperationalError:
        return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE, headers=ONE_MINUTE)
    return HttpResponse(status=reply.status)


@require_GET
def outgoing_feed(request: HttpRequest, key: str) -> HttpResponseBase:
    pieces = outgoing.jobs_xml_of(key)
    if pieces is None:
        raise Http404
    return StreamingHttpResponse(pieces, content_type="application/xml; charset=utf-8")
