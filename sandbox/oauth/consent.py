"""What an authorization request asks for, and what Accept and Deny do. Pages and scripts both come here."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from sandbox.oauth.scopes import OFFLINE, WORDS
from sandbox.settings import Settings
from sandbox.world import World
from sandbox.world.account import Account, User
from sandbox.world.grants import AUDIENCE


class BadRequest(Exception):
    """Shown to the person, since there is no safe place to redirect to."""

    def __init__(self, lever_says: str, explanation: str) -> None:
        super().__init__(f"{lever_says}: {explanation}")
        self.lever_says = lever_says
        self.explanation = explanation


class NotAllowed(Exception):
    """The person who is signed in may not consent."""


@dataclass(frozen=True)
class ConsentRequest:
    redirect_uri: str
    state: str
    scopes: frozenset[str]

    def redirect_to(self, **answer: str) -> str:
        separator = "&" if "?" in self.redirect_uri else "?"
        return f"{self.redirect_uri}{separator}{urlencode({'state': self.state} | answer)}"


def read_request(query: Mapping[str, str], settings: Settings) -> ConsentRequest:
    if query.get("client_id") != settings.client_id:
        raise BadRequest("ClientID not found", f"client_id must be {settings.client_id!r}.")
    if query.get("redirect_uri") not in settings.redirect_uris:
        # Lever's own window says no more than this.
        allowed = ", ".join(settings.redirect_uris)
        raise BadRequest(
            "undefined", f"redirect_uri is {query.get('redirect_uri')!r}; registered, exactly: {allowed}."
        )
    if query.get("response_type") != "code":
        raise BadRequest(
            "unsupported response type", f"response_type must be code, not {query.get('response_type')!r}."
        )
    if not query.get("state"):
        raise BadRequest("state is required", "The request has no state.")
    return ConsentRequest(query["redirect_uri"], query["state"], asked_scopes(query))


def asked_scopes(query: Mapping[str, str]) -> frozenset[str]:
    """Without the exact audience, trailing slash included, Lever asks for nothing but offline_access."""
    asked = frozenset(query.get("scope", "").split())
    if query.get("audience") != AUDIENCE:
        return asked & {OFFLINE}
    unknown = asked - WORDS.keys()
    if unknown:
        # What Lever does with a scope that it does not know is not documented; silence would help nobody.
        raise BadRequest("invalid scope", f"Lever has no scope {', '.join(sorted(unknown))}.")
    return asked


def needs_consent(account: Account, request: ConsentRequest) -> bool:
    """Asked only the first time, after a revoke, or for new scopes."""
    app = account.authorized_app
    return app is None or not request.scopes <= app.scopes


def check_may_consent(user: User) -> None:
    if not user.is_super_admin:
        raise NotAllowed(
            f"{user.email} is a {user.access_role.title()}. Only a Super Admin can authorize an app."
        )


def accept(world: World, account: Account, user: User, request: ConsentRequest) -> str:
    """The address that the browser is sent to, with a code that works once within ten minutes."""
    check_may_consent(user)
    with world.lock:
        world.grants.authorize(account, user, request.scopes)
        code = world.grants.issue_code(account, request.redirect_uri, request.scopes)
    return request.redirect_to(code=code)


def deny(request: ConsentRequest) -> str:
    return request.redirect_to(error="access_denied", error_description="User did not authorize the request")
