"""What falls due by the calendar: grants that must not lie idle, personal data that must go."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations.models import Application, Connection
from integrations.services import bell, upkeep
from tenants.scoping import tenant_scope
from tests.factories import ApplicationFileFactory, DeliveryFactory, TokenSetFactory

from .customer import Customer

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    rung: list[object] = []
    monkeypatch.setattr(bell, "send", lambda task, pk: rung.append(pk))
    return rung


def test_grants_that_lay_idle_for_a_week_are_rung_for(heard: list[object]) -> None:
    idle = TokenSetFactory.create(refreshed_at=NOW - timedelta(days=8))
    TokenSetFactory.create(refreshed_at=NOW - timedelta(days=6))
    TokenSetFactory.create(
        refreshed_at=NOW - timedelta(days=8), connection__status=Connection.Status.NEEDS_AUTHORIZATION
    )
    upkeep.ring_for_idle_grants()
    assert heard == [idle.connection_id]


def test_an_idle_grant_is_refreshed(customer: Customer) -> None:
    customer.change(customer.tokens(), refreshed_at=NOW - timedelta(days=8))
    upkeep.refresh_grant(customer.connection().pk)
    assert customer.tokens().refreshed_at > NOW - timedelta(days=1)


@pytest.mark.parametrize(("fault", "status"), [("503", "active"), ("revoked", "needs_authorization")])
def test_an_idle_grant_that_cannot_be_refreshed_breaks_nothing(
    customer: Customer, fault: str, status: str
) -> None:
    customer.change(customer.tokens(), refreshed_at=NOW - timedelta(days=8))
    if fault == "revoked":
        customer.server.world.grants.revoke(customer.account)
    else:
        customer.order(fault, path_prefix="/oauth/token")
    upkeep.refresh_grant(customer.connection().pk)
    assert customer.connection().status == status


def test_a_connection_that_is_gone_is_nothing_to_refresh() -> None:
    upkeep.refresh_grant(987_654)


def delivery(**values: Any) -> Any:
    accepted = values.pop("accepted", timedelta())
    row = DeliveryFactory.create(**values)
    with tenant_scope(row.tenant_id):
        Application.objects.filter(pk=row.application_id).update(accepted_at=NOW - accepted)
    return row


DELIVERED = {"status": "delivered", "next_attempt_at": None}


@pytest.mark.parametrize(
    ("values", "is_over"),
    [
        ({**DELIVERED, "delivered_at": NOW - timedelta(days=31), "accepted": timedelta(days=31)}, True),
        ({**DELIVERED, "delivered_at": NOW - timedelta(days=29), "accepted": timedelta(days=29)}, False),
        ({**DELIVERED, "delivered_at": NOW - timedelta(days=3), "tenant__retention_days": 2}, True),
        (
            {
                **DELIVERED,
                "delivered_at": NOW - timedelta(days=100),
                "accepted": timedelta(days=100),
                "tenant__retention_days": 180,
            },
            False,
        ),
        ({**DELIVERED, "delivered_at": NOW - timedelta(days=1), "accepted": timedelta(days=95)}, False),
        ({"status": "held", "accepted": timedelta(days=91)}, True),
        ({"status": "held", "accepted": timedelta(days=89)}, False),
        ({"status": "rejected", "accepted": timedelta(days=91)}, True),
        ({"status": "sending", "accepted": timedelta(days=91)}, False),
    ],
)
def test_data_go_after_the_tenants_days_or_undelivered_after_ninety(
    heard: list[object], values: dict[str, Any], is_over: bool
) -> None:
    row = delivery(**values)
    upkeep.ring_for_old_applications()
    assert (row.application_id in heard) is is_over


def test_an_old_application_is_erased_once(heard: list[object]) -> None:
    row = delivery(status="held", accepted=timedelta(days=91))
    ApplicationFileFactory.create(tenant=row.tenant, application=row.application)
    upkeep.erase_application(str(row.application_id))
    with tenant_scope(row.tenant_id):
        erased = Application.objects.get()
        assert (erased.document, erased.files.count()) == (b"", 0)
    upkeep.erase_application(str(row.application_id))
    upkeep.ring_for_old_applications()
    assert heard == []
    with tenant_scope(row.tenant_id):
        assert Application.objects.get().erased_at == erased.erased_at
