"""What tests read of an answered page."""

import re
from html import unescape
from typing import Any

from django.test import Client
from django.urls import reverse

from tenants.models import Tenant, User
from tests.people import browser_of

STEP_KEYS = ("authorize", "feed", "webhooks", "stages", "policies", "forms", "rehearsal", "go-live")
LIVE = {"HX-Request": "true", "HX-Target": "live"}


def url(name: str, tenant: Tenant, *args: object) -> str:
    return reverse(f"onboarding:{name}", args=[tenant.slug, *args])


def text(response: Any) -> str:
    content: bytes = response.content
    return unescape(content.decode())


def words(response: Any) -> str:
    """What is read on it, without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", text(response)).split())


def staff_as(user: User, role: str) -> Client:
    """The browser of staff in that role."""
    User.objects.filter(pk=user.pk).update(is_superuser=False, is_staff=True, role=role)
    return browser_of(User.objects.get(pk=user.pk))


def said(browser: Client, response: Any) -> str:
    """The page after a POST, which must lead on to one."""
    assert response.status_code == 302, text(response)
    return text(browser.get(response.headers["Location"]))


def refused(response: Any) -> str:
    """A page with what was typed and an error summary."""
    page = text(response)
    assert response.status_code == 422
    assert "There is a problem" in page
    assert "<title>" in page
    assert "Error: " in page.split("</title>")[0]
    return page
