"""What tests read of an answered page."""

from html import unescape

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tenants.models import Tenant

STEP_KEYS = ("authorize", "feed", "webhooks", "stages", "policies", "forms", "rehearsal", "go-live")
LIVE = {"HX-Request": "true", "HX-Target": "live"}


def url(name: str, tenant: Tenant, *args: object) -> str:
    return reverse(f"onboarding:{name}", args=[tenant.slug, *args])


def text(response: HttpResponse) -> str:
    return unescape(response.content.decode())


def said(browser: Client, response: HttpResponse) -> str:
    """The page after a POST, which must lead on to one."""
    assert response.status_code == 302, text(response)
    return text(browser.get(response.headers["Location"]))


def refused(response: HttpResponse) -> str:
    """A page with what was typed and an error summary."""
    page = text(response)
    assert response.status_code == 422
    assert "There is a problem" in page
    assert "<title>" in page
    assert "Error: " in page.split("</title>")[0]
    return page
