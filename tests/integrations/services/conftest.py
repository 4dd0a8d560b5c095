import time
from collections.abc import Iterator

import pytest
from celery import current_app
from django.core.cache import cache

from integrations.models import Delivery
from integrations.services import deliveries, delivering
from sandbox.server import Server
from tenants.models import Tenant, User
from tests.factories import ConnectionFactory
from tests.lever_world import connect

from .board import confirmed
from .customer import Customer
from .queued import end


@pytest.fixture
def customer(sandbox: Server, northwind: Tenant, alice: User) -> Customer:
    return Customer(sandbox, northwind, alice, connect(sandbox, northwind, alice))


@pytest.fixture
def new_crew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(delivering, "crew", delivering.Crew())
    yield
    cache.clear()


@pytest.fixture
def tenant() -> Tenant:
    tenant: Tenant = ConnectionFactory.create().tenant
    return tenant


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks for which a message was sent."""
    sent: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda task, args: sent.append(task))
    return sent


@pytest.fixture
def one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn is over after one look."""
    monkeypatch.setattr(delivering, "TURN_SECONDS", 0.0)


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When each was begun that came to Lever, which took all."""
    moments: list[float] = []

    def attempt(delivery: Delivery, _: object) -> bool:
        moments.append(time.monotonic())
        end(delivery)
        return True

    monkeypatch.setattr(deliveries, "attempt", attempt)
    return moments


@pytest.fixture
def board(customer: Customer) -> Customer:
    """With a switched-on feed that was read once."""
    customer.account.is_feed_on = True
    confirmed(customer)
    return customer
