"""Where somebody is signed in: kept with the person, listed for them, and ended by them or with their place here.

What lies in the database lets nobody in: of the key a hash, and sealed what is in the session, such as a mailed code.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from .models import Session, User
from .models.sessions import hash_of
from .sealing import SealError, mark, seal_text, unseal_text

SIGNED_IN = "signed_in"
LONGEST_AGENT = 300
# The first that is named counts: most browsers name others behind themselves.
BROWSERS = {"Edg": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "Mac",
    "Linux": "Linux",
}


class SessionStore(DatabaseStore):
    """settings.SESSION_ENGINE names this module."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = super().create_model_instance(data)
        assert isinstance(row, Session)
        row.user_id = data.get(SESSION_KEY)
        return row

    def encode(self, session_dict: dict[str, Any]) -> str:
        return seal_text(super().encode(session_dict), self._place)

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """One that does not open is an empty one: its browser is not signed in any more."""
        try:
            return super().decode(unseal_text(str(session_data), self._place))
        except SealError:
            return {}

    @property
    def _place(self) -> str:
        return f"{Session._meta.db_table}.session_data:{hash_of(self.session_key or '')}"


@dataclass(frozen=True, slots=True)
class Visit:
    """`handle` names it on a page, where its key may not stand."""

    handle: str
    began_at: datetime | None
    browser: str
    is_current: bool


@receiver(user_logged_in)
def note_sign_in(request: HttpRequest, **_: object) -> None:
    agent = request.META.get("HTTP_USER_AGENT", "")[:LONGEST_AGENT]
    request.session[SIGNED_IN] = {"at": timezone.now().isoformat(), "agent": agent}


def of_user(user: User, current_key: str | None) -> Sequence[Visit]:
    """The newest first."""
    visits = [_visit(row, current_key) for row in _live(user)]
    return sorted(visits, key=lambda it: it.began_at or timezone.now(), reverse=True)


def end(user: User, handle: str) -> int:
    """How many were ended: none, where it was over before."""
    keys = [row.session_key for row in _live(user) if handle_of(row.session_key) == handle]
    return Session.objects.filter(session_key__in=keys).delete()[0]


def end_all(user: User, but: str | None = None) -> int:
    return user.sessions.exclude(session_key=but).delete()[0]


def seal_anew() -> int:
    """How many there were that another key than the first of SEALING_KEYS sealed."""
    return sum(map(_seal_row_anew, Session.objects.exclude(session_data__startswith=mark())))


def _seal_row_anew(row: Session) -> int:
    """One that its person changes meanwhile is sealed anew by that."""
    sealed = SessionStore(row.session_key).encode(row.get_decoded())
    return Session.objects.filter(pk=row.pk, session_data=row.session_data).update(session_data=sealed)


def handle_of(session_key: str) -> str:
    return salted_hmac("tenants.sessions", hash_of(session_key), algorithm="sha256").hexdigest()[:32]


def _live(user: User) -> Sequence[Session]:
    return list(user.sessions.filter(expire_date__gt=timezone.now()))


def _visit(row: Session, current_key: str | None) -> Visit:
    began = row.get_decoded().get(SIGNED_IN, {})
    return Visit(
        handle=handle_of(row.session_key),
        began_at=datetime.fromisoformat(began["at"]) if began else None,
        browser=browser_of(began.get("agent", "")),
        is_current=current_key is not None and row.session_key == hash_of(current_key),
    )


def browser_of(agent: str) -> str:
    """In words, "" when it says nothing that we know."""
    names = (
        next((name for sign, name in known.items() if sign in agent), "") for known in (BROWSERS, SYSTEMS)
    )
    return ", ".join(filter(None, names))
