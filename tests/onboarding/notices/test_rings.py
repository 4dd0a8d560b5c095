"""Mail is thought of where a letter is due, and nowhere else each minute."""

from datetime import timedelta

import pytest
from django.utils import timezone

from onboarding import tasks
from tenants.models import Tenant
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    heard: list[int] = []
    monkeypatch.setattr("integrations.services.bell.send", lambda task, pk: heard.append(pk))
    return heard


def test_where_a_letter_is_due(northwind: Tenant, southgate: Tenant, rung: list[int]) -> None:
    now = timezone.now()
    for _ in range(2):
        factories.NoticeFactory.create(tenant=northwind, next_at=now - timedelta(minutes=1))
    factories.NoticeFactory.create(tenant=southgate, next_at=now + timedelta(minutes=1))
    tasks.ring_for_notices()
    assert rung == [northwind.pk]


def test_nowhere_where_nobody_is_told(northwind: Tenant, southgate: Tenant, rung: list[int]) -> None:
    due = timezone.now() - timedelta(minutes=1)
    factories.NoticeFactory.create(tenant=northwind, next_at=due)
    factories.NoticeFactory.create(tenant=southgate, next_at=due, stopped_at=due)
    Tenant.objects.filter(pk=northwind.pk).update(status="offboarded")
    tasks.ring_for_notices()
    assert rung == []
