"""Who may hand in applications: whoever signs with one of the tenant's live secrets."""

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from structlog.testing import capture_logs

from integrations.appcast.signature import sign
from integrations.models import SenderSecret
from integrations.services import senders
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import tenant_scope

pytestmark = pytest.mark.django_db
BODY = b'{"x": 1}'


def proved(slug: str, *secrets: str, body: bytes = BODY) -> Tenant | None:
    now = datetime.now(UTC)
    return senders.proved(slug, sign(secrets, BODY, now), body, now)


def rows(tenant: Tenant) -> list[SenderSecret]:
    with tenant_scope(tenant.pk):
        return list(SenderSecret.objects.all())


def test_a_signature_with_the_issued_secret_proves_the_tenant(northwind: Tenant, alice: User) -> None:
    secret = senders.issue(northwind, alice)
    assert rows(northwind)[0].last_used_at is None
    assert proved("northwind", secret) == northwind
    assert rows(northwind)[0].last_used_at
    with tenant_scope(northwind.pk):
        assert AuditEvent.objects.get(action="sender.secret_issued").actor == alice


def test_another_body_another_secret_and_another_tenant_prove_nothing(
    northwind: Tenant, southgate: Tenant
) -> None:
    secret = senders.issue(northwind, "test")
    senders.issue(southgate, "test")
    assert proved("northwind", secret, body=b"{}") is None
    assert proved("northwind", "0" * 64) is None
    assert proved("southgate", secret) is None
    assert proved("nobody", secret) is None
    assert senders.proved("northwind", "", BODY, datetime.now(UTC)) is None


def test_while_a_secret_is_being_changed_both_are_live_and_then_one(northwind: Tenant, alice: User) -> None:
    old, new = senders.issue(northwind, "test"), senders.issue(northwind, "test")
    assert proved("northwind", old) == proved("northwind", new) == northwind
    senders.withdraw(next(it for it in rows(northwind) if it.secret == old), alice)
    assert (proved("northwind", old), proved("northwind", new)) == (None, northwind)


def test_a_refusal_is_logged_with_its_reason_and_without_the_signature(northwind: Tenant) -> None:
    with capture_logs() as logs:
        proved("northwind", "0" * 64)
    assert [(it["event"], it["tenant"], it["reason"]) for it in logs] == [
        ("application_not_proved", "northwind", "wrong")
    ]
    assert "v1" not in str(logs)


def test_the_command_prints_the_secret_once(northwind: Tenant, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("issue_sender_secret", "northwind")
    assert proved("northwind", capsys.readouterr().out.strip()) == northwind


def test_the_command_says_when_there_is_no_such_tenant(db: None) -> None:
    with pytest.raises(CommandError, match="no tenant is called 'nobody'"):
        call_command("issue_sender_secret", "nobody")
