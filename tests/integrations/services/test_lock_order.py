"""Whoever writes a posting, its form, the feed that leaves us and the one that comes in takes them in this order."""

import re
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.models import FormCheck
from integrations.services import forms
from sandbox.world.form_editor import set_state, set_unsupported_question
from tests.factories import FormCheckFactory, OutgoingFeedFactory

from .board import confirmed, synced
from .customer import WITH_QUESTIONS, Customer

pytestmark = pytest.mark.django_db
ORDER = [f"integrations_{name}" for name in ("posting", "formcheck", "outgoingfeed", "feed")]
WRITES = re.compile(r'(?:UPDATE|INSERT INTO) "?(integrations_\w+)')


def taken(asked: Sequence[dict[str, Any]]) -> list[str]:
    written = [name for it in asked for name in WRITES.findall(it["sql"]) if name in ORDER]
    return list(dict.fromkeys(written))


def test_by_a_sync(customer: Customer) -> None:
    customer.account.is_feed_on = True
    confirmed(customer)
    set_state(customer.offered(1), "closed")
    with CaptureQueriesContext(connection) as asked:
        assert synced(customer).closed == 1
    assert taken(asked.captured_queries) == ORDER


def test_by_who_reads_a_form_and_finds_its_posting_closed(customer: Customer) -> None:
    check = FormCheckFactory.create(
        tenant=customer.tenant,
        posting=customer.posting(WITH_QUESTIONS),
        status="unchecked",
        next_attempt_at=timezone.now(),
    )
    OutgoingFeedFactory.create(tenant=customer.tenant)
    set_unsupported_question(customer.offered(WITH_QUESTIONS), is_wanted=True)
    set_state(customer.offered(WITH_QUESTIONS), "closed")
    with CaptureQueriesContext(connection) as asked:
        forms.check(check.pk)
    said = asked.captured_queries
    claimed = next(i for i, it in enumerate(said) if it["sql"].startswith('UPDATE "integrations_formcheck"'))
    assert taken(said[claimed + 1 :]) == ORDER
    read: FormCheck = customer.again(check)
    assert (read.status, read.next_attempt_at) == ("unsupported", None)
