"""Whoever guesses at codes, and whoever asks which addresses have an account."""

import time
from collections.abc import Callable, Iterator
from statistics import NormalDist, mean, median, variance
from typing import Any
from urllib.parse import urlencode

import pytest
from allauth.account.forms import compare_user_code
from django.core.handlers.wsgi import WSGIHandler
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from config.serving.answering import Answering
from config.serving.receiving import Receiver
from tests import server
from tests.audited import Note
from tests.factories import UserFactory
from tests.server import own_thread, run
from tests.tenants.crowds import all_at_once
from tests.tenants.mailed import ASK, ask, guess, new_address, new_browser

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
    assert len(evaluated) >= EVALUATED, "they were guesses at that code"
    note("parallel guesses at one code, evaluated", count, len(evaluated), most=EVALUATED)


class Portal(WSGIHandler):
    """As the server calls it, but for the tokens against forged forms."""

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
        return super().get_response(request)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Answering]:
    """An answer that is timed takes less than in truth, but longer than the work."""
    monkeypatch.setattr("tenants.even.ASKING_TAKES", 0.06)
    monkeypatch.setattr("tenants.even.LEEWAY", 0.02)
    with own_thread() as thread:
        yield Answering(Portal(), thread, Receiver())


def asked(portal: Answering, email: str) -> tuple[float, tuple[int, str, int]]:
    """How long it took, and status, target and length of the answer."""
    body = urlencode({"email": email}).encode()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    client = str(new_browser().defaults["REMOTE_ADDR"])
    began = time.perf_counter()
    status, headers, text = run(server.ask(portal, ASK, body, headers=form, client=client))
    return time.perf_counter() - began, (status, headers.get("location", ""), len(text))


@pytest.mark.django_db(transaction=True)
def test_an_address_with_an_account_answers_as_one_without(
    served: Answering, many: Callable[[int, int], int], note: Note, mailoutbox: list[EmailMessage]
) -> None:
    """In status, length and time: pairs in turns, so that what else the machine does falls on both alike."""
    pairs = many(1000, 8)
    known = [UserFactory.create(email=new_address()).email for _ in range(pairs)]
    answers: dict[bool, list[Any]] = {True: [], False: []}
    for pair in range(-4, pairs):
        for is_known in (True, False) if pair % 2 else (False, True):
            answer = asked(served, known[pair] if is_known else new_address())
            if pair >= 0:
                answers[is_known].append(answer)
        assert len(mailoutbox) == 2
        mailoutbox.clear()
    shapes = {shape for its in answers.values() for _, shape in its}
    note("requests of a code, kinds of answers beyond the one", 2 * pairs, len(shapes) - 1)
    if pairs >= 1000:
        of_known, unknown = ([seconds for seconds, _ in its] for its in answers.values())
        print(f"median {median(of_known) * 1000:.2f} ms known, {median(unknown) * 1000:.2f} ms unknown")
        note("requests of a code, told apart by their time (p < 0.001)", 2 * pairs, differ(of_known, unknown))


def differ(some: list[float], others: list[float]) -> bool:
    """By Welch's test on what is left without the slowest twentieth, which is the machine's noise."""
    a, b = (sorted(it)[: len(it) * 19 // 20] for it in (some, others))
    error = (variance(a) / len(a) + variance(b) / len(b)) ** 0.5
    return 2 * (1 - NormalDist().cdf(abs(mean(a) - mean(b)) / error)) < 0.001
