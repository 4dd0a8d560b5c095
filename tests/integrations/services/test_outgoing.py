"""The feed that leaves us: every open job of one tenant, in pieces, at an address that cannot be guessed."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from lxml import etree

from integrations.models import Feed
from integrations.services import outgoing
from tenants.models import Tenant
from tests.factories import FeedFactory, FormCheckFactory, PostingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def feed(northwind: Tenant) -> Feed:
    row: Feed = FeedFactory.create(tenant=northwind)
    return row


def pieces(feed: Feed) -> Iterator[bytes]:
    found = outgoing.jobs_xml_of(feed.key)
    assert found
    return found


def jobs(feed: Feed) -> list[dict[str, str]]:
    root = etree.fromstring(b"".join(pieces(feed)))
    return [{str(it.tag): it.text or "" for it in job} for job in root]


def test_every_open_job_is_there_and_closed_ones_are_not(feed: Feed) -> None:
    posting = PostingFactory.create(tenant=feed.tenant, title="Driver & <Loader>", commitment="Full-time")
    PostingFactory.create(tenant=feed.tenant, closed_at=timezone.now())
    PostingFactory.create()
    (job,) = jobs(feed)
    assert (job["job_reference"], job["title"]) == (posting.external_id, "Driver & <Loader>")
    assert (job["url"], job["company"], job["job_type"]) == (posting.url, feed.tenant.name, "Full-time")
    assert (job["city"], job["state"], job["html_jobs"]) == ("Columbus", "OH", "Yes")
    assert job["posted_at"] == f"{posting.first_seen_at:%Y-%m-%d}"


def test_a_posting_in_several_places_is_a_job_in_each(feed: Feed) -> None:
    PostingFactory.create(tenant=feed.tenant, locations=["Columbus, OH", "Memphis, TN"])
    found = jobs(feed)
    assert {job["city"] for job in found} == {"Columbus", "Memphis"}
    assert len({job["job_reference"] for job in found}) == 2


@pytest.mark.parametrize(("status", "friendly"), [("supported", "Yes"), ("unsupported", "No")])
def test_only_a_supported_form_is_mobile_friendly(feed: Feed, status: str, friendly: str) -> None:
    FormCheckFactory.create(tenant=feed.tenant, posting__tenant=feed.tenant, status=status)
    assert jobs(feed)[0]["mobile_friendly_apply"] == friendly


def test_a_form_that_nobody_checked_is_not_mobile_friendly(feed: Feed) -> None:
    PostingFactory.create(tenant=feed.tenant)
    assert jobs(feed)[0]["mobile_friendly_apply"] == "No"


def test_the_category_is_the_department_or_the_team(feed: Feed) -> None:
    PostingFactory.create(tenant=feed.tenant, department="Operations", team="Line Haul")
    PostingFactory.create(tenant=feed.tenant, team="Customs")
    assert [job["category"] for job in jobs(feed)] == ["Operations", "Customs"]


def test_it_comes_in_pieces_page_by_page(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "PAGE", 2)
    for _ in range(5):
        PostingFactory.create(tenant=feed.tenant)
    reading = pieces(feed)
    with CaptureQueriesContext(
        connection,
    ) as read:
        next(reading), next(reading)
    assert sum('FROM "integrations_posting"' in it["sql"] for it in read) == 1
    assert sum(piece.startswith(b"<job>") for piece in reading) == 4


def test_without_a_job_it_is_an_empty_list(feed: Feed) -> None:
    assert jobs(feed) == []


def test_an_unknown_key_has_no_feed(feed: Feed) -> None:
    assert outgoing.jobs_xml_of("guessed") is None
    assert len(feed.key) >= 40
