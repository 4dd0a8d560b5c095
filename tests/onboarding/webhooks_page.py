"""The webhooks page as a customer uses it, and Lever's deliveries to its addresses."""

from django.test import Client

from onboarding.trail import last_acts
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.webhooks.lever import delivery, post
from webhooks import endpoints
from webhooks.models import WebhookEndpoint

from .pages import said, text, url


def address(tenant: Tenant, kind: str) -> WebhookEndpoint:
    with tenant_scope(tenant.pk):
        return next(it for it in endpoints.of_tenant(tenant) if it.event_kind == kind)


def paste(browser: Client, to: WebhookEndpoint, secret: str) -> str:
    return said(browser, browser.post(url("webhooks_token", to.tenant, to.pk), {"secret": secret}))


def lever_sends(to: WebhookEndpoint, secret: str | None) -> int:
    event = {"application_created": "applicationCreated", "stage_changed": "candidateStageChange"}[
        to.event_kind
    ]
    data = {"opportunityId": "o-1", "applicationId": "a-1"} if event == "applicationCreated" else None
    answer: int = post(to, delivery(data, event=event, secret=secret)).status_code
    return answer


def page_of(browser: Client, tenant: Tenant) -> str:
    return text(browser.get(url("webhooks", tenant)))


def last_act(tenant: Tenant) -> str:
    with tenant_scope(tenant.pk):
        return str(last_acts()["webhooks"])
