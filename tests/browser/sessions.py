"""Signed in without the way there, which other tests go."""

from urllib.parse import urljoin

from django.conf import settings
from playwright.sync_api import BrowserContext

from tenants.models import User
from tests.people import browser_of


def sign_in(context: BrowserContext, user: User, portal: str, *, confirmed: bool = True) -> None:
    """`portal` is any address of it. Staff have shown their second factor just now, unless that is what is tried."""
    session = browser_of(user, confirmed=confirmed).cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": urljoin(portal, "/")}]
    )
