"""What the customer says about privacy policy and terms, and whether the links open for everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from random import SystemRandom
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from integrations import http
from integrations.errors import ConfigurationError, IntegrationError, RateLimitedError, TransientError
from integrations.retry import next_delay
from integrations.services import bell, work
from tenants import audit
from tenants.models import Tenant, User
from tenants.phrases import Phrase
from tenants.scoping import tenant_scope

from .models import PolicyLink, PolicyStatement

OPENED_AGAIN, MENDED_SOON = timedelta(days=7), timedelta(hours=1)
# A site that does not answer may be back in a moment.
TRIES = 5
PAGE = http.Limits(redirects=3, wire_bytes=4 * http.MEGABYTE, whole_seconds=20)


@dataclass(frozen=True, slots=True)
class Statement:
    """`links` are pairs of a locale ("" for everybody) and an address."""

    kind: str
    is_needed: bool
    links: Sequence[tuple[str, str]] = ()


def state(tenant: Tenant, statement: Statement, by: User) -> None:
    """Keep what was said; what is new or does not open is opened at once."""
    with tenant_scope(tenant.pk):
        PolicyStatement.objects.update_or_create(
            tenant=tenant,
            kind=statement.kind,
            defaults={"is_needed": statement.is_needed, "stated_by": by, "stated_at": timezone.now()},
        )
        kept = PolicyLink.objects.filter(kind=statement.kind)
        kept.exclude(locale__in=[locale for locale, _ in statement.links]).delete()
        for locale, url in statement.links:
            _keep(tenant, statement.kind, locale, url)
        _open_soon(kept)
        audit.record(
            "policy.stated",
            statement.kind,
            tenant_id=tenant.pk,
            actor=by,
            is_needed=statement.is_needed,
            links=[url for _, url in statement.links],
        )


def open_again(tenant: Tenant) -> None:
    """What does not open, for somebody who has mended it."""
    with tenant_scope(tenant.pk):
        _open_soon(PolicyLink.objects.all())


def run(link_id: int) -> None:
    """Open the link as an applicant would. What is known stays while a silent site is tried again."""
    link = work.claim(PolicyLink, link_id)
    if link is None:
        return
    if work.is_worn_out(link):
        _record(link, MENDED_SOON, is_reachable=False, **work.WORN_OUT)
        return
    try:
        _open(link.url)
    except IntegrationError as error:
        if isinstance(error, (TransientError, RateLimitedError)) and link.attempts < TRIES:
            _wait(link, error)
        else:
            _record(link, MENDED_SOON, is_reachable=False, **work.failure(error))
    else:
        _record(link, OPENED_AGAIN, is_reachable=True, attempts=0, **work.NO_ERROR)


def _keep(tenant: Tenant, kind: str, locale: str, url: str) -> None:
    """Another address has no proof, and whoever is opening the one before holds no lease any more."""
    link, _ = PolicyLink.objects.get_or_create(tenant=tenant, kind=kind, locale=locale, defaults={"url": url})
    if link.url != url:
        PolicyLink.objects.filter(pk=link.pk).update(
            url=url,
            checked_at=None,
            is_reachable=False,
            lease=F("lease") + 1,
            leased_until=None,
            **work.NO_ERROR,
        )


def _open_soon(links: QuerySet[PolicyLink]) -> None:
    for link in links.filter(is_reachable=False):
        PolicyLink.objects.filter(pk=link.pk).update(next_attempt_at=Now(), attempts=0)
        bell.ring(link)


def _wait(link: PolicyLink, error: IntegrationError) -> None:
    pause = next_delay(link.attempts, SystemRandom())
    with tenant_scope(link.tenant_id):
        work.record(link, next_attempt_at=work.after(pause), **work.failure(error))


def _record(link: PolicyLink, again_after: timedelta, **outcome: Any) -> None:
    with tenant_scope(link.tenant_id):
        work.record(link, checked_at=Now(), next_attempt_at=work.after(again_after), **outcome)


def _open(url: str) -> None:
    """Raises IntegrationError where applicants do not see the page."""
    with http.stream(url, limits=PAGE) as answer:
        status = answer.status
    if status == HTTPStatus.OK:
        return
    message = Phrase("The page answers %(status)s instead of 200.", status=status)
    is_passing = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS
    raise (TransientError if is_passing else ConfigurationError)("policy.not_ok", message)
