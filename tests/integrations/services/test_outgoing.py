"""The feed that leaves us: every open job of one tenant, made beforehand, at an address that cannot be guessed."""

import gzip
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from lxml import etree

from integrations.models import Feed, FormCheck, OutgoingFeed, OutgoingPiece, Posting
from integrations.services import outgoing, postings, publishing
from integrations.services.outgoing import Document, PieceGoneError
from tenants.models import AuditEvent, Tenant, User
from tenants.phrases import Phrase
from tenants.scoping import tenant_scope
from tests.factories import FormCheckFactory, OutgoingFeedFactory, PostingFactory
from tests.lever_world import make_due, work_off

pytestmark = pytest.mark.django_db


@pytest.fixture
def feed(northwind: Tenant) -> Feed:
    row: Feed = OutgoingFeedFactory.create(tenant=northwind, version=0).feed
    return row


def document(feed: Feed) -> Document:
    found = outgoing.document_of(feed.key)
    assert found
    return found


def jobs(feed: Feed) -> list[dict[str, str]]:
    """As published by now."""
    work_off(OutgoingFeed)
    root = etree.fromstring(b"".join(document(feed).plain()))
    return [{str(it.tag): it.text or "" for it in job} for job in root]


def published(feed: Feed) -> OutgoingFeed:
    with tenant_scope(feed.tenant_id):
        return OutgoingFeed.objects.get(feed=feed)


def pieces(feed: Feed) -> list[tuple[int, int]]:
    with tenant_scope(feed.tenant_id):
        return list(OutgoingPiece.objects.order_by("version", "number").values_list("version", "number"))


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "PIECE_BYTES", 1)


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
    assert published(feed).jobs == 2


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


def test_without_a_job_it_is_an_empty_list(feed: Feed) -> None:
    assert jobs(feed) == []


def test_an_unknown_key_has_no_feed(feed: Feed) -> None:
    assert outgoing.document_of("guessed") is None
    assert len(feed.key) >= 40


def test_reading_it_asks_for_no_posting_and_a_piece_at_a_time(feed: Feed, small_pieces: None) -> None:
    for _ in range(3):
        PostingFactory.create(tenant=feed.tenant)
    jobs(feed)
    with CaptureQueriesContext(connection) as asked:
        reading = document(feed).gzipped()
        first = next(reading)
    tables = [it["sql"] for it in asked if 'FROM "integrations_' in it["sql"]]
    assert [it.split('FROM "')[1].split('"')[0] for it in tables] == [
        "integrations_outgoingfeed",
        "integrations_outgoingpiece",
    ]
    assert len(first + b"".join(reading)) == document(feed).gzipped_bytes


def test_it_is_one_stream_of_gzip_of_the_size_that_is_told(feed: Feed, small_pieces: None) -> None:
    PostingFactory.create(tenant=feed.tenant)
    jobs(feed)
    found = document(feed)
    inflated = gzip.decompress(b"".join(found.gzipped()))
    assert inflated == b"".join(found.plain())
    assert len(inflated) == found.size_bytes
    assert len(pieces(feed)) > 1


def test_it_inflates_a_little_at_a_time(feed: Feed) -> None:
    PostingFactory.create(tenant=feed.tenant, description_html=f"<p>{'x' * 2_000_000}</p>")
    jobs(feed)
    parts = list(document(feed).plain())
    assert max(map(len, parts)) <= outgoing.MOST_BYTES_AT_ONCE
    assert sum(map(len, parts)) == document(feed).size_bytes > 2_000_000


def test_what_changes_is_published_anew_with_another_etag(feed: Feed) -> None:
    posting = PostingFactory.create(tenant=feed.tenant)
    before = jobs(feed), document(feed).etag
    with tenant_scope(feed.tenant_id):
        Posting.objects.filter(pk=posting.pk).update(title="Night Manager")
        outgoing.ask(feed.tenant_id)
    assert jobs(feed) == before[0], "it waits a moment for what else changes"
    make_due(OutgoingFeed)
    assert [it["title"] for it in jobs(feed)] == ["Night Manager"]
    assert document(feed).etag != before[1]


def test_what_came_out_as_it_was_stays(feed: Feed, small_pieces: None) -> None:
    PostingFactory.create(tenant=feed.tenant)
    jobs(feed)
    before = published(feed), pieces(feed)
    make_due(OutgoingFeed)
    jobs(feed)
    after = published(feed)
    assert (after.version, after.etag, after.published_at) == (1, before[0].etag, before[0].published_at)
    assert pieces(feed) == before[1]
    assert after.next_attempt_at
    assert after.next_attempt_at > timezone.now() + timedelta(hours=23)


def test_what_took_long_is_not_made_over_and_over(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    PostingFactory.create(tenant=feed.tenant)
    real = publishing.Press.finish

    def finish_late(press: publishing.Press) -> None:
        press.began -= 600
        real(press)

    monkeypatch.setattr(publishing.Press, "finish", finish_late)
    publishing.publish(published(feed).pk)
    with tenant_scope(feed.tenant_id):
        outgoing.ask(feed.tenant_id)
    due = published(feed).next_attempt_at
    assert due
    assert timedelta(minutes=99) < due - timezone.now() < timedelta(minutes=101)


def test_a_change_while_it_is_being_made_is_in_the_next(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    PostingFactory.create(tenant=feed.tenant)
    real = publishing.job_of

    def change_meanwhile(posting: Posting, company: str) -> object:
        with tenant_scope(feed.tenant_id):
            outgoing.ask(feed.tenant_id)
        return real(posting, company)

    monkeypatch.setattr(publishing, "job_of", change_meanwhile)
    publishing.publish(published(feed).pk)
    again = published(feed).next_attempt_at
    assert again
    assert again < timezone.now() + outgoing.PAUSE * 1.1


def test_a_reader_of_the_version_before_gets_it_to_its_end(feed: Feed, small_pieces: None) -> None:
    PostingFactory.create(tenant=feed.tenant)
    jobs(feed)
    old = document(feed)
    reading = old.gzipped()
    begun = next(reading)
    PostingFactory.create(tenant=feed.tenant)
    make_due(OutgoingFeed)
    jobs(feed)
    assert document(feed).version == 2
    assert gzip.decompress(begun + b"".join(reading)).count(b"<job>") == 1


def age(feed: Feed) -> None:
    with tenant_scope(feed.tenant_id):
        OutgoingPiece.objects.update(written_at=timezone.now() - publishing.KEPT_FOR * 2)


def test_versions_that_nobody_can_be_reading_any_more_go(feed: Feed, small_pieces: None) -> None:
    PostingFactory.create(tenant=feed.tenant)
    jobs(feed)
    old = document(feed)
    age(feed)
    PostingFactory.create(tenant=feed.tenant)
    make_due(OutgoingFeed)
    jobs(feed)
    assert list(old.gzipped()), "it was read until this moment"
    age(feed)
    make_due(OutgoingFeed)
    jobs(feed)
    assert {version for version, _ in pieces(feed)} == {2}
    with pytest.raises(PieceGoneError):
        list(old.gzipped())


def test_what_a_killed_run_left_is_not_shown_and_written_over(
    feed: Feed, small_pieces: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    PostingFactory.create(tenant=feed.tenant)
    with monkeypatch.context() as patch:
        patch.setattr(publishing.Press, "finish", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            publishing.publish(published(feed).pk)
    assert pieces(feed)
    assert not document(feed).is_there
    make_due(OutgoingFeed)
    assert len(jobs(feed)) == 1


@pytest.mark.parametrize(("before", "asks"), [("unchecked", True), ("supported", False)])
def test_a_form_that_reads_otherwise_asks_for_it(feed: Feed, before: str, asks: bool) -> None:
    check = FormCheckFactory.create(tenant=feed.tenant, posting__tenant=feed.tenant, status=before)
    jobs(feed)
    at_rest = published(feed).next_attempt_at
    with tenant_scope(feed.tenant_id):
        from integrations.services import forms
        from integrations.types import ApplicationForm

        form = ApplicationForm(check.posting.external_id, "Driver", (), (), (), (), ())
        forms.keep(FormCheck.objects.get(pk=check.pk), form)
    assert (published(feed).next_attempt_at != at_rest) is asks


def test_closing_asks_for_it(feed: Feed) -> None:
    posting = PostingFactory.create(tenant=feed.tenant)
    jobs(feed)
    at_rest = published(feed).next_attempt_at
    with tenant_scope(feed.tenant_id):
        postings.close(feed.tenant_id, [posting.pk])
    soon = published(feed).next_attempt_at
    assert at_rest
    assert soon
    assert soon < at_rest - timedelta(hours=23)
    make_due(OutgoingFeed)
    assert jobs(feed) == []


def test_what_job_boards_may_refuse_is_found_by_the_way(feed: Feed) -> None:
    PostingFactory.create(tenant=feed.tenant, title="Fine")
    PostingFactory.create(tenant=feed.tenant, title="Nowhere", locations=[])
    PostingFactory.create(tenant=feed.tenant, title="Brief", description_html="Drive")
    PostingFactory.create(tenant=feed.tenant, title="Strange", warnings=[Phrase("Odd.")])
    jobs(feed)
    findings = published(feed).findings
    assert findings["counts"] == {"no_location": 1, "short_body": 1}
    assert [it["title"] for it in findings["jobs"]] == ["Nowhere", "Brief"]
    assert [it["title"] for it in findings["odd"]["jobs"]] == ["Strange"]


def test_all_that_boards_may_refuse_are_counted_and_the_first_told(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "MOST_FINDINGS", 1)
    for _ in range(3):
        PostingFactory.create(tenant=feed.tenant, locations=[])
    PostingFactory.create(tenant=feed.tenant, warnings=[Phrase("Odd.")])
    jobs(feed)
    row = published(feed)
    assert (row.refusable, len(row.findings["jobs"]), row.findings["odd"]["count"]) == (3, 1, 1)


def test_another_address_ends_the_one_before(feed: Feed, bob: User) -> None:
    jobs(feed)
    key = outgoing.change_address(feed, bob)
    assert outgoing.document_of(feed.key) is None
    assert outgoing.document_of(key)
    with tenant_scope(feed.tenant_id):
        assert AuditEvent.objects.get(action="feed.address_changed").detail == {}
