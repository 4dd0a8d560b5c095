"""What the customer says about privacy policy and terms, and whether the links open for everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from http import HTTPStatus

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from integrations import http
from integrations.errors import IntegrationError
from integrations.services import bell
from tenants import audit
from tenants.models import Tenant, User
from tenants.phrases import Phrase
from tenants.scoping import across_tenants, tenant_scope

from .models import PolicyLink, PolicyStatement

CHECK = "onboarding.tasks.check_policy_link"
CHECK_AGAIN_AFTER = timedelta(days=7)
PAGE = http.Limits(redirects=3, wire_bytes=4 * http.MEGABYTE, whole_seconds=20)


@dataclass(frozen=True, slots=True)
class Statement:
    """`links` are pairs of a locale ("" for everybody) and an address."""

    kind: str
    is_needed: bool
    links: Sequence[tuple[str, str]] = ()


def state(tenant: Tenant, statement: Statement, by: User) -> None:
    """Keep what was said; the links are opened by `check`."""
    with tenant_scope(tenant.pk):
        PolicyStatement.objects.update_or_create(
            tenant=tenant,
            kind=statement.kind,
            defaults={"is_needed": statement.is_needed, "stated_by": by, "stated_at": timezone.now()},
        )
        kept = PolicyLink.objects.filter(kind=statement.kind)
        kept.exclude(locale__in=[locale for locale, _ in statement.links]).delete()
        for locale, url in statement.links:
            link = kept.filter(locale=locale).first()
            if link is None or link.url != url:
                PolicyLink.objects.update_or_create(
                    tenant=tenant,
                    kind=statement.kind,
                    locale=locale,
                    defaults={"url": url, "checked_at": None, "is_reachable": False, "error_message": ""},
                )
        for link in kept.filter(checked_at=None):
            transaction.on_commit(partial(bell.send, CHECK, link.pk))
        audit.record(
            "policy.stated",
            statement.kind,
            tenant_id=tenant.pk,
            actor=by,
            is_needed=statement.is_needed,
            links=[url for _, url in statement.links],
        )


def check(link: PolicyLink) -> None:
    """Open the link as an applicant would."""
    error = _error(link.url)
    with tenant_scope(link.tenant_id):
        PolicyLink.objects.filter(pk=link.pk, url=link.url).update(
            checked_at=timezone.now(), is_reachable=not error, error_message=error
        )


def check_by_id(link_id: int) -> None:
    with across_tenants("a task names its row by id alone"):
        link = PolicyLink.objects.filter(pk=link_id).first()
    if link:
        check(link)


def ring_for_links() -> None:
    """Each link is opened again after a week."""
    is_old = Q(checked_at=None) | Q(checked_at__lt=timezone.now() - CHECK_AGAIN_AFTER)
    with across_tenants("policy links that are due, of everybody"):
        due = list(PolicyLink.objects.filter(is_old).values_list("pk", flat=True)[:200])
    for link_id in due:
        bell.send(CHECK, link_id)


def _error(url: str) -> Phrase:
    """Why applicants do not see the page; empty where they do."""
    try:
        with http.stream(url, limits=PAGE) as answer:
            status = answer.status
    except IntegrationError as error:
        return error.message
    if status == HTTPStatus.OK:
        return Phrase()
    return Phrase("The page answers %(status)s instead of 200.", status=status)
