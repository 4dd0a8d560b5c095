"""Answers that tell nobody by their time what was looked up: all take as long as the slowest usually does, and by
chance a little longer, which hides how exactly a machine keeps to a time.

The waiting is the server's (`config.serving`), where it keeps nobody else from working.
"""

from collections.abc import Callable
from functools import wraps
from random import SystemRandom

from django.http import HttpRequest
from django.http.response import HttpResponseBase

# In a request's META: how long its answer takes at least.
TAKES_SECONDS = "portal.takes_seconds"
# A mail is handed over in it, by way of a server that is near.
ASKING_TAKES, LEEWAY = 1.0, 0.05
_chance = SystemRandom()


def evenly(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def timed(request: HttpRequest, /, *args: object, **kwargs: object) -> HttpResponseBase:
        if request.method == "POST":
            request.META[TAKES_SECONDS] = ASKING_TAKES + _chance.uniform(0, LEEWAY)
        return view(request, *args, **kwargs)

    return timed
