"""The sandbox over HTTP, as all of Lever and Appcast, and a worker that tests drive step by step."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.conf import settings
from django.db.models.functions import Now
from django.utils.module_loading import import_string
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from integrations.models import Work
from integrations.services import connections, pace, turns, work
from sandbox.oauth import consent
from sandbox.server import Server
from sandbox.settings import Settings as SandboxSettings
from sandbox.world import World
from sandbox.world.account import Account
from tenants.models import Tenant, User
from tenants.scoping import across_tenants

MOST_ROUNDS = 50
MANY = 100_000


@pytest.fixture
def sandbox(settings: Settings, db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A world of this test alone. `sandbox.world` is what it remembers. Forms are read one after the other at once."""
    monkeypatch.setattr(pace, "FORMS", replace(pace.FORMS, pitch=timedelta()))
    callback = f"{settings.PUBLIC_URL}/oauth/lever/callback/"
    world = World(
        SandboxSettings(
            client_id=settings.LEVER_CLIENT_ID,
            client_secret=settings.LEVER_CLIENT_SECRET,
            redirect_uris=(callback,),
            conversions_secret=settings.APPCAST_CONVERSIONS_SECRET,
            retry_scale=0,
        )
    )
    with Server(world) as server:
        settings.LEVER_AUTH_URL = settings.LEVER_API_URL = settings.LEVER_APP_URL = server.url
        settings.OUTGOING_TRUSTED_ORIGINS = [server.url]
        settings.APPCAST_CONVERSIONS_URL = f"{server.url}/appcast/conversions"
        yield server


@pytest.fixture
def portal(live_server: LiveServer, settings: Settings) -> LiveServer:
    """The portal over HTTP: what Lever's webhooks and Appcast Apply reach. Ask for it before `sandbox`."""
    settings.PUBLIC_URL = live_server.url
    return live_server


def connect(
    server: Server, tenant: Tenant, by: User, key: str = "northwind", *, is_sparing: bool = False
) -> Account:
    """The Super Admin of the sandbox's account consents to what is asked: settings.LEVER_SCOPES, or the needed ones."""
    account = server.world.accounts[key]
    url = connections.begin(tenant, by, "session", is_sparing=is_sparing)
    query = dict(parse_qsl(urlsplit(url).query))
    # The portal may have got its address after the sandbox was made.
    registered = replace(server.world.settings, redirect_uris=(connections.redirect_uri("lever"),))
    asked = consent.read_request(query, registered)
    code = consent.accept(server.world, account, account.admin, asked).rpartition("code=")[2]
    connections.complete(connections.returned(asked.state, by, "session"), code)
    return account


def lift_limits(sandbox: Server) -> None:
    """Reading all forms at once spends Lever's calls of a second, and what follows would wait for new ones."""
    for token in sandbox.world.grants.access_tokens.values():
        token.bucket.per_second = token.bucket.burst = MANY


def work_off(*models: type[Work]) -> None:
    """What a worker does: every due row, by the task that its message would name, until none is due."""
    for _ in range(MOST_ROUNDS):
        due = list(_due(models or tuple(work.work_models())))
        if not due:
            return
        for task, whom in due:
            import_string(task)(*map(str, whom))
    raise AssertionError(f"Still due after {MOST_ROUNDS} rounds: {due}")


def make_due(model: type[Work], **only: Any) -> None:
    """Time is moved for rows that wait: PostgreSQL's clock alone decides, so the rows move instead."""
    with across_tenants("a test moves the time"):
        waiting = model._default_manager.filter(next_attempt_at__isnull=False, **only)
        waiting.update(next_attempt_at=Now(), leased_until=None)
        tenants = list(Tenant.objects.all())
    for tenant in tenants:
        for other_side in (f"ats:{tenant.pk}", tenant.conversions_url or settings.APPCAST_CONVERSIONS_URL):
            turns.forget_trouble(other_side)


def _due(models: tuple[type[Work], ...]) -> Iterator[tuple[str, tuple[object, ...]]]:
    with across_tenants("a test's worker"):
        for model in models:
            yield from {(model.task, tuple(it.whom)) for it in work._due(model)}
