"""A passkey signs in by itself, and is both factors at the desk; another's, another site's or an old answer is none."""

from typing import Any
from urllib.parse import urlencode

import pytest
from allauth.mfa.models import Authenticator
from django.core.mail import EmailMessage
from django.test import Client

from tenants.models import User
from tests.factories import UserFactory
from tests.people import browser_of, confirm_again

from .mailed import code_in, new_address, new_browser
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


def test_the_desk_asks_for_a_passkey_until_there_is_one(dora: User, carol: User) -> None:
    assert "Add a passkey" in browser_of(carol).get(DESK).content.decode()
    browser = browser_of(dora)
    added(browser, Passkey())
    assert "Add a passkey" not in browser.get(DESK).content.decode()


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
    of_member = browser_of(member)
    confirm_again(of_member, member)
    added(of_member, own)
    browser = new_browser()
    assert not is_let_in(browser, own.signs(options_for(browser), owner=owner))


@pytest.mark.parametrize("page", [ADD, "/accounts/2fa/totp/activate/"])
def test_who_adds_a_first_factor_proves_by_a_code_who_they_are(
    page: str, mailoutbox: list[EmailMessage]
) -> None:
    """Whoever finds a browser open gets no way in that lasts."""
    member = UserFactory.create(email=new_address())
    browser = browser_of(member)
    browser.defaults["REMOTE_ADDR"] = new_browser().defaults["REMOTE_ADDR"]
    for answer in (browser.get(page), browser.post(page, {})):
        assert answer["Location"] == f"/fresh-code/?{urlencode({'next': page})}"
    question = browser.get(answer["Location"])
    sent = browser.post(question.request["PATH_INFO"], {"next": question.context["target"]})
    came_back = browser.post(sent["Location"], {"code": code_in(mailoutbox[-1])})
    assert came_back["Location"] == page
    assert browser.get(page).status_code == 200


def test_a_fresh_code_leads_to_no_other_site(alice: User) -> None:
    page = browser_of(alice).get("/fresh-code/?next=https://evil.example/")
    assert page.context["target"] == "/accounts/2fa/"


def test_a_key_made_for_another_site_opens_nothing(dora: User) -> None:
    browser = browser_of(dora)
    elsewhere = Passkey("evil.example")
    options = browser.get(ADD).context["js_data"]["creation_options"]
    answer = browser.post(ADD, {"name": "Phone", "credential": elsewhere.registers(options)})
    assert answer.status_code == 200
    assert not Authenticator.objects.filter(user=dora).exists()
