"""An applicant asks to be erased: a lead does it at the desk, asked once more, with a reason."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import Application, Delivery
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import tenant_scope
from tests import factories

from .pages import staff_as, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def application(northwind: Tenant) -> Application:
    made: Delivery = factories.DeliveryFactory.create(tenant=northwind, status="held")
    return made.application


def erase(desk: Client, application: Application, **data: str) -> Any:
    chosen = {"action": "erase", "_selected_action": [str(application.pk)]}
    return desk.post(reverse("admin:integrations_application_changelist"), {**chosen, **data}, follow=True)


def fresh(application: Application) -> Application:
    with tenant_scope(application.tenant_id):
        return Application.objects.get(pk=application.pk)


def test_it_is_asked_first_and_says_what_goes(desk: Client, application: Application) -> None:
    page = text(erase(desk, application))
    assert "What is personal of 1 application goes for good" in page
    assert "1 of them is not delivered yet, and will not be any more." in page
    assert fresh(application).erased_at is None


def test_without_a_reason_it_is_asked_again(desk: Client, application: Application) -> None:
    erase(desk, application, sure="1", reason=" ")
    assert fresh(application).erased_at is None


def test_it_goes_with_its_reason_on_record(desk: Client, application: Application, carol: User) -> None:
    assert "Erased: 1 of 1." in text(erase(desk, application, sure="1", reason="They asked by letter"))
    assert fresh(application).document == b""
    with tenant_scope(application.tenant_id):
        event = AuditEvent.objects.get(action="application.erased")
    assert (event.actor, event.detail["reason"]) == (carol, "They asked by letter")


def test_one_that_is_being_sent_is_left_alone(desk: Client, application: Application) -> None:
    with tenant_scope(application.tenant_id):
        Delivery.objects.update(status="sending")
    erase(desk, application, sure="1", reason="They asked")
    assert fresh(application).erased_at is None


@pytest.mark.parametrize(
    ("role", "may"), [("cs", False), ("lead", True), ("engineer", False), ("auditor", False)]
)
def test_leads_alone_may(carol: User, application: Application, role: str, may: bool) -> None:
    erase(staff_as(carol, role), application, sure="1", reason="They asked")
    assert (fresh(application).erased_at is not None) == may
