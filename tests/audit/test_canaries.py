"""Words for secrets and for people go all the ways there are, and are looked for where they must not be."""

import base64
import logging
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import redis
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings as django_settings
from django.contrib.sessions.backends.db import SessionStore
from django.core.mail import EmailMultiAlternatives
from django.test import Client

from integrations.models import Application, Delivery
from integrations.services import applications, connections, delivering, grants, pace, senders, work
from integrations.services.resealing import sealed_columns
from integrations.types import EventKind, Grant
from sandbox.server import Server
from tenants import invitations
from tenants.models import Tenant, User
from tenants.scoping import across_tenants, tenant_scope
from tests.audited import Note
from tests.factories import ConnectionFactory, TenantFactory, UserFactory
from tests.integrations.services.customer import Customer
from tests.lever_world import connect, lift_limits
from tests.tenants.database import sql
from tests.tenants.mailed import ask, new_address, new_browser
from tests.webhooks import appcast
from tests.webhooks.lever import SECRET, delivery, post, stage_change
from webhooks import endpoints, processing
from webhooks.models import WebhookEvent

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.audit, pytest.mark.timeout(400)]
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'django_migrations'"
PERSON = re.compile(r"canary-?\d{4}", re.IGNORECASE)
PERSON_IN_HEX = re.compile(b"canary".hex() + "(?:2d)?(?:3[0-9]){4}", re.IGNORECASE)
ANSWERED = {202, 400, 401, 409, 422}


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """All of it, with tracebacks, down to the least line."""
    caplog.set_level(logging.DEBUG)
    return lambda: caplog.text


def dump() -> str:
    """Every row of every table as text, as a stolen copy would show it; sessions are deflated, which hides nothing."""
    with across_tenants("a test takes a dump"):
        tables = [name for (name,) in sql(TABLES)]
        rows = [text for name in tables for (text,) in sql(f'SELECT t::text FROM "{name}" t')]
    sessions = [SessionStore().decode(data) for (data,) in sql("SELECT session_data FROM tenants_session")]
    return "\n".join([*rows, *map(str, sessions)])


def broker() -> str:
    """Every key of Redis with what it holds: messages, counts, what is cached."""
    with redis.from_url(django_settings.REDIS_URL) as client:
        return "\n".join(f"{key!r} {_held(client, key)!r}" for key in client.scan_iter())


def _held(client: Any, key: bytes) -> object:
    read = {
        b"string": client.get,
        b"list": lambda it: client.lrange(it, 0, -1),
        b"hash": client.hgetall,
        b"set": client.smembers,
        b"zset": lambda it: client.zrange(it, 0, -1),
    }
    return read[client.type(key)](key)


def text_of(mails: Iterable[Any]) -> str:
    return "\n".join(
        f"{it.subject}\n{it.body}\n{getattr(it, 'alternatives', '')}\n{it.extra_headers}" for it in mails
    )


def hits(words: Iterable[str], text: str) -> list[str]:
    """Plain, as bytes in a dump, and as base64."""
    forms = {it: (it, it.encode().hex(), base64.b64encode(it.encode()).decode()[:-4]) for it in words}
    return [word for word, them in forms.items() if any(form in text for form in them)]


class Secrets:
    """Tells one tenant after the other its secrets by the ways that the portal has; remembers what was told."""

    def __init__(self, mails: list[EmailMultiAlternatives]) -> None:
        self.kept: list[str] = []
        self.mailed: list[str] = []
        self._mails = mails

    def tell(self, tenant: Tenant) -> None:
        owner = UserFactory.create(email=new_address())
        self.kept += [senders.issue(tenant, owner) for _ in range(2)]
        with tenant_scope(tenant.pk):
            addresses = endpoints.of_tenant(tenant)
        for endpoint in addresses * 2:
            token = secrets.token_hex(24)
            endpoints.set_secret(endpoint, token, owner)
            for secret in (token, secrets.token_hex(24), None):
                post(endpoint, delivery(stage_change(), secret=secret))
            self.kept.append(token)
        self._authorize(tenant, owner)
        self._sign_in(owner)
        invitations.invite(tenant, invitations.Invitee(new_address()), owner)
        self.mailed += re.findall(r"/invitations/([\w-]{20,})/", text_of(self._mails[-1:]))[:1]

    def _authorize(self, tenant: Tenant, owner: User) -> None:
        url = connections.begin(tenant, owner, "session")
        state = re.findall(r"state=([\w-]+)", url)[0]
        tokens = [secrets.token_urlsafe(32) for _ in range(2)]
        connection = ConnectionFactory.create(tenant=tenant)
        with tenant_scope(tenant.pk):
            grants.store(connection, Grant(tokens[0], tokens[1], timedelta(hours=1), frozenset(), ""))
        self.kept += [state, *tokens, connections.returned(state, owner, "session").code_verifier]
        Client().get(f"/oauth/lever/callback/?state={state}&code=x")

    def _sign_in(self, owner: User) -> None:
        secret = base64.b32encode(secrets.token_bytes(20)).decode()
        TOTP.activate(owner, secret)
        self.kept.append(secret)
        browser = new_browser()
        ask(browser, owner.email)
        self.kept.append(browser.session.session_key or "")
        self.mailed += re.findall(r"[B-Z]{4}-[B-Z]{4}", str(self._mails[-1].body))[:1]


def test_no_secret_lies_in_plain_where_it_does_not_belong(
    many: Callable[[int, int], int],
    note: Note,
    logged: Callable[[], str],
    mailoutbox: list[EmailMultiAlternatives],
) -> None:
    told = Secrets(mailoutbox)
    for _ in range(many(11, 2)):
        told.tell(TenantFactory.create())
    assert len(told.kept) + len(told.mailed) >= many(210, 40)
    places = {"database": dump(), "broker": broker(), "logs": logged()}
    for place, text in places.items():
        found = hits([*told.kept, *told.mailed], text)
        note(f"canary secrets, in plain in the {place}", len(told.kept) + len(told.mailed), len(found))
    note("canary secrets, in plain in mails", len(told.kept), len(hits(told.kept, text_of(mailoutbox))))


def person(number: int) -> dict[str, Any]:
    word = f"canary{number:04}"
    return {
        "first_name": word.title(),
        "last_name": word.upper(),
        "email": f"{word}@mail.example",
        "phone": f"+1 202 {word}",
        "cover_letter": f"I am {word}",
    }


def apply(customer: Customer, number: int, secret: str, **more: Any) -> int:
    body = customer.body(applicant=person(number), **more)
    signature = appcast.header(body, secret if number % 10 else "another secret")
    return int(appcast.send(body, signature=signature).status_code)


def seen(text: str) -> int:
    return len({it.lower() for it in PERSON.findall(text) + PERSON_IN_HEX.findall(text)})


def opened() -> str:
    """What the sealed columns hold: after an erasure nothing of a person may be there either."""
    with across_tenants("a test opens everything"):
        return "\n".join(
            str(getattr(row, str(column.attname)))
            for model, column in sealed_columns()
            for row in model._default_manager.all()
        )


def hear_of_all(tenant: Tenant, owner: User) -> int:
    """Of each that was delivered a webhook that says more than it has to."""
    with tenant_scope(tenant.pk):
        endpoint = next(
            it for it in endpoints.of_tenant(tenant) if it.event_kind == EventKind.APPLICATION_CREATED
        )
        named = Application.objects.exclude(external_id="").values_list("external_id", flat=True)
        told = [stage_change(applicationId=it, name=f"canary{number:04}") for number, it in enumerate(named)]
    endpoints.set_secret(endpoint, SECRET, owner)
    answers = [post(endpoint, delivery(it, event="applicationCreated")).status_code for it in told]
    while work.is_any_due(WebhookEvent, tenant.pk):  # a turn takes a second at most
        processing.process_due(tenant.pk)
    return answers.count(200)


def test_no_applicant_shows_outside_their_sealed_application_and_none_is_left_after_erasure(
    sandbox: Server,
    northwind: Tenant,
    alice: User,
    many: Callable[[int, int], int],
    note: Note,
    logged: Callable[[], str],
    mailoutbox: list[EmailMultiAlternatives],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("STARTS", "POSTS"):
        monkeypatch.setattr(pace, name, replace(getattr(pace, name), pitch=timedelta()))
    monkeypatch.setattr(pace, "slow_down", lambda *_: None)
    monkeypatch.setattr(delivering, "TURN_SECONDS", 600.0)
    customer = Customer(sandbox, northwind, alice, connect(sandbox, northwind, alice))
    lift_limits(sandbox)
    secret, count = senders.issue(northwind, alice), many(100, 8)
    statuses = [apply(customer, number, secret) for number in range(count)]
    customer.order("400", path_prefix="/v1/postings", method="POST", times_left=1)
    customer.order("lose_answer", path_prefix="/v1/postings", method="POST", times_left=1)
    delivering.take_turn()
    assert not work.is_any_due(Delivery, northwind.pk)
    assert hear_of_all(northwind, alice)
    assert set(statuses) <= ANSWERED
    assert statuses.count(202) >= count * 8 // 10
    assert "canary0001" in opened().lower(), "there was something to be found"
    answers = Client().get("/api/v1/tenants/northwind/applications").content.decode()
    places = {"database": dump(), "broker": broker(), "logs": logged(), "mails": text_of(mailoutbox)}
    for place, text in {**places, "answers": answers}.items():
        note(f"canary applicants, in plain in the {place}", count, seen(text))
    with across_tenants("a test erases"):
        rows = list(Application.objects.all())
    for row in rows:
        applications.erase(row, reason="test")
    left = [dump(), opened(), broker(), logged(), text_of(mailoutbox)]
    note("canary applicants, found after erasure, sealed values opened", count, seen("\n".join(left)))
