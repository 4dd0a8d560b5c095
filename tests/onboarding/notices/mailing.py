"""A tenant whose people are mailed while the clock is moved."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.core import mail
from django.utils import timezone

from onboarding import notices
from onboarding.models import Notice, Problem
from onboarding.notices import ledger
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests import factories

BEGIN = datetime(2027, 3, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def go_live(tenant: Tenant) -> Tenant:
    """Long enough ago that nothing but problems and the week is to be told."""
    Tenant.objects.filter(pk=tenant.pk).update(status="live", live_at=timezone.now() - 30 * DAY)
    return Tenant.objects.get(pk=tenant.pk)


def long_live(tenant: Tenant, clock: Any) -> Tenant:
    """Live, told of it two days ago, and reminded of nothing but what breaks."""
    live = go_live(tenant)
    without_digest(live)
    clock.shift(2 * DAY)
    return live


def broken(tenant: Tenant, code: str = "feed.failed", **fields: Any) -> Problem:
    more = {"actor": "customer", "detail": "Lever answers 404.", **fields}
    problem: Problem = factories.ProblemFactory.create(tenant=tenant, code=code, **more)
    return problem


def mend(tenant: Tenant) -> None:
    with tenant_scope(tenant.pk):
        Problem.objects.filter(resolved_at=None).update(
            status="resolved", resolved_at=timezone.now(), gone_at=timezone.now()
        )


def without_digest(tenant: Tenant) -> None:
    notices.notify(tenant)
    with tenant_scope(tenant.pk):
        for row in Notice.objects.filter(code="digest"):
            ledger.stop(row, "a test")
    mail.outbox.clear()


def mailed(tenant: Tenant, clock: Any, days: float, every: timedelta = timedelta(hours=1)) -> list[float]:
    """On which days, from now on, mails went out."""
    begin, found = timezone.now(), list[float]()
    while timezone.now() < begin + timedelta(days=days):
        before = len(mail.outbox)
        notices.notify(Tenant.objects.get(pk=tenant.pk))
        found += [(timezone.now() - begin) / DAY] * (len(mail.outbox) - before)
        clock.shift(every)
    return found


def subjects() -> list[str]:
    return [str(it.subject) for it in mail.outbox]


def stopped(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant.pk):
        return list(Notice.objects.exclude(stopped_at=None).values_list("code", flat=True))
