"""A real worker: a message wakes it for a committed row, and the sweep finds what no message told of."""

from collections.abc import Iterator

import pytest
from celery import current_app
from django.db import connection
from django.utils import timezone

from dev.processes import Process
from dev.stack import procfile
from integrations.models import FormCheck
from integrations.services import bell
from tenants.scoping import tenant_scope
from tests.factories import FormCheckFactory
from tests.real_worker import real_worker

from .customer import APPLY, PLAIN, WITH_QUESTIONS, Customer

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 30


@pytest.fixture
def worker(customer: Customer) -> Iterator[Process]:
    with real_worker(customer.server.url) as process:
        yield process


def due_form(customer: Customer, index: int) -> FormCheck:
    row: FormCheck = FormCheckFactory.create(
        tenant=customer.tenant,
        posting=customer.posting(index),
        status="unchecked",
        next_attempt_at=timezone.now(),
    )
    return row


def test_a_message_wakes_the_worker_and_a_lost_one_is_made_up_for(
    customer: Customer, worker: Process
) -> None:
    def is_done(row: FormCheck) -> bool:
        return customer.again(row).status == "supported"

    told = due_form(customer, WITH_QUESTIONS)
    with tenant_scope(customer.tenant.pk):
        bell.ring(told)
    worker.wait_until(lambda: is_done(told), SECONDS)
    forgotten = due_form(customer, PLAIN)
    current_app.send_task("integrations.tasks.sweep")
    worker.wait_until(lambda: is_done(forgotten), SECONDS)
    assert customer.again(forgotten).rung_at


def test_one_connection_to_the_database_serves_many_tasks(customer: Customer, worker: Process) -> None:
    def sessions() -> set[int]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            return {pid for (pid,) in cursor.fetchall()}

    kept = []
    for index in (WITH_QUESTIONS, PLAIN):
        row = due_form(customer, index)
        with tenant_scope(customer.tenant.pk):
            bell.ring(row)
        worker.wait_until(lambda row=row: customer.again(row).status == "supported", SECONDS)  # type: ignore[misc]
        kept.append(sessions())
    assert kept[0] & kept[1]


def test_a_worker_that_is_told_to_stop_ends_what_it_is_sending(customer: Customer) -> None:
    customer.order("slow", **APPLY, times_left=1, delay_seconds=3)
    with real_worker(customer.server.url, procfile()["deliveries"]) as worker:
        customer.submit()
        worker.wait_until(lambda: customer.delivery().status == "sending", SECONDS)
        worker.stop()
    assert (customer.delivery().status, customer.posts()) == ("delivered", 1)
