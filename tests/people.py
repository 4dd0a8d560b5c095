"""Who tries things: Alice owns, Bob belongs, Charlie must not see, Carol is Customer Success."""

import base64
import os
import time
from typing import cast

import pytest
import time_machine
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.http import HttpRequest
from django.test import Client

from tenants.models import Membership, Tenant, User

from .factories import MembershipFactory, TenantFactory, UserFactory


@pytest.fixture
def northwind(db: None) -> Tenant:
    return cast(Tenant, TenantFactory.create(name="Northwind Logistics", slug="northwind"))


@pytest.fixture
def southgate(db: None) -> Tenant:
    return cast(Tenant, TenantFactory.create(name="Southgate Retail", slug="southgate"))


@pytest.fixture
def alice(northwind: Tenant) -> User:
    membership = MembershipFactory.create(tenant=northwind, user__email="alice@northwind.example")
    return cast(User, membership.user)


@pytest.fixture
def bob(northwind: Tenant) -> User:
    membership = MembershipFactory.create(
        tenant=northwind, user__email="bob@northwind.example", role=Membership.Role.MEMBER
    )
    return cast(User, membership.user)


@pytest.fixture
def charlie(southgate: Tenant) -> User:
    membership = MembershipFactory.create(tenant=southgate, user__email="charlie@southgate.example")
    return cast(User, membership.user)


@pytest.fixture
def carol(db: None) -> User:
    """Staff, with the second factor that the desk asks for."""
    user: User = UserFactory.create(email="carol@appcast.example", is_staff=True, is_superuser=True)
    TOTP.activate(user, base64.b32encode(os.urandom(20)).decode())
    return user


def browser_of(user: User | None, *, confirmed: bool = True) -> Client:
    """Of staff with their second factor shown, or `confirmed` by nothing."""
    client = Client()
    if user:
        client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
    if user and user.is_staff and confirmed:
        confirm_again(client, user)
    return client


def confirm_again(client: Client, user: User, *, ago: float = 0) -> None:
    """As by a second factor, which staff are asked for before what is hard to undo."""
    request = HttpRequest()
    request.session = client.session
    factor = Authenticator.objects.filter(user=user).first()
    with time_machine.travel(time.time() - ago):
        record_authentication(request, user, "mfa", id=factor.pk if factor else None)
    request.session.save()
