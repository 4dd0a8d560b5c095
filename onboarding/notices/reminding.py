"""Staff ask that people are reminded of what waits for them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from integrations.services import bell
from tenants import audit
from tenants.models import Tenant, User
from tenants.scoping import across_tenants, tenant_scope

from ..models import Notice
from .plans import NEWS, ONE_LETTER_PER, TOLD_IN


@dataclass(frozen=True, slots=True)
class Reminded:
    """Addresses: who is told `now`. `later` were mailed within the day, and are told a day after that; to `refused` it
    is only tried again.
    """

    now: Sequence[str]
    later: Sequence[str]
    refused: Sequence[str]


def remind(tenant: Tenant, by: User) -> Reminded:
    """Whoever has something open is told now, or once a day has passed since they were last told.

    Of a tenant that is paused nobody is: what was asked for meanwhile would leave weeks later.
    """
    with tenant_scope(tenant.pk):
        waiting = _open().filter(tenant__status__in=TOLD_IN, stopped_at=None)
        rows, now = list(waiting.select_related("user")), timezone.now()
        refused = {it.user for it in rows if it.is_refused}
        people = {it.user for it in rows} - refused
        later = told_lately(people, now)
        if rows:
            waiting.update(asked_at=now)
            count = len(people | refused)
            audit.record("notice.reminded", tenant, tenant_id=tenant.pk, actor=by, people=count)
            transaction.on_commit(lambda: bell.send("onboarding.tasks.notify", tenant.pk))
    return Reminded(_addresses(people - later), _addresses(later), _addresses(refused))


def told_lately(people: Collection[User], now: datetime) -> set[User]:
    """Mailed within the day of something that still waits for them."""
    with across_tenants("a person is reminded once a day by all their tenants together"):
        lately = _open().filter(user__in=people, last_sent_at__gt=now - ONE_LETTER_PER)
        told = set(lately.values_list("user", flat=True))
    return {it for it in people if it.pk in told}


def _open() -> QuerySet[Notice]:
    return Notice.objects.filter(ended_at=None).exclude(code__in=NEWS)


def _addresses(people: Iterable[User]) -> list[str]:
    return sorted(it.email for it in people)
