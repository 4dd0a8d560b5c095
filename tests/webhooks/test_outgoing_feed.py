"""The feed that leaves us over HTTP, at an address that nobody can guess."""

import gzip
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone
from lxml import etree

from integrations.models import Feed, OutgoingFeed
from integrations.services import outgoing
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.factories import FeedFactory, FormCheckFactory, OutgoingFeedFactory
from tests.lever_world import work_off
from webhooks import views
from webhooks.piecewise import PIECEWISE

XML = "application/xml; charset=utf-8"


@pytest.fixture
def feed(northwind: Tenant) -> Feed:
    made: Feed = OutgoingFeedFactory.create(tenant=northwind, version=0).feed
    return made


def read(key: str, **headers: str) -> Any:
    return Client().get(f"/feeds/{key}.xml", headers=headers)


def published(feed: Feed, **headers: str) -> Any:
    work_off(OutgoingFeed)
    return read(feed.key, **headers)


def jobs(feed: Feed) -> list[dict[str, str]]:
    root = etree.fromstring(b"".join(published(feed).streaming_content))
    return [{child.tag: child.text or "" for child in job} for job in root]


def test_it_is_a_whole_document_of_a_feeds_type(feed: Feed) -> None:
    answer = published(feed)
    assert (answer.status_code, answer["Content-Type"]) == (200, XML)
    assert "Content-Encoding" not in answer
    assert len(b"".join(answer.streaming_content)) == int(answer["Content-Length"])
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


def test_what_is_no_feed_is_not_there(feed: Feed) -> None:
    """Another key, a tenant's name, a piece of the key: all alike."""
    assert published(feed).status_code == 200
    answers = [read(key) for key in (feed.key[::-1], "northwind", feed.key[:-1], feed.key.swapcase())]
    assert [it.status_code for it in answers] == [404] * 4


def test_before_the_first_is_made_it_is_no_empty_list(feed: Feed) -> None:
    answer = read(feed.key)
    assert (answer.status_code, answer["Retry-After"], answer.content) == (503, "60", b"")


@pytest.mark.parametrize("accepted", ["gzip", "br, gzip;q=0.8", "gzip, deflate"])
def test_who_takes_gzip_gets_it_as_it_lies_there(feed: Feed, accepted: str) -> None:
    FormCheckFactory.create(tenant=feed.tenant)
    answer = published(feed, accept_encoding=accepted)
    body = b"".join(answer.streaming_content)
    assert (answer["Content-Encoding"], answer["Content-Length"]) == ("gzip", str(len(body)))
    assert "Accept-Encoding" in answer["Vary"]
    assert gzip.decompress(body).count(b"<job>") == 1


@pytest.mark.parametrize("accepted", ["", "identity", "br, deflate", "x-gzipped"])
def test_who_does_not_gets_it_plain(feed: Feed, accepted: str) -> None:
    answer = published(feed, accept_encoding=accepted)
    assert "Content-Encoding" not in answer
    assert b"".join(answer.streaming_content).endswith(b"</jobs>\n")


@pytest.mark.parametrize("accepted", ["gzip", "identity"])
def test_who_has_it_already_is_told_so_without_it(feed: Feed, accepted: str) -> None:
    etag = published(feed, accept_encoding=accepted)["ETag"]
    answer = read(feed.key, accept_encoding=accepted, if_none_match=etag)
    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", etag)
    assert read(feed.key, accept_encoding=accepted, if_none_match='"another"').status_code == 200
    other = {"gzip": "identity", "identity": "gzip"}[accepted]
    assert read(feed.key, accept_encoding=other, if_none_match=etag).status_code == 200


def test_it_leaves_by_pieces_and_is_not_gathered_first(feed: Feed) -> None:
    work_off(OutgoingFeed)
    request = RequestFactory().get("/")
    answer = views.outgoing_feed(request, feed.key)
    assert request.META[PIECEWISE]
    assert answer.streaming


def test_head_tells_without_the_document(feed: Feed) -> None:
    told = published(feed)
    answer = Client().head(f"/feeds/{feed.key}.xml")
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b"", XML)
    assert (answer["ETag"], answer["Content-Length"]) == (told["ETag"], told["Content-Length"])


def test_nothing_is_kept_open_while_somebody_reads_slowly(feed: Feed) -> None:
    FormCheckFactory.create(tenant=feed.tenant)
    pieces = iter(published(feed).streaming_content)
    assert next(pieces)
    with tenant_scope(feed.tenant_id):
        assert Feed.objects.count() == 1
    list(pieces)


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_can_only_be_read(feed: Feed, method: str) -> None:
    assert getattr(Client(), method)(f"/feeds/{feed.key}.xml").status_code == 405


def test_that_somebody_fetched_it_is_noted_once_in_a_while(feed: Feed) -> None:
    def noted() -> Any:
        with tenant_scope(feed.tenant_id):
            return OutgoingFeed.objects.get().read_at

    published(feed)
    first = noted()
    assert first
    read(feed.key)
    assert noted() == first
    with tenant_scope(feed.tenant_id):
        OutgoingFeed.objects.update(read_at=first - outgoing.NOTED_EVERY * 2)
    read(feed.key, if_none_match=published(feed)["ETag"])
    assert noted() >= first
