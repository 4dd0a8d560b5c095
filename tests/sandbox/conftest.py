"""A world of its own for every test, its web application, and the data API of one account."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pytest_httpserver import HTTPServer

from sandbox.app import create_app
from sandbox.server import Server
from sandbox.settings import Settings
from sandbox.world import World
from sandbox.world.account import Account
from sandbox.world.posting import Posting
from tests.sandbox.customer import Api, Control, get_tokens
from tests.sandbox.receiver import Receiver


@pytest.fixture
def settings() -> Settings:
    """A test that wants others parametrizes them."""
    return Settings(retry_scale=0, totp_secrets=(("carol@appcast.example", "JBSWY3DPEHPK3PXP"),))


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    world = World(settings)
    yield world
    world.close()


@pytest.fixture(scope="session")
def app() -> Flask:
    return create_app(World(Settings()))


@pytest.fixture
def client(app: Flask, world: World) -> FlaskClient:
    app.extensions["world"] = world
    return app.test_client()


@pytest.fixture
def server(world: World) -> Iterator[Server]:
    """For what shows only over a real connection."""
    with Server(world) as server:
        yield server


@pytest.fixture
def receiver(httpserver: HTTPServer) -> Receiver:
    """The portal's end of a webhook."""
    return Receiver(httpserver)


@pytest.fixture
def control(client: FlaskClient) -> Control:
    return Control(client)


@pytest.fixture
def key(control: Control, receiver: Receiver) -> str:
    """The signature token of a webhook for stage changes, made as the customer's guide says."""
    made = control.post("/webhooks", event="candidateStageChange", url=receiver.url).get_json()
    return str(made["signatureToken"])


@pytest.fixture
def account(world: World) -> Account:
    return world.accounts["meridian"]


@pytest.fixture
def api(client: FlaskClient) -> Api:
    return Api(client, get_tokens(client)["access_token"])


@pytest.fixture
def posting(account: Account) -> Posting:
    """Published, with questions of every supported type, no resume required."""
    return next(
        it
        for it in account.postings.values()
        if it.is_public
        and it.form["customQuestions"]
        and len(it.form["customQuestions"][0]["fields"]) == 8
        and not it.form["personalInformation"][5]["required"]
    )
