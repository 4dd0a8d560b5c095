"""Answers that are too large to wait until they are whole: each piece is made when its reader has room for it."""

from collections.abc import Iterator

from django.http import HttpRequest, StreamingHttpResponse

# In the environment of a request; whoever works on it then lends a connection for each piece alone.
PIECEWISE = "portal.piecewise"


def answer_by_pieces(
    request: HttpRequest, pieces: Iterator[bytes], content_type: str
) -> StreamingHttpResponse:
    request.META[PIECEWISE] = True
    return StreamingHttpResponse(pieces, content_type=content_type)
