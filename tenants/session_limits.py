"""How long somebody stays signed in: while they come back now and then, and never beyond a set time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from .models import User
from .sessions import SIGNED_IN

# A session is not written for each page.
SELDOM = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Limits:
    """Of silence, and since the sign-in."""

    silence: timedelta
    in_all: timedelta


# The way through the checklist takes days, with a colleague's answer to wait for; at the desk every tenant lies open.
CUSTOMERS = Limits(silence=timedelta(days=7), in_all=timedelta(days=30))
STAFF = Limits(silence=timedelta(hours=2), in_all=timedelta(hours=12))


def middleware(respond: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Once the page is made, for who just signed in too; a session that nobody looked at stays so."""

    def respond_and_go_on(request: HttpRequest) -> HttpResponse:
        response = respond(request)
        if request.session.accessed and request.user.is_authenticated:
            go_on(request.session, request.user)
        return response

    return respond_and_go_on


def go_on(session: SessionBase, user: User) -> None:
    limits = STAFF if user.is_staff else CUSTOMERS
    began = datetime.fromisoformat(session[SIGNED_IN]["at"])
    until = min(timezone.now() + limits.silence, began + limits.in_all)
    if abs(until - session.get_expiry_date()) > SELDOM and not _is_ended(session):
        session.set_expiry(until)


def _is_ended(session: SessionBase) -> bool:
    """By the very press that is answered, or meanwhile by another: to write it would be refused."""
    return session.session_key is not None and not session.exists(session.session_key)
