"""A passkey signs in by itself, and is both factors at the desk; another's, another site's or an old answer is none."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from tenants.models import User
from tests.factories import UserFactory
from tests.people import browser_of

from .mailed import new_address, new_browser
from .passkey import Passkey

pytestmark = pytest.mark.django_db
ADD, LOGIN, DESK = "/accounts/2fa/webauthn/add/", "/accounts/2fa/webauthn/login/", "/admin/"


@pytest.fixture
def dora(db: None) -> User:
    user: User = UserFactory.create(email=new_address(), is_staff=True, is_superuser=True)
    return user


def added(browser: Client, passkey: Passkey) -> Passkey:
    options = browser.get(ADD).context["js_data"]["creation_options"]
    answer = browser.post(
        ADD, {"name": "Phone", "passwordless": "on", "credential": passkey.registers(options)}
    )
    assert answer.status_code == 302
    return passkey


def options_for(browser: Client) -> Any:
    return browser.get(
        LOGIN, headers={"Accept": "application/json", "X-Requested-With": "XMLHttpRequest"}
    ).json()["request_options"]


def is_let_in(browser: Client, credential: str) -> bool:
    browser.post(LOGIN, {"credential": credential})
    return browser.get(DESK).status_code == 200


def test_a_passkey_alone_opens_the_desk(dora: User) -> None:
    passkey = added(browser_of(dora), Passkey())
    assert Authenticator.objects.filter(user=dora, type="webauthn").count() == 1
    browser = new_browser()
    assert is_let_in(browser, passkey.signs(options_for(browser)))


def test_an_answer_counts_once_and_for_its_own_question(dora: User) -> None:
    passkey = added(browser_of(dora), Passkey())
    browser = new_browser()
    answer = passkey.signs(options_for(browser))
    other = new_browser()
    options_for(other)
    assert not is_let_in(other, answer)
    assert is_let_in(browser, answer)
    browser.post("/accounts/logout/")
    options_for(browser)
    assert not is_let_in(browser, answer)


def test_a_key_that_nobody_added_opens_nothing(dora: User) -> None:
    owner = added(browser_of(dora), Passkey()).owner
    browser = new_browser()
    assert not is_let_in(browser, Passkey().signs(options_for(browser), owner=owner))


def test_one_persons_key_does_not_open_anothers_account(dora: User) -> None:
    owner = added(browser_of(dora), Passkey()).owner
    own = Passkey()
    member = UserFactory.create(email=new_address())
    added(browser_of(member), own)
    browser = new_browser()
    assert not is_let_in(browser, own.signs(options_for(browser), owner=owner))


def test_a_key_made_for_another_site_opens_nothing(dora: User) -> None:
    browser = browser_of(dora)
    elsewhere = Passkey("evil.example")
    options = browser.get(ADD).context["js_data"]["creation_options"]
    answer = browser.post(ADD, {"name": "Phone", "credential": elsewhere.registers(options)})
    assert answer.status_code == 200
    assert not Authenticator.objects.filter(user=dora).exists()
