"""The feed that leaves us, at an address that nobody can guess."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from lxml import etree

from integrations.models import Feed
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.factories import FeedFactory, FormCheckFactory


@pytest.fixture
def feed(northwind: Tenant) -> Feed:
    made: Feed = FeedFactory.create(tenant=northwind)
    return made


def read(key: str) -> Any:
    return Client().get(f"/feeds/{key}.xml")


def jobs(feed: Feed) -> list[dict[str, str]]:
    answer = read(feed.key)
    root = etree.fromstring(b"".join(answer.streaming_content))
    return [{child.tag: child.text or "" for child in job} for job in root]


def test_it_is_a_whole_document_of_a_feeds_type(feed: Feed) -> None:
    answer = read(feed.key)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/xml; charset=utf-8")
    assert jobs(feed) == []


def test_open_jobs_are_in_it_and_closed_ones_are_not(feed: Feed) -> None:
    FormCheckFactory.create(tenant=feed.tenant, posting__title="Fahrer & Packer <m/w/d>")
    FormCheckFactory.create(tenant=feed.tenant, posting__closed_at=timezone.now())
    (job,) = jobs(feed)
    assert (job["title"], job["company"]) == ("Fahrer & Packer <m/w/d>", "Northwind Logistics")
    assert job["url"].startswith("https://jobs.lever.co/acme/")


@pytest.mark.parametrize(
    ("status", "word"),
    [("supported", "Yes"), ("unsupported", "No"), ("unchecked", "No"), ("unreadable", "No")],
)
def test_only_a_form_that_can_be_asked_invites_to_apply(feed: Feed, status: str, word: str) -> None:
    FormCheckFactory.create(tenant=feed.tenant, status=status)
    assert jobs(feed)[0]["mobile_friendly_apply"] == word


def test_another_tenants_jobs_are_not_in_it(feed: Feed, southgate: Tenant) -> None:
    FormCheckFactory.create(tenant=southgate)
    assert jobs(feed) == []


def test_the_key_cannot_be_guessed_and_is_each_feeds_own(feed: Feed, southgate: Tenant) -> None:
    other = FeedFactory.create(tenant=southgate)
    assert len(feed.key) == len(other.key) == 43
    assert feed.key != other.key


def test_what_is_no_feed_is_not_there(feed: Feed, northwind: Tenant) -> None:
    """Another key, a tenant's name, a piece of the key: all alike."""
    answers = [read(key) for key in (feed.key[::-1], "northwind", feed.key[:-1], feed.key.swapcase())]
    assert [it.status_code for it in answers] == [404] * 4
    assert read(feed.key).status_code == 200


def test_head_tells_without_the_document(feed: Feed) -> None:
    answer = Client().head(f"/feeds/{feed.key}.xml")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["Content-Type"] == "application/xml; charset=utf-8"


def test_nothing_is_kept_open_while_somebody_reads_slowly(feed: Feed) -> None:
    FormCheckFactory.create(tenant=feed.tenant)
    pieces = iter(read(feed.key).streaming_content)
    assert next(pieces)
    with tenant_scope(feed.tenant_id):
        assert Feed.objects.count() == 1
    assert list(pieces)


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_can_only_be_read(feed: Feed, method: str) -> None:
    assert getattr(Client(), method)(f"/feeds/{feed.key}.xml").status_code == 405
