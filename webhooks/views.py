"""Webhooks in, and the feed out: addresses that machines know by an unguessable part."""

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from integrations.services import outgoing

from . import intake

XML = "application/xml; charset=utf-8"


@csrf_exempt
@require_POST
def receive(request: HttpRequest, provider: str, key: str) -> HttpResponse:
    reply = intake.answer(request.META, provider, key)
    return HttpResponse(status=reply.status, headers=dict(reply.headers))


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
