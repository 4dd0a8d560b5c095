"""Every no of the contract, in its own status and shape, and before anything is stored."""

import io
import json
import time
from typing import Any

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from integrations.models import Application, Posting, SenderSecret
from integrations.services import applications as service
from integrations.services import forms, senders
from integrations.types import ApplicationForm, Question, QuestionKind, QuestionSet
from tenants.models import Tenant, User
from tenants.scoping import across_tenants, tenant_scope
from tests.factories import FormCheckFactory, SenderSecretFactory
from webhooks.api import proof

from . import appcast
from .appcast import SECRET, application, ask, header, send


def no(answer: HttpResponse) -> tuple[int, str]:
    said = json.loads(answer.content)
    assert set(said) == {"error", "message"}
    assert said["message"]
    return answer.status_code, said["error"]


def count() -> int:
    with across_tenants("a test looks"):
        return Application.objects.count()


def test_another_body_under_the_same_id_changes_nothing(posting: Posting) -> None:
    sender_id = "0b4a0a1c-8a34-4b8e-9d5f-0f4f6d1a2b3c"
    send(application(application_id=sender_id))
    changed = application(application_id=sender_id, applicant__phone="+1 202 555 0199")
    assert no(send(changed)) == (409, "idempotency_conflict")
    assert count() == 1


def test_the_same_person_for_the_same_job_is_a_duplicate(posting: Posting, northwind: Tenant) -> None:
    send(application())
    assert no(send(application(applicant__email="ADA@mail.example"))) == (409, "duplicate_application")
    northwind.duplicate_window_days = 0
    northwind.save()
    assert send(application()).status_code == 202


@pytest.mark.parametrize(
    "body", [b"", b"no JSON", b"[]", b'{"application_id":', application(applicant=...), b"\xff"]
)
def test_what_is_no_application_is_malformed(posting: Posting, body: bytes) -> None:
    assert no(send(body)) == (400, "application.malformed")


def test_an_unknown_job(posting: Posting) -> None:
    assert no(send(application(job__job_reference="elsewhere"))) == (404, "job_unknown")


def test_a_closed_job(posting: Posting) -> None:
    posting.closed_at = timezone.now()
    with tenant_scope(posting.tenant_id):
        posting.save()
    assert no(send(application())) == (410, "job_closed")


def test_another_tenants_job_is_unknown(posting: Posting, southgate: Tenant) -> None:
    SenderSecretFactory.create(tenant=southgate, secret=SECRET)
    path = appcast.PATH.replace("northwind", "southgate")
    assert no(send(application(), path=path)) == (404, "job_unknown")


def test_an_answer_that_the_form_does_not_take_is_named_by_its_field(posting: Posting) -> None:
    answer = send(application(applicant__email="nobody"))
    assert answer.status_code == 422
    (error,) = json.loads(answer.content)["errors"]
    assert (error["field"], set(error)) == ("applicant.email", {"field", "code", "message"})
    assert "nobody" not in answer.content.decode()


def test_a_question_that_nobody_can_ask_refuses_the_job(posting: Posting) -> None:
    question = Question("q-9", "University", QuestionKind.UNSUPPORTED, "university", is_required=True)
    form = ApplicationForm(
        posting.external_id, "Driver", (), (), (QuestionSet("set-1", "Education", (question,)),), (), ()
    )
    FormCheckFactory.create(
        tenant=posting.tenant, posting=posting, form=forms.FORM.dump_python(form, mode="json")
    )
    answer = send(application(answers=[], demographic_answers=[], consents=[]))
    assert answer.status_code == 422
    assert [it["code"] for it in json.loads(answer.content)["errors"]] == ["unsupported_question_type"]
    assert count() == 0


def test_too_large_a_body(posting: Posting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "LARGEST_BODY", 100)
    assert no(send(application())) == (413, "too_large")


def test_a_body_that_broke_off(posting: Posting) -> None:
    body = application()
    came: dict[str, Any] = {"wsgi.input": io.BytesIO(body[:-1])}
    assert no(send(body, **came)) == (408, "not_received")
    assert count() == 0


@pytest.mark.parametrize(("module", "name"), [(service, "accept"), (senders, "proved")])
def test_without_a_database_the_sender_is_asked_to_come_back(
    posting: Posting, monkeypatch: pytest.MonkeyPatch, module: object, name: str
) -> None:
    def away(*_: object) -> None:
        raise OperationalError

    monkeypatch.setattr(module, name, away)
    answer = send(application())
    assert no(answer) == (503, "unavailable")
    assert answer["Retry-After"] == "60"


def unproved(body: bytes) -> dict[str, HttpResponse]:
    now = time.time()
    return {
        "absent": send(body, signature=""),
        "no signature": send(body, signature="t=1"),
        "malformed": send(body, signature="v1=zz,t=now"),
        "wrong": send(body, signature=header(body, "another-secret")),
        "of another body": send(body, signature=header(b"{}", SECRET)),
        "too old": send(body, signature=header(body, SECRET, at=now - 302)),
        "from the future": send(body, signature=header(body, SECRET, at=now + 302)),
        "an unknown tenant": send(body, path=appcast.PATH.replace("northwind", "nowhere")),
        "not even JSON": send(b"no JSON", signature=header(b"no JSON", "another-secret")),
    }


def test_whatever_is_not_proved_gets_the_same_answer(posting: Posting) -> None:
    answers = unproved(application())
    assert {name: no(it) for name, it in answers.items()} == dict.fromkeys(
        answers, (401, "signature_invalid")
    )
    assert len({(it.content, str(dict(it.headers))) for it in answers.values()}) == 1
    assert count() == 0


def test_another_tenants_secret_proves_nothing(posting: Posting, southgate: Tenant) -> None:
    SenderSecretFactory.create(tenant=southgate, secret="southgates")
    body = application()
    assert send(body, signature=header(body, "southgates")).status_code == 401


def test_two_secrets_are_live_until_one_is_withdrawn(
    posting: Posting, northwind: Tenant, carol: User
) -> None:
    new = senders.issue(northwind, by=carol)
    bodies = [application(applicant__email=f"{number}@mail.example") for number in range(4)]

    def sent(body: bytes, secret: str) -> Any:
        return send(body, signature=header(body, secret)).status_code

    assert [sent(bodies[0], SECRET), sent(bodies[1], new)] == [202, 202]
    with tenant_scope(northwind.pk):
        old = next(it for it in northwind_secrets() if it.secret == SECRET)
    senders.withdraw(old, carol)
    assert [sent(bodies[2], SECRET), sent(bodies[3], new)] == [401, 202]


def northwind_secrets() -> list[Any]:
    return list(SenderSecret.objects.all())


@pytest.mark.parametrize("method", ["head", "put", "delete"])
def test_only_post_hands_in(posting: Posting, method: str) -> None:
    assert getattr(Client(), method)(appcast.PATH).status_code == 405


def test_a_question_about_an_application_is_proved_likewise(posting: Posting) -> None:
    body = application()
    sender_id = json.loads(body)["application_id"]
    send(body)
    for signature in (
        "",
        header(b"", "another-secret"),
        header(b"", SECRET, at=time.time() - 302),
        header(body, SECRET),
    ):
        assert no(ask(sender_id, signature=signature)) == (401, "signature_invalid")
