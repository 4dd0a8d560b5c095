"""What was acknowledged stays acknowledged: the same receipt for the same body, whatever became of it."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from integrations.models import Application, Delivery, Posting
from integrations.services import applications
from tenants.scoping import tenant_scope
from tests.integrations.appcast import bodies

from . import appcast
from .appcast import ask, ask_for_list, send


def stored(posting: Posting) -> Application:
    with tenant_scope(posting.tenant_id):
        return Application.objects.select_related("tenant").get()


def delivered(posting: Posting) -> Application:
    with tenant_scope(posting.tenant_id):
        Delivery.objects.update(status="delivered", next_attempt_at=None)
    return stored(posting)


def answered(body: bytes) -> tuple[int, Any]:
    answer = send(body)
    said = json.loads(answer.content)
    return answer.status_code, said.get("receipt_id") or said.get("error")


@pytest.mark.django_db(transaction=True)
def test_ten_at_once_get_one_receipt_of_one_row(posting: Posting) -> None:
    body = appcast.application()

    def once(_: int) -> tuple[int, Any]:
        try:
            return answered(body)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(once, range(10)))
    receipt = str(stored(posting).pk)
    assert sorted(answers) == [(200, receipt)] * 9 + [(202, receipt)]


def test_the_same_again_gets_its_receipt_though_the_job_is_closed_by_now(posting: Posting) -> None:
    body = appcast.application()
    receipt = answered(body)[1]
    with tenant_scope(posting.tenant_id):
        Posting.objects.update(closed_at=stored(posting).accepted_at)
    assert answered(body) == (200, receipt)
    assert answered(appcast.application()) == (410, "job_closed")


def test_what_was_erased_keeps_its_receipt_and_its_id(posting: Posting) -> None:
    body = appcast.application(application_id=bodies.APPLICATION)
    receipt = answered(body)[1]
    applications.erase(delivered(posting), reason="retention")
    assert answered(body) == (200, receipt)
    other = appcast.application(application_id=bodies.APPLICATION, applicant__phone="1")
    assert answered(other) == (409, "idempotency_conflict")
    assert stored(posting).document == b""


def test_what_was_erased_is_told_as_erased_everywhere(posting: Posting) -> None:
    send(appcast.application(application_id=bodies.APPLICATION))
    with tenant_scope(posting.tenant_id):
        Application.objects.update(external_id="lever-1")
    applications.erase(delivered(posting), reason="retention")
    one = json.loads(ask(bodies.APPLICATION).content)
    assert (one["status"], one["reason"], one["ats_application_id"]) == ("erased", "", "lever-1")
    assert [it["status"] for it in one["history"]] == ["accepted", "erased"]
    (listed,) = json.loads(ask_for_list("status=erased").content)["applications"]
    assert {name: listed[name] for name in ("application_id", "status", "reason")} == {
        name: one[name] for name in ("application_id", "status", "reason")
    }


def test_an_erasure_before_the_delivery_lets_the_person_apply_again_and_one_after_it_does_not(
    posting: Posting,
) -> None:
    send(appcast.application())
    applications.erase(delivered(posting), reason="retention")
    assert answered(appcast.application()) == (409, "duplicate_application")
    with tenant_scope(posting.tenant_id):
        Application.objects.update(erased_at=None)
        Delivery.objects.update(status="ready")
    applications.erase(stored(posting), reason="deleted in the ATS")
    assert answered(appcast.application())[0] == 202


def test_a_test_is_taken_as_any_other_and_told_as_a_test(posting: Posting) -> None:
    assert send(appcast.application(test=True)).status_code == 202
    application = stored(posting)
    assert (application.is_test, application.tenant_id) == (True, posting.tenant_id)
    assert answered(appcast.application(test=True)) == (409, "duplicate_application")
    (listed,) = json.loads(ask_for_list().content)["applications"]
    assert listed["test"] is True
