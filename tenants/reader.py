"""Whoever reads a page: times are told in the zone of their browser, which portal.js leaves in a cookie."""

from collections.abc import Callable
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

COOKIE = "timezone"


def zone_middleware(respond: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """UTC, as the settings say, for who has no such cookie or one of their own making."""

    def respond_in_zone(request: HttpRequest) -> HttpResponse:
        name = request.COOKIES.get(COOKIE, "")
        with timezone.override(ZoneInfo(name) if name in zones() else None):
            return respond(request)

    return respond_in_zone


@cache
def zones() -> frozenset[str]:
    return frozenset(available_timezones())
