"""Signing in by a mailed code: three guesses a code, however many come at once, and no word on who has an account."""

import time
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
import time_machine
from allauth.account.forms import compare_user_code
from allauth.account.models import EmailAddress
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone

from tenants.models import SignInCode, User
from tests.factories import UserFactory

from .crowds import all_at_once
from .mailed import ASK, CONFIRM, another_of, ask, code_in, guess, new_address, new_browser
from .pages import seen

pytestmark = pytest.mark.django_db
WRONG = "BBBB-BBBB"


@pytest.fixture
def kim() -> User:
    user: User = UserFactory.create(email=new_address())
    return user


def is_signed_in(browser: Client) -> bool:
    return browser.get("/").status_code == HTTPStatus.OK


def test_the_code_that_was_mailed_signs_in_and_only_in_the_browser_that_asked(
    kim: User, mailoutbox: list[EmailMessage]
) -> None:
    browser, another = new_browser(), new_browser()
    ask(browser, kim.email.upper())
    ask(another, new_address())
    guess(another, code_in(mailoutbox[0]))
    assert not is_signed_in(another)
    guess(browser, code_in(mailoutbox[0]).replace("-", "").lower())
    assert is_signed_in(browser)
    assert not EmailAddress.objects.exists()


def test_the_sign_in_page_mails_a_code_too_and_takes_no_password(
    kim: User, mailoutbox: list[EmailMessage]
) -> None:
    kim.set_password("a password that somebody planted")
    kim.save()
    browser = new_browser()
    answer = browser.post(
        "/accounts/login/", {"login": kim.email, "password": "a password that somebody planted"}
    )
    assert answer["Location"] == CONFIRM
    assert not is_signed_in(browser)
    guess(browser, code_in(mailoutbox[0]))
    assert is_signed_in(browser)


def test_the_right_code_after_three_wrong_ones_does_not_sign_in(
    kim: User, mailoutbox: list[EmailMessage]
) -> None:
    browser = new_browser()
    ask(browser, kim.email)
    for _ in range(3):
        guess(browser, WRONG)
    assert guess(browser, code_in(mailoutbox[0]))["Location"] == ASK
    assert not is_signed_in(browser)


def test_the_right_code_after_two_wrong_ones_signs_in(kim: User, mailoutbox: list[EmailMessage]) -> None:
    browser = new_browser()
    ask(browser, kim.email)
    for code in (WRONG, WRONG, code_in(mailoutbox[0])):
        guess(browser, code)
    assert is_signed_in(browser)


@pytest.mark.django_db(transaction=True)
def test_of_many_guesses_at_once_three_are_looked_at(
    kim: User, mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[str] = []

    def compare(*, actual: str, expected: str) -> bool:
        looked_at.append(actual)
        return bool(compare_user_code(actual=actual, expected=expected))

    monkeypatch.setattr("allauth.account.forms.compare_user_code", compare)
    browser = new_browser()
    ask(browser, kim.email)

    def guess_too(number: int) -> int:
        twin = new_browser()
        twin.cookies = browser.cookies
        return guess(twin, f"BBBB-{number:04}").status_code

    answers = all_at_once(guess_too, range(80))
    assert len(looked_at) == 3
    assert set(answers) <= {HTTPStatus.OK, HTTPStatus.FOUND}
    guess(browser, code_in(mailoutbox[0]))
    assert not is_signed_in(browser)


def test_a_new_code_has_three_guesses_of_its_own_and_ends_the_one_before(
    kim: User, mailoutbox: list[EmailMessage]
) -> None:
    browser = new_browser()
    ask(browser, kim.email)
    guess(browser, WRONG)
    browser.post("/accounts/logout/")  # the page's button to start again
    ask(browser, kim.email)
    first, second = map(code_in, mailoutbox)
    for code in (first, WRONG):
        guess(browser, code)
        assert not is_signed_in(browser)
    guess(browser, second)
    assert is_signed_in(browser)


@pytest.mark.parametrize(("seconds", "opens"), [(170, True), (190, False)])
def test_a_code_is_good_for_three_minutes(
    kim: User, mailoutbox: list[EmailMessage], seconds: int, opens: bool
) -> None:
    browser = new_browser()
    ask(browser, kim.email)
    with time_machine.travel(time.time() + seconds):
        guess(browser, code_in(mailoutbox[0]))
        assert is_signed_in(browser) is opens


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize("page", [ASK, "/accounts/login/"])
def test_an_address_with_an_account_looks_like_one_without(
    kim: User, mailoutbox: list[EmailMessage], is_known: bool, page: str
) -> None:
    off = UserFactory.create(email=new_address(), is_active=False)
    other = off.email if is_known else new_address()
    assert what_is_seen(page, kim.email) == what_is_seen(page, other)
    assert [mail.to for mail in mailoutbox[:: len(mailoutbox) - 1]] == [[kim.email], [other]]


def what_is_seen(page: str, email: str) -> list[Any]:
    """From the request to the fourth request within a minute, which is one too many."""
    browser, words = new_browser(), (email, email.replace("@", "%40"))
    field = "email" if page == ASK else "login"
    answers: list[Any] = [browser.post(page, {field: email}), browser.get(CONFIRM)]
    answers += [guess(browser, WRONG) for _ in range(4)]
    answers += [browser.post(page, {field: email}) for _ in range(3)]
    return [seen(answer, *words) for answer in answers]


@pytest.mark.parametrize("page", ["/accounts/login/code/", "/accounts/login/"])
def test_the_fourth_code_within_a_minute_is_not_sent(
    kim: User, mailoutbox: list[EmailMessage], page: str
) -> None:
    browser, given = new_browser(), {"email": kim.email, "login": kim.email}
    answers = [another_of(browser).post(page, given) for _ in range(4)]
    assert [it.status_code for it in answers] == [302, 302, 302, 200]
    assert len(mailoutbox) == 3


def test_a_machine_asks_for_ten_codes_an_hour(kim: User, mailoutbox: list[EmailMessage]) -> None:
    browser = new_browser()
    for minute in range(12):
        with time_machine.travel(time.time() + 61 * minute):
            answer = ask(another_of(browser), kim.email)
    assert len(mailoutbox) == 10
    assert "Too many codes were asked for" in answer.content.decode()


def test_a_stranger_spends_nobody_elses_codes(kim: User, mailoutbox: list[EmailMessage]) -> None:
    stranger, browser = new_browser(), new_browser()
    assert [ask(another_of(stranger), kim.email).status_code for _ in range(4)][-1] == 200
    ask(browser, kim.email)
    guess(browser, code_in(mailoutbox[-1]))
    assert is_signed_in(browser)


def test_a_mailbox_gets_thirty_codes_an_hour_whoever_asks(kim: User, mailoutbox: list[EmailMessage]) -> None:
    answers = [ask(new_browser(), kim.email).status_code for _ in range(32)]
    assert answers == [302] * 30 + [200] * 2
    assert len(mailoutbox) == 30


def test_counts_of_old_codes_are_forgotten(kim: User) -> None:
    old = SignInCode.objects.create(key="old")
    SignInCode.objects.update(asked_at=timezone.now() - timedelta(hours=2))
    browser = new_browser()
    ask(browser, kim.email)
    guess(browser, WRONG)
    [kept] = SignInCode.objects.all()
    assert kept.key != old.key
    assert str(kept).startswith("1 guesses since")
