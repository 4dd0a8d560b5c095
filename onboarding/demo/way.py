"""The steps that a demo customer takes, each through the service that the screens call."""

import time
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from django.conf import settings

from integrations.models import (
    Application,
    Conversion,
    Delivery,
    Discovery,
    FeedSync,
    FormCheck,
    Pipeline,
    Stage,
)
from integrations.providers import get_provider
from integrations.services import connections, feeds, senders, stages
from integrations.services.stage_tables import read_table
from tenants.models import Membership, Tenant, User
from tenants.scoping import tenant_scope
from webhooks import endpoints
from webhooks.models import WebhookEndpoint

from .. import policies, rehearsals
from ..checklist import checklist
from ..evidence import gather
from ..models.policies import PolicyKind
from . import sandbox

SESSION = "demo"
# A busy machine is slow: only what stands still for so long is given up.
STANDS_STILL_SECONDS = 180
POLL_SECONDS = 0.2


class TooSlowError(Exception):
    """The worker did not come round to it."""


def member(tenant: Tenant, email: str, role: str = Membership.Role.OWNER) -> User:
    user = User.objects.filter(email=email).first() or User.objects.create_user(email)
    with tenant_scope(tenant.pk):
        Membership.objects.get_or_create(tenant=tenant, user=user, defaults={"role": role})
    return user


def authorize(tenant: Tenant, by: User, *, is_sparing: bool = False) -> None:
    url = connections.begin(tenant, by, SESSION, is_sparing=is_sparing)
    answer = parse_qs(urlsplit(sandbox.consent(tenant.slug, url)).query)
    attempt = connections.returned(answer["state"][0], by, SESSION)
    connection = connections.complete(attempt, answer["code"][0])
    until(
        tenant,
        lambda: Discovery.objects.filter(connection=connection, finished_at=None).count(),
        "its account",
    )


def connect_feed(tenant: Tenant, by: User) -> None:
    sandbox.account(tenant.slug, "/feed", {"enabled": True})
    pasted = f"{settings.LEVER_API_URL}/v0/postings/{tenant.slug}?mode=xml"
    feeds.confirm(tenant, feeds.understand(pasted), by)
    until(tenant, lambda: FeedSync.objects.filter(finished_at=None).count(), "its feed")
    until(
        tenant,
        lambda: FormCheck.objects.filter(posting__closed_at=None, status="unchecked").count(),
        "its forms",
    )


def clear_forms(tenant: Tenant) -> None:
    """The customer takes the questions out that Appcast Apply cannot ask."""
    for posting in sandbox.account(tenant.slug)["postings"]:
        if posting["unsupported_types"]:
            sandbox.account(tenant.slug, f"/postings/{posting['id']}/form", {"add_unsupported": False})


def make_webhooks_by_hand(tenant: Tenant, by: User) -> None:
    with tenant_scope(tenant.pk):
        wanted = endpoints.of_tenant(tenant)
    for endpoint in wanted:
        made = sandbox.account(tenant.slug, "/webhooks", _webhook(endpoint))
        endpoints.set_secret(endpoint, made["signatureToken"], by)


def record_stages(tenant: Tenant, by: User) -> None:
    """Pasted as Lever shows them, where we may not read them."""
    pasted = "\n\n".join(
        "\n".join([flow["name"], *(f"{it['text']}: {it['id']}" for it in flow["stages"])])
        for flow in sandbox.account(tenant.slug)["workflows"]
    )
    understood = read_table(pasted, get_provider("lever").clean_stage_id)
    stages.keep_table(tenant.pk, understood.rows, Stage.Origin.PASTED, by)


def confirm_stages(tenant: Tenant, by: User) -> None:
    with tenant_scope(tenant.pk):
        pipelines = list(Pipeline.objects.all())
        decisions = [
            {it.external_id: it.conversion for it in stages.suggestions(pipeline)} for pipeline in pipelines
        ]
    for pipeline, decided in zip(pipelines, decisions, strict=True):
        stages.confirm(pipeline, decided, by)


def state_policies(tenant: Tenant, by: User) -> None:
    site = f"{settings.LEVER_APP_URL}/sites/{tenant.slug}"
    privacy = policies.Statement(PolicyKind.PRIVACY, is_needed=True, links=[("", f"{site}/privacy")])
    policies.state(tenant, privacy, by)
    policies.state(tenant, policies.Statement(PolicyKind.TERMS, is_needed=False), by)


def register_sender(tenant: Tenant) -> None:
    """Appcast Apply may hand in applications for it from now on."""
    secret = senders.issue(tenant, by="demo")
    sandbox.ask(
        "appcast/senders", {"tenant": tenant.slug, "portal_url": settings.PUBLIC_URL, "secret": secret}
    )


def rehearse(tenant: Tenant, by: User) -> None:
    """The recruiter moves the test candidate, as the step asks."""
    application = rehearsals.start(tenant, by).application
    until_delivered(tenant)
    told = sandbox.account(tenant.slug)
    [candidate] = [
        it for it in told["opportunities"] if it["email"] == rehearsals.email_of(application.sender_id)
    ]
    stage = next(it for it in told["stages"] if "screen" in it["text"].lower())
    sandbox.account(tenant.slug, f"/candidates/{candidate['id']}/move", {"stage": stage["id"]})
    reported = {"application": application, "status": Conversion.Status.SENT}
    until(tenant, lambda: 2 - Conversion.objects.filter(**reported).count(), "the reports of its rehearsal")
    # All evidence is much to read over and over.
    until(tenant, lambda: not checklist(gather(tenant)).may_go_live, "its rehearsal")


def take_application(tenant: Tenant) -> None:
    """From Appcast Apply, until it is in Lever."""
    posting = next(it for it in sandbox.account(tenant.slug)["postings"] if it["is_public"])
    sandbox.ask("appcast/applications", {"tenant": tenant.slug, "job_reference": posting["id"]})
    until_delivered(tenant)


def until_delivered(tenant: Tenant) -> None:
    until(
        tenant,
        lambda: Application.objects.exclude(delivery__status=Delivery.Status.DELIVERED).count(),
        "its applications",
    )


def until(tenant: Tenant, count_left: Callable[[], int], what: str) -> None:
    """Raises TooSlowError once none of it was done for a while."""
    left, deadline = -1, 0.0
    while (now_left := _in_scope(tenant, count_left)) > 0:
        if now_left != left:
            left, deadline = now_left, time.monotonic() + STANDS_STILL_SECONDS
        elif time.monotonic() > deadline:
            raise TooSlowError(f"the worker did nothing about {what} for {STANDS_STILL_SECONDS} seconds")
        time.sleep(POLL_SECONDS)


def _in_scope(tenant: Tenant, count: Callable[[], int]) -> int:
    with tenant_scope(tenant.pk):
        return count()


def _webhook(endpoint: WebhookEndpoint) -> dict[str, str]:
    return {"event": endpoints.event_name(endpoint), "url": endpoints.url_of(endpoint)}
