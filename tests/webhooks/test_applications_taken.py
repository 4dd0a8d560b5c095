"""Appcast Apply's applications: stored before they are acknowledged, and acknowledged once."""

import json
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from kombu.exceptions import OperationalError
from pytest_django import Settings

from integrations.models import Application, ApplicationFile, Delivery, Posting
from integrations.services import bell
from tenants.models import Tenant
from tenants.scoping import across_tenants

from . import appcast
from .appcast import SECRET, header, send


def applications() -> list[Application]:
    with across_tenants("a test looks"):
        return list(Application.objects.select_related("delivery"))


def test_an_application_is_stored_with_its_file_and_its_delivery(posting: Posting) -> None:
    answer = send(appcast.application())
    (application,) = applications()
    assert (answer.status_code, json.loads(answer.content)) == (
        202,
        {"receipt_id": str(application.pk), "status": "accepted"},
    )
    assert (application.delivery.status, application.click_id) == ("ready", "ccuid-1")
    with across_tenants("a test looks"):
        assert ApplicationFile.objects.get().question_external_id == "resume"


def test_the_same_body_again_gets_the_same_receipt(posting: Posting) -> None:
    body = appcast.application()
    first, second = send(body), send(body)
    assert [first.status_code, second.status_code] == [202, 200]
    assert first.content == second.content
    assert len(applications()) == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_application_ten_times_at_once_is_one(posting: Posting) -> None:
    body = appcast.application()

    def once(_: int) -> Any:
        try:
            return send(body).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        assert sorted(pool.map(once, range(10))) == [200] * 9 + [202]
    assert len(applications()) == 1


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_costs_nobody_an_application(
    posting: Posting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError

    monkeypatch.setattr(bell, "current_app", SimpleNamespace(send_task=away))
    assert send(appcast.application()).status_code == 202
    with across_tenants("a test looks"):
        assert Delivery.objects.get().next_attempt_at is not None


@pytest.mark.parametrize("is_secure", [True, False])
@pytest.mark.parametrize("slash", ["", "/"])
def test_the_sender_is_never_sent_elsewhere(
    posting: Posting, settings: Settings, slash: str, is_secure: bool
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert send(appcast.application(), path=f"{appcast.PATH}{slash}", secure=is_secure).status_code == 202


def test_while_a_secret_changes_either_is_good(posting: Posting) -> None:
    """Both sides may know the new one first."""
    body = appcast.application()
    assert send(body, signature=header(body, "unknown-yet", SECRET)).status_code == 202


def test_a_paused_tenant_loses_no_application(posting: Posting, northwind: Tenant) -> None:
    northwind.status = Tenant.Status.PAUSED
    northwind.save()
    assert send(appcast.application()).status_code == 202


def test_no_cookie_is_set(posting: Posting) -> None:
    assert not send(appcast.application()).cookies
