"""The feed that leaves us: every open posting in Appcast's elements, at an address that cannot be guessed."""

from collections.abc import Iterator

from tenants.models import Tenant
from tenants.scoping import across_tenants, tenant_scope

from ..appcast.feed import FeedJob, jobs_xml
from ..models import Feed, FormCheck, Posting

PAGE = 200


def jobs_xml_of(key: str) -> Iterator[bytes] | None:
    """The feed's bytes in pieces, or None when no feed has this key."""
    with across_tenants("the feed's address names its tenant by an unguessable key"):
        feeds = Feed.objects.select_related("tenant").exclude(tenant__status=Tenant.Status.OFFBOARDED)
        feed = feeds.filter(key=key).first()
    return jobs_xml(_jobs(feed.tenant)) if feed else None


def job_of(posting: Posting, company: str) -> FeedJob:
    checked = getattr(posting, "form_check", None)
    return FeedJob(
        posting_external_id=posting.external_id,
        title=posting.title,
        company=company,
        url=posting.url,
        locations=tuple(posting.locations),
        country=posting.country,
        job_type=posting.commitment,
        category=posting.department or posting.team,
        body_html=posting.description_html,
        posted_on=(posting.published_at or posting.first_seen_at).date(),
        is_mobile_friendly=checked is not None and checked.status == FormCheck.Status.SUPPORTED,
    )


def _jobs(tenant: Tenant) -> Iterator[FeedJob]:
    """Page by page, each in a scope of its own: no transaction stays open while a slow reader reads."""
    last = 0
    while True:
        with tenant_scope(tenant.pk):
            page = list(
                Posting.objects.filter(closed_at=None, pk__gt=last)
                .select_related("form_check")
                .order_by("pk")[:PAGE]
            )
        if not page:
            return
        yield from (job_of(posting, tenant.name) for posting in page)
        last = page[-1].pk
