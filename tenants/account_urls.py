"""Of allauth's own pages those that the portal offers; the others are closed, and so are those of later versions.

Nobody has a password. An address is changed at the desk alone: who could add another person's address to their own
account would be taken for that person, since accounts are found by address.
"""

from typing import NoReturn

from allauth.account.urls import urlpatterns as account_patterns
from allauth.mfa.totp.views import activate_totp
from allauth.mfa.webauthn.views import add_webauthn
from django.http import Http404, HttpRequest
from django.urls import URLPattern, include, path

from . import fresh
from .even import evenly

OFFERED = {
    "account_login",
    "account_logout",
    "account_inactive",
    "account_signup",
    "account_request_login_code",
    "account_confirm_login_code",
}


# Here an address is given, and nobody learns whether it has an account.
TELL_NOTHING = {"account_login", "account_request_login_code"}


def closed(request: HttpRequest, **_: str) -> NoReturn:
    raise Http404


def offered(page: URLPattern) -> URLPattern:
    """A closed page keeps its name, which allauth looks up."""
    if page.name in TELL_NOTHING:
        return URLPattern(page.pattern, evenly(page.callback), name=page.name)
    return page if page.name in OFFERED else URLPattern(page.pattern, closed, name=page.name)


# Before the library's own: a first second factor is a new way in, and who adds it proves once more who they are. For a
# further one, and to remove one, the library asks for one that is there.
ADD_FACTORS = [
    path("totp/activate/", fresh.by_code(activate_totp), name="mfa_activate_totp"),
    path("webauthn/add/", fresh.by_code(add_webauthn), name="mfa_add_webauthn"),
]
urlpatterns = [
    *map(offered, account_patterns),
    path("2fa/", include([*ADD_FACTORS, path("", include("allauth.mfa.urls"))])),
]
