"""A résumé is opened at the desk by few, for a reason, seldom, on record, and leaves as a file that nothing shows."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.models import Application
from integrations.services import applications, resumes
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import across_tenants
from tests import factories
from tests.people import browser_of, confirm_again

from .pages import staff_as, text, url, words

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4 of Ada"
WHY = "The customer says that the file is empty"


@pytest.fixture
def application(northwind: Tenant) -> Application:
    delivery = factories.DeliveryFactory.create(tenant=northwind)
    named: Any = {"tenant": northwind, "application": delivery.application}
    factories.ApplicationFileFactory.create(**named, file_name="../Ada Adler\r\n.pdf", data=PDF)
    factories.ApplicationFileFactory.create(**named, question_external_id="other", data=b"another")
    made: Application = delivery.application
    return made


@pytest.fixture
def agent(carol: User) -> Client:
    return staff_as(carol, User.Role.CS)


def page_of(application: Application) -> str:
    return reverse("admin:integrations_application_resume", args=[application.pk])


def opened(desk: Client, application: Application, reason: str = WHY) -> Any:
    return desk.post(page_of(application), {"reason": reason})


def on_record() -> list[AuditEvent]:
    with across_tenants("a test reads the trail"):
        return list(AuditEvent.objects.filter(action=resumes.ACTION))


def test_it_leaves_as_a_file_under_a_name_of_ours(agent: Client, application: Application) -> None:
    answer = opened(agent, application)
    assert (answer.status_code, answer.content) == (200, PDF)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    assert headers["content-disposition"] == f'attachment; filename="resume-{application.pk}.pdf"'
    assert headers["content-type"] == "application/octet-stream"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert "no-store" in headers["cache-control"]


def test_who_opened_it_and_why_is_on_record(
    agent: Client, application: Application, carol: User, northwind: Tenant
) -> None:
    opened(agent, application)
    [event] = on_record()
    assert (event.actor, event.tenant) == (carol, northwind)
    assert event.subject == f"integrations.application {application.pk}"
    assert event.detail == {"reason": WHY}


def test_nothing_is_opened_that_cannot_be_put_on_record(
    agent: Client, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("tenants.audit.record", fail)
    agent.raise_request_exception = False
    answer = opened(agent, application)
    assert answer.status_code == 500
    assert PDF not in answer.content


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201])
def test_a_reason_is_asked_for_and_bounded(agent: Client, application: Application, reason: str) -> None:
    page = text(opened(agent, application, reason))
    assert "Expected a reason of at most 200 characters." in page
    assert on_record() == []


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("role", "may"), [("cs", True), ("lead", True), ("engineer", False), ("auditor", False), ("", False)]
)
def test_customer_success_alone_may(
    carol: User, application: Application, role: str, may: bool, method: str
) -> None:
    answer = getattr(staff_as(carol, role), method)(page_of(application), {"reason": WHY})
    assert answer.status_code == (200 if may else 403)
    assert (answer.content == PDF) == (may and method == "post")
    assert len(on_record()) == (may and method == "post")


@pytest.mark.parametrize(("role", "may"), [("cs", True), ("engineer", False)])
def test_the_pages_lead_there_whoever_may(
    carol: User, application: Application, role: str, may: bool
) -> None:
    desk = staff_as(carol, role)
    with across_tenants("a test looks"):
        delivery = application.delivery
    for row in (application, delivery):
        name = f"admin:integrations_{row._meta.model_name}_change"
        page = text(desk.get(reverse(name, args=[row.pk])))
        assert (page_of(application) in page) == may


def test_whoever_asks_confirms_first_that_it_is_them(carol: User, application: Application) -> None:
    staff_as(carol, User.Role.CS)
    desk = browser_of(None)
    desk.force_login(carol, "allauth.account.auth_backends.AuthenticationBackend")
    confirm_again(desk, carol, ago=900)
    for answer in (desk.get(page_of(application)), opened(desk, application)):
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(reverse("mfa_reauthenticate"))
    assert on_record() == []


def test_one_person_opens_ten_in_an_hour_at_all_tenants_together(
    agent: Client, application: Application, southgate: Tenant
) -> None:
    other = factories.ApplicationFileFactory.create(tenant=southgate).application
    for _ in range(resumes.MOST - 1):
        opened(agent, application)
    assert opened(agent, other).content == b"%PDF-1.4\n"
    refused = opened(agent, application)
    assert "You opened 10 within the last hour." in text(refused)
    assert len(on_record()) == resumes.MOST
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        fresh = staff_as(User.objects.get(email="carol@appcast.example"), User.Role.CS)
        assert opened(fresh, application).content == PDF


def test_what_is_erased_is_gone_and_says_so(agent: Client, application: Application) -> None:
    applications.erase(application, reason="retention")
    for answer in (agent.get(page_of(application)), opened(agent, application)):
        assert "There is no résumé to open. It was erased on" in words(answer)
        assert ": retention." in words(answer)
    page = words(agent.get(reverse("admin:integrations_application_change", args=[application.pk])))
    assert "None is kept any more" in page
    assert on_record() == []


def test_none_was_handed_in(agent: Client, northwind: Tenant) -> None:
    letter = factories.ApplicationFileFactory.create(tenant=northwind, question_external_id="cover_letter")
    assert "None was handed in." in words(opened(agent, letter.application))


def test_of_a_customer_who_left_nothing_is_opened(
    agent: Client, application: Application, northwind: Tenant
) -> None:
    Tenant.objects.filter(pk=northwind.pk).update(status="offboarded")
    assert "This customer has left." in words(opened(agent, application))


def test_the_customer_reads_that_it_was_opened_and_why(
    agent: Client, application: Application, northwind: Tenant, browser: Client
) -> None:
    opened(agent, application)
    page = words(browser.get(url("application", northwind, application.pk)))
    assert f"Appcast Customer Success opened the résumé {WHY}" in page
    assert "carol@appcast.example" not in page
