"""A bulk retry by a real worker, on the queues that it shares with live applications, rung and swept as ever."""

from typing import Any

import pytest
from celery import current_app
from django.utils import timezone

from integrations.models import Delivery
from sandbox.server import Server
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from tests.integrations.services.customer import Customer
from tests.lever_world import connect
from tests.real_worker import real_worker
from webhooks import replays
from webhooks.models import Replay
from webhooks.replays import Wanted

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]
RESTING, SECONDS = 12, 60
RESTS: dict[str, Any] = {"status": "held", "next_attempt_at": None, "error_code": "lever.scope_missing"}


def test_a_crowd_and_a_live_application_arrive_once_each_never_faster_than_lever_takes_them(
    sandbox: Server, northwind: Tenant, alice: User, carol: User
) -> None:
    customer = Customer(sandbox, northwind, alice, connect(sandbox, northwind, alice))
    for number in range(RESTING):
        customer.change(
            customer.delivery(customer.submit(applicant={"email": f"a{number}@mail.example"})), **RESTS
        )
    with real_worker(sandbox.url) as worker:
        wanted = Wanted(timezone.now(), source=Replay.Source.DELIVERIES)
        replay = replays.start(northwind, wanted, carol)
        live = customer.submit(applicant={"email": "live@mail.example"})

        def is_over() -> bool:
            current_app.send_task("integrations.tasks.sweep")
            return customer.again(replay).status == "done"

        worker.wait_until(lambda: customer.delivery(live).status == "delivered", SECONDS)
        assert customer.again(replay).done < RESTING, "the live one did not wait for the crowd"
        worker.wait_until(is_over, SECONDS)
        worker.wait_until(lambda: all_delivered(customer), SECONDS)
    assert sorted(it.email for it in customer.received()) == sorted(
        ["live@mail.example", *(f"a{number}@mail.example" for number in range(RESTING))]
    )
    assert not any(it.status == 429 for it in sandbox.world.log)
    now = customer.again(replay)
    assert (now.done, now.total) == (RESTING, RESTING)


def all_delivered(customer: Customer) -> bool:
    with tenant_scope(customer.tenant.pk):
        return not Delivery.objects.exclude(status="delivered").exists()
