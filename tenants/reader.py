"""Whoever reads a page: its language is theirs, and times are told in the zone of their browser."""

from collections.abc import Callable
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

ZONE_COOKIE = "timezone"
ENGLISH_ONLY = {"admin", "webhooks"}

Respond = Callable[[HttpRequest], HttpResponse]


class LanguageMiddleware:
    """Django's middleware knows the browser's language, this one its reader's; staff and machines get English."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.respond(request)

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        match = request.resolver_match
        if match and match.app_name in ENGLISH_ONLY:
            translation.activate("en")
        elif request.user.is_authenticated and request.user.language:
            translation.activate(request.user.language)


def zone_middleware(respond: Respond) -> Respond:
    """UTC, as the settings say, for who has no such cookie, which portal.js leaves, or one of their own making."""

    def respond_in_zone(request: HttpRequest) -> HttpResponse:
        name = request.COOKIES.get(ZONE_COOKIE, "")
        with timezone.override(ZoneInfo(name) if name in zones() else None):
            return respond(request)

    return respond_in_zone


@cache
def zones() -> frozenset[str]:
    return frozenset(available_timezones())
