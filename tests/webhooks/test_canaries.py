"""Words that stand for secrets and for a person: none is ever in a log line or in the answer to a stranger."""

import logging
from collections.abc import Callable

import pytest
from django.http import HttpResponse

from integrations.models import Application, Posting
from integrations.services import applications as service
from tenants.models import User
from tests.lever_world import work_off
from webhooks import endpoints, handlers, rechecking
from webhooks.models import WebhookEndpoint, WebhookEvent

from . import appcast
from .happenings import stored
from .lever import SECRET, delivery, post, stage_change

CANARY = "canary5f0e"
TOKEN_CANARY = "ca9a51" * 8


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """All of it, with tracebacks, down to the least line."""
    caplog.set_level(logging.DEBUG)
    return lambda: caplog.text


def application(**changes: object) -> bytes:
    person = {
        "applicant__email": f"{CANARY}@mail.example",
        "applicant__first_name": CANARY,
        "applicant__last_name": CANARY.upper(),
        "applicant__phone": f"+1 {CANARY}",
        "answers": [{"question_id": "q-1", "value": CANARY}],
    }
    return appcast.application(**(person | changes))


def is_silent(logged: str, *answers: HttpResponse) -> bool:
    said = [logged, *(it.content.decode() for it in answers)]
    return not any(canary in text.lower() for text in said for canary in (CANARY, TOKEN_CANARY))


def test_a_webhook_says_nothing_of_what_came(
    endpoint: WebhookEndpoint, alice: User, logged: Callable[[], str]
) -> None:
    endpoints.set_secret(endpoint, TOKEN_CANARY, alice)
    bodies = [
        delivery(stage_change(note=CANARY), secret=TOKEN_CANARY),
        delivery(stage_change(note=CANARY), secret=None),
        delivery(stage_change(note=CANARY), event="applicationCreated"),
        f'{{"event":"{CANARY}","event":"{CANARY}"}}'.encode(),
        CANARY.encode(),
    ]
    answers = [post(endpoint, it) for it in bodies]
    assert rechecking.check_again(endpoint) == 0
    assert [it.content for it in answers] == [b""] * 5
    assert is_silent(logged(), *answers)


def test_an_application_says_nothing_of_the_person(posting: Posting, logged: Callable[[], str]) -> None:
    bodies = [
        application(),
        application(),
        application(applicant__email=f"{CANARY} at home"),
        application(applicant__email=...),
        application(job__job_reference="elsewhere", applicant__email=f"x{CANARY}@mail.example"),
        application()[:-3],
        application(attachments=[{"type": "resume", "file_name": f"{CANARY}.exe", "data": CANARY}]),
    ]
    answers = [appcast.send(it) for it in bodies]
    assert [it.status_code for it in answers] == [202, 409, 422, 400, 404, 400, 422]
    assert is_silent(logged(), *answers)


def test_a_signature_that_is_wrong_says_nothing_of_either_secret(
    posting: Posting, logged: Callable[[], str]
) -> None:
    body = application()
    answer = appcast.send(body, signature=appcast.header(body, TOKEN_CANARY))
    assert answer.status_code == 401
    assert appcast.SECRET not in logged() + answer.content.decode()
    assert is_silent(logged(), answer)


def test_a_crash_in_the_middle_says_nothing(
    posting: Posting, logged: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("our own mistake")

    monkeypatch.setattr(service, "_refuse_misfit", broken)
    with pytest.raises(RuntimeError):
        appcast.send(application())
    assert is_silent(logged())


def test_an_event_that_crashes_says_nothing(
    known: Application, logged: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> str:
        raise RuntimeError("our own mistake")

    monkeypatch.setitem(handlers.HANDLERS, "hired", broken)  # type: ignore[misc]
    stored(known, "hired", body=delivery(stage_change(note=CANARY), secret=TOKEN_CANARY))
    work_off(WebhookEvent)
    said = logged()
    assert "event_not_processed" in said
    assert is_silent(said)


def test_the_token_in_no_picture_of_a_row(endpoint: WebhookEndpoint, alice: User) -> None:
    row = endpoints.set_secret(endpoint, TOKEN_CANARY, alice).secret
    assert TOKEN_CANARY not in f"{row!r}{row}{vars(row)}"
    assert SECRET not in repr(endpoint)
