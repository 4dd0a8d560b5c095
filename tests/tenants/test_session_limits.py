"""A session ends after a long silence, and after a set time whatever its person does; sooner at the desk."""

from collections.abc import Iterator
from datetime import timedelta
from math import ceil

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from tenants import sessions
from tenants.models import User
from tenants.session_limits import CUSTOMERS, STAFF, Limits
from tests.people import browser_of

pytestmark = pytest.mark.django_db
PAGE = "/sessions/"
A_WHILE = timedelta(minutes=10)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-06-01 09:00+00:00", tick=False) as traveller:
        yield traveller


@pytest.fixture(params=["alice", "carol"])
def signed_in(request: pytest.FixtureRequest, clock: object) -> tuple[User, Limits]:
    """A customer; and one of the staff."""
    user = request.getfixturevalue(request.param)
    return user, STAFF if user.is_staff else CUSTOMERS


def visit(browser: Client) -> bool:
    return browser.get(PAGE).status_code == 200


def test_silence_ends_it(clock: time_machine.Traveller, signed_in: tuple[User, Limits]) -> None:
    user, limits = signed_in
    browser, silent = browser_of(user), browser_of(user)
    assert (visit(browser), visit(silent)) == (True, True)
    clock.shift(limits.silence - A_WHILE)
    assert visit(browser)
    clock.shift(A_WHILE * 2)
    assert (visit(browser), visit(silent)) == (True, False)


def test_after_a_set_time_it_is_over_for_the_busiest(
    clock: time_machine.Traveller, signed_in: tuple[User, Limits]
) -> None:
    user, limits = signed_in
    browser = browser_of(user)
    visits = 0
    while visit(browser):
        visits += 1
        clock.shift(limits.silence / 2)
    assert visits == ceil(limits.in_all / (limits.silence / 2))


def test_the_cookie_lasts_as_long_as_the_session(
    clock: time_machine.Traveller, signed_in: tuple[User, Limits]
) -> None:
    user, limits = signed_in
    answer = browser_of(user).get(PAGE)
    assert answer.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == limits.silence.total_seconds()


def test_a_session_is_not_written_for_each_page(clock: time_machine.Traveller, alice: User) -> None:
    browser = browser_of(alice)
    assert visit(browser)
    clock.shift(timedelta(minutes=1))
    assert settings.SESSION_COOKIE_NAME not in browser.get(PAGE).cookies


def test_who_becomes_staff_has_their_limits_at_once(clock: time_machine.Traveller, alice: User) -> None:
    browser = browser_of(alice)
    assert visit(browser)
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    browser.get(PAGE)
    clock.shift(STAFF.silence)
    assert not visit(browser)


def test_a_session_that_ends_with_its_own_press_is_no_error(
    clock: time_machine.Traveller, alice: User
) -> None:
    browser = browser_of(alice)
    assert visit(browser)
    clock.shift(A_WHILE)
    handle = sessions.handle_of(browser.session.session_key or "")
    assert browser.post(PAGE, {"session": handle}).status_code == 302
    assert not visit(browser)


def test_a_page_that_looks_at_no_session_leaves_it_alone(alice: User) -> None:
    answer = browser_of(alice).get("/api/v1/openapi.json")
    assert settings.SESSION_COOKIE_NAME not in answer.cookies
    assert "Cookie" not in answer.get("Vary", "")
