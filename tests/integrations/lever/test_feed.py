import json
from datetime import timedelta

import pytest
from pytest_httpserver import HTTPServer

from integrations.errors import ConfigurationError, IntegrationError, RateLimitedError, TransientError
from integrations.lever import feed_reading
from integrations.lever.feed import LeverFeed, fetch_feed
from integrations.lever.feed_reading import READ_AS
from integrations.types import PostingRecord

ID = "33538a2f-d27d-4a96-8f05-fa4b0e4d940e"
PATH = "/v0/postings/acme"
XML_QUERY, JSON_QUERY = "mode=xml", "mode=json"
FIRST = f"<job><id>{ID}</id><position>Driver</position><apply_url>https://jobs.lever.co/acme/{ID}/apply</apply_url></job>"
XML = f"<jobs>{FIRST}</jobs>"
JSON = json.dumps(
    [
        {"id": ID, "text": "Driver", "hostedUrl": f"https://jobs.lever.co/acme/{ID}"},
        {"id": "2", "text": "Cook", "hostedUrl": "https://jobs.lever.co/acme/2"},
    ]
)
V1 = f'{READ_AS}"v1"'
MODIFIED = "Wed, 21 Oct 2026 07:28:00 GMT"
UNKNOWN = {"ok": False, "error": "Document not found"}


def answer(lever: HTTPServer, query: str, body: str, status: int = 200, **headers: str) -> None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    lever.expect_request(PATH, query_string=query).respond_with_data(body, status, named)


def fetch(lever: HTTPServer, etag: str = "") -> LeverFeed:
    return fetch_feed(lever.url_for(f"{PATH}?{XML_QUERY}"), etag)


def records(feed: LeverFeed) -> list[PostingRecord]:
    return [record for it in feed if (record := it.record())]


def failure_of(lever: HTTPServer) -> IntegrationError:
    with pytest.raises(IntegrationError) as caught:
        list(fetch(lever))
    return caught.value


def test_a_feed_is_fetched_and_read(lever: HTTPServer) -> None:
    answer(lever, XML_QUERY, XML, ETag='"v1"')
    feed = fetch(lever)
    assert [record.title for record in records(feed)] == ["Driver"]
    assert (feed.format, feed.etag, feed.is_unchanged, feed.warnings) == ("xml", V1, False, [])


def test_an_unchanged_feed_costs_no_body(lever: HTTPServer) -> None:
    lever.expect_request(PATH, headers={"If-None-Match": '"v1"'}).respond_with_data(status=304)
    feed = fetch(lever, V1)
    assert (feed.is_unchanged, feed.etag) == (True, V1)


@pytest.mark.parametrize("read_before", ["0:", ""])
def test_what_was_read_otherwise_before_is_read_again(lever: HTTPServer, read_before: str) -> None:
    answer(lever, XML_QUERY, XML, ETag='"v1"')
    assert not fetch(lever, f'{read_before}"v1"').is_unchanged
    assert all("If-None-Match" not in request.headers for request, _ in lever.log)


def test_an_etag_that_lever_repeats_without_304_is_unchanged_too(lever: HTTPServer) -> None:
    answer(lever, XML_QUERY, XML, ETag='"v1"')
    assert fetch(lever, V1).is_unchanged


def test_where_there_is_no_etag_the_date_of_the_last_change_serves(lever: HTTPServer) -> None:
    answer(lever, XML_QUERY, XML, Last_Modified=MODIFIED)
    kept = fetch(lever).etag
    lever.clear()
    lever.expect_request(PATH, headers={"If-Modified-Since": MODIFIED}).respond_with_data(status=304)
    feed = fetch(lever, kept)
    assert (feed.is_unchanged, feed.etag) == (True, kept)


def test_the_same_date_alone_proves_nothing(lever: HTTPServer) -> None:
    """Two changes fit into its second."""
    answer(lever, XML_QUERY, XML, Last_Modified=MODIFIED)
    assert not fetch(lever, fetch(lever).etag).is_unchanged


def test_without_etags_the_bodys_own_hash_tells(lever: HTTPServer) -> None:
    lever.expect_ordered_request(PATH).respond_with_data(XML)
    lever.expect_ordered_request(PATH).respond_with_data(XML)
    lever.expect_ordered_request(PATH).respond_with_data("<jobs/>")
    first = fetch(lever)
    assert not first.is_unchanged
    second = fetch(lever, first.etag)
    assert second.is_unchanged
    assert not fetch(lever, second.etag).is_unchanged
    assert all("If-None-Match" not in request.headers for request, _ in lever.log)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, json.dumps(UNKNOWN)),
        (200, "<!DOCTYPE html><html>"),
        (200, ""),
        (403, ""),
        (200, "nonsense"),
        (200, XML[:-9]),
        (200, "<jobs><job><uid>7</uid><name>Driver</name></job></jobs>"),
        (200, "<jobs><posting><id>7</id></posting></jobs>"),
    ],
)
def test_json_stands_in_for_xml_that_cannot_be_used(lever: HTTPServer, status: int, body: str) -> None:
    answer(lever, XML_QUERY, body, status)
    answer(lever, JSON_QUERY, JSON)
    feed = fetch(lever)
    assert {record.external_id for record in records(feed)} == {"2", ID}
    assert feed.format == "json"
    (warning,) = feed.warnings
    assert "We read the same list as JSON." in str(warning)


def test_an_unchanged_json_stand_in_is_noticed(lever: HTTPServer) -> None:
    answer(lever, XML_QUERY, json.dumps(UNKNOWN), 404)
    answer(lever, JSON_QUERY, JSON)
    feed = fetch(lever)
    assert not feed.is_unchanged
    assert fetch(lever, feed.etag).is_unchanged


def test_xml_that_breaks_in_the_middle_is_asked_for_again_next_time(lever: HTTPServer) -> None:
    answer(lever, XML_QUERY, f"<jobs>{FIRST}<job>R & D</job></jobs>", ETag='"broken"')
    answer(lever, JSON_QUERY, JSON)
    feed = fetch(lever)
    assert [record.external_id for record in records(feed)] == [ID, ID, "2"]
    assert (feed.etag, feed.has_begun_anew) == ("", True)


def test_the_jobs_of_broken_xml_do_not_count_for_the_json(
    lever: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_reading, "MOST_JOBS", 2)
    answer(lever, XML_QUERY, f"<jobs>{FIRST}<job>R & D</job></jobs>")
    answer(lever, JSON_QUERY, JSON)
    assert len(records(fetch(lever))) == 3


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (404, json.dumps(UNKNOWN), "lever.feed_not_found"),
        (200, "\n <!doctype HTML><p>Jobs</p>", "lever.feed_is_a_page"),
        (200, "<html><p>Jobs</p></html>", "lever.feed_is_a_page"),
        (200, "", "lever.feed_empty"),
        (200, " \n", "lever.feed_empty"),
        (200, "nonsense", "lever.feed_not_understood"),
        (200, "<rss/>", "lever.feed_not_understood"),
        (200, "<!DOCTYPE jobs><jobs/>", "lever.feed_doctype"),
        (401, "", "lever.feed_refused"),
        (403, "", "lever.feed_refused"),
        (410, "", "lever.feed_refused"),
    ],
)
def test_where_json_is_no_list_either_the_first_reason_is_told(
    lever: HTTPServer, status: int, body: str, code: str
) -> None:
    answer(lever, XML_QUERY, body, status)
    answer(lever, JSON_QUERY, json.dumps(UNKNOWN), 404)
    error = failure_of(lever)
    assert isinstance(error, ConfigurationError)
    assert error.code == code


@pytest.mark.parametrize("status", [500, 502, 503])
def test_an_outage_is_no_fault_of_the_customer(lever: HTTPServer, status: int) -> None:
    answer(lever, XML_QUERY, "<html>", status)
    assert type(failure_of(lever)) is TransientError


def test_throttling_keeps_its_time(lever: HTTPServer) -> None:
    answer(lever, XML_QUERY, "", 429, Retry_After="60")
    error = failure_of(lever)
    assert isinstance(error, RateLimitedError)
    assert error.retry_after == timedelta(minutes=1)


def test_a_moved_feed_is_followed(lever: HTTPServer) -> None:
    answer(lever, XML_QUERY, "", 301, Location="/v0/moved?mode=xml")
    lever.expect_request("/v0/moved").respond_with_data(XML)
    assert len(list(fetch(lever))) == 1


def test_a_feed_can_be_read_twice(lever: HTTPServer) -> None:
    answer(lever, XML_QUERY, XML)
    feed = fetch(lever)
    assert records(feed) == records(feed) != []
