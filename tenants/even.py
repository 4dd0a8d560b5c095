"""Answers that tell nobody by their time what was looked up: all take as long as the slowest usually does.

The waiting is the server's (`config.patience`), where it keeps nobody else from working.
"""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest
from django.http.response import HttpResponseBase

# In a request's META: how long its answer takes at least.
TAKES_SECONDS = "portal.takes_seconds"
# A mail is handed over in it, by way of a server that is near.
ASKING_TAKES = 1.0


def evenly(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def timed(request: HttpRequest, /, *args: object, **kwargs: object) -> HttpResponseBase:
        if request.method == "POST":
            request.META[TAKES_SECONDS] = ASKING_TAKES
        return view(request, *args, **kwargs)

    return timed
