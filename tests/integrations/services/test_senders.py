"""Who may hand in applications: whoever signs with one of the tenant's live secrets."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from structlog.testing import capture_logs

from integrations.appcast.signature import sign
from integrations.errors import ConfigurationError
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


def test_two_are_live_at_most(northwind: Tenant, southgate: Tenant, alice: User) -> None:
    first = senders.issue(northwind, alice)
    senders.issue(northwind, alice)
    with pytest.raises(ConfigurationError, match="Withdraw the one that is not used any more first"):
        senders.issue(northwind, alice)
    assert senders.count_live(northwind.pk) == 2
    senders.withdraw(next(it for it in rows(northwind) if it.secret == first), alice)
    assert proved("northwind", senders.issue(northwind, alice)) == northwind
    senders.issue(southgate, alice)


@pytest.mark.django_db(transaction=True)
def test_of_many_issued_at_once_two_are_live(northwind: Tenant) -> None:
    def issue(_: int) -> None:
        try:
            senders.issue(northwind, "test")
        except ConfigurationError:
            pass
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(issue, range(8)))
    assert senders.count_live(northwind.pk) == 2


def test_one_is_withdrawn_once(northwind: Tenant, alice: User) -> None:
    senders.issue(northwind, "test")
    (row,) = rows(northwind)
    senders.withdraw(row, alice)
    (withdrawn,) = rows(northwind)
    senders.withdraw(row, alice)
    assert rows(northwind)[0].withdrawn_at == withdrawn.withdrawn_at
    with tenant_scope(northwind.pk):
        assert AuditEvent.objects.filter(action="sender.secret_withdrawn").count() == 1


def test_its_use_is_noted_once_in_a_while(northwind: Tenant) -> None:
    secret = senders.issue(northwind, "test")
    proved("northwind", secret)
    first = rows(northwind)[0].last_used_at
    with CaptureQueriesContext(connection) as asked:
        proved("northwind", secret)
    assert not [it for it in asked if it["sql"].startswith("UPDATE")]
    with tenant_scope(northwind.pk):
        SenderSecret.objects.update(last_used_at=timezone.now() - timedelta(hours=1))
    proved("northwind", secret)
    last = rows(northwind)[0].last_used_at
    assert first
    assert last
    assert last > first


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


def test_the_command_says_when_two_are_live(northwind: Tenant) -> None:
    for _ in range(2):
        senders.issue(northwind, "test")
    with pytest.raises(CommandError, match="2 secrets are live"):
        call_command("issue_sender_secret", "northwind")


def test_the_command_says_when_there_is_no_such_tenant(db: None) -> None:
    with pytest.raises(CommandError, match="no tenant is called 'nobody'"):
        call_command("issue_sender_secret", "nobody")


def test_nothing_is_taken_for_a_company_whose_connection_ended(northwind: Tenant) -> None:
    secret = senders.issue(northwind, "test")
    Tenant.objects.filter(pk=northwind.pk).update(status=Tenant.Status.OFFBOARDED)
    assert proved("northwind", secret) is None
