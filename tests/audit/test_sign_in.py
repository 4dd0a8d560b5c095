"""Whoever guesses at codes, and whoever asks which addresses have an account."""

import time
from collections.abc import Callable
from statistics import NormalDist, mean, median, variance

import pytest
from allauth.account.forms import compare_user_code
from django.core.mail import EmailMessage

from tests.audited import Note
from tests.factories import UserFactory
from tests.tenants.crowds import all_at_once
from tests.tenants.mailed import ask, guess, new_address, new_browser

pytestmark = [pytest.mark.audit, pytest.mark.timeout(400)]
EVALUATED = 3


@pytest.mark.django_db(transaction=True)
def test_of_many_guesses_at_one_code_three_are_evaluated(
    many: Callable[[int, int], int], note: Note, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluated: list[str] = []

    def compare(*, actual: str, expected: str) -> bool:
        evaluated.append(actual)
        return bool(compare_user_code(actual=actual, expected=expected))

    monkeypatch.setattr("allauth.account.forms.compare_user_code", compare)
    browser, count = new_browser(), many(500, 60)
    ask(browser, UserFactory.create(email=new_address()).email)

    def guess_too(number: int) -> None:
        twin = new_browser()
        twin.cookies = browser.cookies
        guess(twin, f"BBBB-{number:04}")

    all_at_once(guess_too, range(count))
    note("parallel guesses at one code, evaluated", count, len(evaluated), most=EVALUATED)


@pytest.mark.django_db
def test_an_address_with_an_account_answers_as_one_without(
    many: Callable[[int, int], int], note: Note, mailoutbox: list[EmailMessage]
) -> None:
    """In status, length and time: pairs in turns, so that what else the machine does falls on both alike."""
    pairs = many(1000, 12)
    known = [UserFactory.create(email=new_address()).email for _ in range(pairs)]
    shapes: set[tuple[int, str, int]] = set()
    seconds: tuple[list[float], list[float]] = ([], [])
    for pair in range(-4, pairs):
        for is_known in (True, False) if pair % 2 else (False, True):
            email = known[pair] if is_known else new_address()
            browser, began = new_browser(), time.perf_counter()
            answer = ask(browser, email)
            if pair >= 0:
                seconds[is_known].append(time.perf_counter() - began)
                shapes.add((answer.status_code, answer.headers.get("Location", ""), len(answer.content)))
        mailoutbox.clear()
    note("requests of a code, kinds of answers beyond the one", 2 * pairs, len(shapes) - 1)
    if pairs >= 1000:
        unknown, of_known = seconds
        print(f"median {median(of_known) * 1000:.2f} ms known, {median(unknown) * 1000:.2f} ms unknown")
        note(
            "requests of a code, told apart by their time (p < 0.001)",
            2 * pairs,
            int(differ(of_known, unknown)),
        )


def differ(some: list[float], others: list[float]) -> bool:
    """By Welch's test on what is left without the slowest twentieth, which is the machine's noise."""
    a, b = (sorted(it)[: len(it) * 19 // 20] for it in (some, others))
    error = (variance(a) / len(a) + variance(b) / len(b)) ** 0.5
    return 2 * (1 - NormalDist().cdf(abs(mean(a) - mean(b)) / error)) < 0.001
