"""A real worker: a message wakes it for a committed row, and the sweep finds what no message told of."""

from collections.abc import Iterator

import pytest
from celery import current_app
from django.utils import timezone

from dev.processes import Process
from integrations.models import FormCheck
from integrations.services import bell
from tenants.scoping import tenant_scope
from tests.factories import FormCheckFactory
from tests.real_worker import real_worker

from .customer import PLAIN, WITH_QUESTIONS, Customer

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
