"""No page, answer or address gives one tenant anything of another: no word, no id, not even that it exists."""

import json
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from integrations.models import Application, AuthorizationAttempt, Posting
from integrations.services import connections
from sandbox.appcast.applications import build_application
from sandbox.appcast.signature import HEADER, sign
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope

from .tenants.belongings import Rows, canary, owned_models, secret
from .tenants.database import sql
from .tenants.pages import seen
from .tenants.world import World, passing_world, path_of, routes, undone

pytestmark = pytest.mark.audit
NOBODY = "nobody-here"
TENANT_ROUTES = [it for it in routes() if "<slug:slug>" in it]
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
NO_ROWS = {"slug", "step_key"}
ROUTES_WITH_IDS = [it for it in TENANT_ROUTES if set(PARAMETER.findall(it)) - NO_ROWS]
OPEN_ROUTES = [it for it in routes() if not it.startswith("admin/")]
METHODS = ("GET", "POST")
by_method = pytest.mark.parametrize("method", METHODS)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with django_db_blocker.unblock(), passing_world() as world:
        yield world


def absent(value: Any) -> Any:
    """An id of this kind that no row has."""
    return uuid.uuid4() if isinstance(value, uuid.UUID) else 999_999_999


def swapped_and_absent(world: World, route: str) -> tuple[str, str]:
    """Southgate's own address with the ids of Northwind's rows, and with ids of none."""
    own, foreign = (world.arguments(route, tenant) for tenant in (world.southgate, world.northwind))
    ids = set(PARAMETER.findall(route)) - NO_ROWS
    return (
        path_of(route, {**own, **{name: foreign[name] for name in ids}}),
        path_of(route, {**own, **{name: absent(foreign[name]) for name in ids}}),
    )


def everything_of(tenant: Tenant) -> list[tuple[Any, ...]]:
    with tenant_scope(tenant.pk):
        return [
            row
            for model in owned_models()
            for row in sql(f'SELECT t::text FROM "{model._meta.db_table}" t ORDER BY 1')
        ]


@by_method
@pytest.mark.parametrize("role", ["anonymous", "foreign", "removed", "desk"])
@pytest.mark.parametrize("route", TENANT_ROUTES)
def test_a_tenants_address_answers_strangers_as_one_that_does_not_exist(
    world: World, route: str, role: str, method: str
) -> None:
    there = world.path(route)
    nowhere = there.replace("northwind", NOBODY)
    assert seen(world.ask(role, method, there), there) == seen(world.ask(role, method, nowhere), nowhere)


@by_method
@pytest.mark.parametrize("route", ROUTES_WITH_IDS)
def test_an_id_of_another_tenants_row_is_an_id_of_none(world: World, route: str, method: str) -> None:
    swapped, absent_one = swapped_and_absent(world, route)
    answer = world.ask("foreign", method, swapped)
    assert answer.status_code in {401, 404, 405}
    assert seen(answer, swapped) == seen(world.ask("foreign", method, absent_one), absent_one)


def test_no_request_of_a_stranger_changes_a_row(world: World) -> None:
    with undone():
        before = everything_of(world.northwind)
        for method in METHODS:
            for route in TENANT_ROUTES:
                world.act("foreign", method, world.path(route))
            for route in ROUTES_WITH_IDS:
                world.act("foreign", method, swapped_and_absent(world, route)[0])
        assert everything_of(world.northwind) == before


@pytest.mark.parametrize(
    ("role", "own", "other"), [("owner", "northwind", "southgate"), ("foreign", "southgate", "northwind")]
)
def test_no_page_of_a_tenant_says_a_word_of_another(world: World, role: str, own: str, other: str) -> None:
    pages = [
        world.ask(role, method, world.path(route, getattr(world, own))).whole.decode()
        for route in OPEN_ROUTES
        for method in ("GET", "POST")
    ]
    assert sum(canary(getattr(world, own)) in page for page in pages) >= len(OPEN_ROUTES) / 4
    for word in (other, *marks(world.rows[getattr(world, other).pk])):
        assert not any(word in page for page in pages)


def marks(rows: Rows) -> set[str]:
    """What names a row beyond doubt: its id, if that is one of a kind, and its key."""
    ids = {str(row.pk) for row in rows.values() if isinstance(row.pk, uuid.UUID)}
    return ids | {row.key for row in rows.values() if hasattr(row, "key")}


@pytest.mark.parametrize(("role", "pages"), [("owner", OPEN_ROUTES), ("desk", list(routes()))])
def test_no_page_shows_a_kept_secret(world: World, role: str, pages: list[str]) -> None:
    for route in pages:
        page = world.ask(role, "GET", world.path(route)).whole.decode()
        assert not any(secret(it) in page for it in (world.northwind, world.southgate)), route


def signed(world: World, method: str, path: str, body: bytes = b"", by: Tenant | None = None) -> Any:
    signature = sign(secret(by or world.southgate), body)
    more = {"data": body, "content_type": "application/json"} if body else {}
    return world.ask("anonymous", method, path, headers={HEADER: signature}, **more)


def test_a_senders_signature_opens_its_own_tenant_alone(world: World) -> None:
    own = f"/api/v1/tenants/southgate/applications/{world.rows[world.southgate.pk][Application].sender_id}"
    assert signed(world, "GET", own).status_code == 200
    assert signed(world, "GET", own, by=world.northwind).status_code == 401
    elsewhere = signed(world, "GET", own.replace("southgate", "northwind"))
    nowhere = signed(world, "GET", own.replace("southgate", NOBODY))
    assert elsewhere.status_code == 401
    assert seen(elsewhere) == seen(nowhere)


def test_another_tenants_application_is_unknown_to_a_sender(world: World) -> None:
    base = "/api/v1/tenants/southgate/applications"
    foreign = signed(world, "GET", f"{base}/{world.rows[world.northwind.pk][Application].sender_id}")
    assert foreign.status_code == 404
    assert seen(foreign) == seen(signed(world, "GET", f"{base}/{uuid.uuid4()}"))


def test_another_tenants_job_is_unknown_to_a_sender(world: World) -> None:
    answers = [
        signed(world, "POST", "/api/v1/tenants/southgate/applications", application_to(reference))
        for reference in (world.rows[world.northwind.pk][Posting].external_id, str(uuid.uuid4()))
    ]
    assert [it.status_code for it in answers] == [404, 404]
    assert seen(answers[0]) == seen(answers[1])


def application_to(reference: str) -> bytes:
    return json.dumps(build_application(reference, None, {}, None, True, {})).encode()


def test_another_persons_way_back_from_lever_is_unknown(world: World) -> None:
    alice = world.people["owner"]
    assert isinstance(alice, User)
    with undone():
        url = connections.begin(world.northwind, alice, world.browsers["owner"].session.session_key or "")
        state = re.search(r"state=([\w-]+)", url)
        assert state
        callback = "/oauth/lever/callback/?code=code&state="
        before = everything_of(world.northwind)
        answers = [world.act("foreign", "GET", callback + it) for it in (state[1], "unknown-state")]
        assert [it.status_code for it in answers] == [400, 400]
        assert seen(answers[0]) == seen(answers[1])
        assert everything_of(world.northwind) == before
        assert AuthorizationAttempt in owned_models()
