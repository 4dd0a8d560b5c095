"""Webhooks in, and the feed out: addresses that machines know by an unguessable part."""

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import re_accepts_gzip
from django.utils.cache import get_conditional_response
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from integrations.services import outgoing
from integrations.services.outgoing import Document

from . import intake
from .doors import NotReadError, body_of
from .piecewise import answer_by_pieces

XML = "application/xml; charset=utf-8"
NOT_YET = {"Retry-After": "60"}


@csrf_exempt
@require_POST
def receive(request: HttpRequest, provider: str, key: str) -> HttpResponse:
    """Where no server stands before Django that knows the short path."""
    reply = intake.refusal(provider, request.headers.get("Content-Encoding", "identity"))
    try:
        reply = reply or intake.answer(provider, key, body_of(request.META, intake.LARGEST_BODY))
    except NotReadError as error:
        return HttpResponse(status=error.status)
    return HttpResponse(status=reply.status, headers=dict(reply.headers))


@require_safe
def outgoing_feed(request: HttpRequest, key: str) -> HttpResponseBase:
    """An empty list would close every job at the reader's: as long as there is none it is asked to come back."""
    document = outgoing.document_of(key)
    if document is None:
        raise Http404
    if not document.is_there:
        return HttpResponse(status=503, headers=NOT_YET)
    outgoing.note_read(document)
    is_gzipped = bool(re_accepts_gzip.search(request.headers.get("Accept-Encoding", "")))
    headers = _headers_of(document, is_gzipped=is_gzipped)
    answer: HttpResponseBase | None = get_conditional_response(request, etag=headers["ETag"])
    if answer is None:
        answer = _answer(request, document, is_gzipped=is_gzipped)
    for name, value in headers.items():
        answer[name] = value
    return answer


def _answer(request: HttpRequest, document: Document, *, is_gzipped: bool) -> HttpResponseBase:
    # Not every server drops the body of an answer to HEAD.
    if request.method == "HEAD":
        answer: HttpResponseBase = HttpResponse(content_type=XML)
    else:
        pieces = document.gzipped() if is_gzipped else document.plain()
        answer = answer_by_pieces(request, pieces, XML)
    size = document.gzipped_bytes if is_gzipped else document.size_bytes
    answer["Content-Length"] = str(size)  # whoever gets less knows that it broke off
    if is_gzipped:
        answer["Content-Encoding"] = "gzip"
    return answer


def _headers_of(document: Document, *, is_gzipped: bool) -> dict[str, str]:
    """Of the 304 too. Gzipped it is the same feed in other bytes, and so has an ETag of its own."""
    return {
        "ETag": f'"{document.etag}{"-gzip" if is_gzipped else ""}"',
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Encoding",
    }
