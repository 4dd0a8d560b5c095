"""Where an application stands, in the contract's words, and nothing of the person."""

import json
import uuid
from typing import Any

import pytest
from django.utils import timezone

from integrations.models import Application, Delivery, DeliveryAttempt, Posting
from integrations.services import applications
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.factories import SenderSecretFactory
from tests.integrations.appcast import bodies

from . import appcast
from .appcast import SECRET, ask, send

WORDS = {
    "ready": "accepted",
    "sending": "delivering",
    "retry_wait": "delivering",
    "unknown": "unconfirmed",
    "held": "needs_attention",
    "delivered": "delivered",
    "rejected": "rejected",
}


@pytest.fixture
def taken(posting: Posting) -> Application:
    send(appcast.application(application_id=bodies.APPLICATION))
    with tenant_scope(posting.tenant_id):
        return Application.objects.get()


def status(**extra: Any) -> dict[str, Any]:
    answer = ask(bodies.APPLICATION, **extra)
    assert answer.status_code == 200
    told: dict[str, Any] = json.loads(answer.content)
    return told


def test_one_that_was_just_accepted(taken: Application) -> None:
    accepted = {"status": "accepted", "at": taken.accepted_at.isoformat(), "reason": ""}
    assert status() == {
        "application_id": bodies.APPLICATION,
        "receipt_id": str(taken.pk),
        "status": "accepted",
        "reason": "",
        "ats_application_id": None,
        "history": [accepted],
    }


@pytest.mark.parametrize("state", Delivery.Status.values)
def test_every_state_has_its_word(taken: Application, state: str) -> None:
    with tenant_scope(taken.tenant_id):
        Delivery.objects.update(status=state, error_message="The form asks for a portfolio.")
    told = status()
    assert (told["status"], told["reason"]) == (WORDS[state], "The form asks for a portfolio.")


def test_the_history_tells_every_try(taken: Application) -> None:
    with tenant_scope(taken.tenant_id):
        for number, outcome in enumerate(("retry_wait", "delivered"), 1):
            DeliveryAttempt.objects.create(
                tenant=taken.tenant,
                delivery=taken.delivery,
                number=number,
                started_at=timezone.now(),
                finished_at=timezone.now(),
                outcome=outcome,
            )
        Delivery.objects.update(status="delivered")
        Application.objects.update(external_id="lever-1")
    told = status()
    assert [it["status"] for it in told["history"]] == ["accepted", "delivering", "delivered"]
    assert (told["status"], told["ats_application_id"]) == ("delivered", "lever-1")


def test_one_that_was_erased(taken: Application) -> None:
    applications.erase(taken, reason="deleted in the ATS")
    told = status()
    assert (told["status"], told["history"][-1]["status"]) == ("erased", "erased")


def test_nothing_of_the_person_is_told(taken: Application) -> None:
    said = ask(bodies.APPLICATION).content.decode()
    for personal in ("Ada", "Adler", "ada@mail.example", "555 01", "Contoso", "ccuid-1", "cv.pdf"):
        assert personal not in said


def test_one_that_nobody_accepted(taken: Application) -> None:
    answer = ask(uuid.uuid4())
    assert (answer.status_code, json.loads(answer.content)["error"]) == (404, "application_unknown")


def test_another_tenants_is_unknown(taken: Application, southgate: Tenant) -> None:
    SenderSecretFactory.create(tenant=southgate, secret=SECRET)
    answer = ask(bodies.APPLICATION, path=appcast.PATH.replace("northwind", "southgate"))
    assert answer.status_code == 404


@pytest.mark.parametrize("is_secure", [True, False])
def test_the_asker_is_never_sent_elsewhere(taken: Application, settings: Any, is_secure: bool) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answers = [ask(f"{bodies.APPLICATION}{slash}", secure=is_secure) for slash in ("", "/")]
    assert [it.status_code for it in answers] == [200, 200]
