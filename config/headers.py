"""What every answer says to browsers, beside what Django and the policies' own middleware say."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

Respond = Callable[[HttpRequest], HttpResponseBase]


def middleware(respond: Respond) -> Respond:
    """Nothing is kept by a browser or a proxy unless its view says so: nearly every page is somebody's."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = respond(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return answer
