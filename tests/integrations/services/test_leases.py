"""A lease is kept as long as somebody works on its row, and whoever lost it writes nothing."""

import time

import pytest

from integrations.models import Application, Delivery, DeliveryAttempt
from integrations.services import (
    delivery_claims,
    delivery_rows,
    leases,
    work,
)
from tenants.models import Tenant
from tenants.scoping import tenant_scope

from .queued import fresh, waiting

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_worker_whose_lease_was_lost_neither_sends_nor_records(tenant: Tenant) -> None:
    [row] = waiting(tenant, 1)
    [slow] = delivery_claims.claim({tenant.pk: 1})
    with tenant_scope(tenant.pk):
        Delivery.objects.update(leased_until=row.created_at)
    quick = work.claim(Delivery, row.pk)
    assert quick
    with pytest.raises(work.LeaseLostError):
        delivery_rows.begin_sending(slow, {})
    with pytest.raises(work.LeaseLostError):
        delivery_rows.record_delivered(slow, row.created_at, "an-id")
    assert (fresh(row).status, bool(fresh(row).leased_until)) == ("ready", True)
    with tenant_scope(tenant.pk):
        assert Application.objects.get().external_id == ""
        assert not DeliveryAttempt.objects.exists()


def test_a_lease_is_renewed_as_long_as_somebody_works_on_it(tenant: Tenant) -> None:
    [row] = waiting(tenant, 1)
    claimed = work.claim(Delivery, row.pk)
    assert claimed
    with leases.kept(claimed):
        before = fresh(row).leased_until
        time.sleep(0.05)
        leases.renew_all()
        after = fresh(row).leased_until
    leases.renew_all()
    assert before
    assert after
    assert after > before
    assert fresh(row).leased_until == after, "nobody holds it any more"


def whose_lease_ran_out(row: Delivery) -> Delivery:
    claimed = work.claim(Delivery, row.pk)
    assert claimed
    with tenant_scope(row.tenant_id):
        Delivery.objects.filter(pk=row.pk).update(leased_until=row.created_at)
    return claimed


def test_a_lease_that_ran_out_is_not_renewed_but_lost(tenant: Tenant) -> None:
    [row] = waiting(tenant, 1)
    claimed = whose_lease_ran_out(row)
    with leases.kept(claimed):
        leases.renew_all()
    assert fresh(row).leased_until == row.created_at
    assert work.claim(Delivery, row.pk)
    with pytest.raises(work.LeaseLostError), tenant_scope(tenant.pk):
        work.note(claimed, status=Delivery.Status.SENDING)


def test_a_second_claim_of_a_row_is_renewed_although_the_first_is_still_held(tenant: Tenant) -> None:
    """Its lease ran out while the database was away; both are worked on by threads of one process."""
    [row] = waiting(tenant, 1)
    first = whose_lease_ran_out(row)
    second = work.claim(Delivery, row.pk)
    assert second
    with leases.kept(first), leases.kept(second):
        before = fresh(row).leased_until
        time.sleep(0.05)
        leases.renew_all()
        after = fresh(row).leased_until
    assert before
    assert after
    assert after > before
