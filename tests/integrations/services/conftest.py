import pytest

from sandbox.server import Server
from tenants.models import Tenant, User
from tests.lever_world import connect

from .customer import Customer


@pytest.fixture
def customer(sandbox: Server, northwind: Tenant, alice: User) -> Customer:
    return Customer(sandbox, northwind, alice, connect(sandbox, northwind, alice))
