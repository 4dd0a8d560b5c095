"""What stands in a feed and how it comes into rows: written by hand here, so that every oddity can be told."""

from collections.abc import Callable

import pytest
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from integrations.models import Feed, FeedSync, Posting
from integrations.services import feeds, syncing, work
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from tests.lever_world import work_off

pytestmark = pytest.mark.django_db
Sync = Callable[..., FeedSync]


def job(external_id: str, title: str = "Driver", inner: str = "") -> str:
    url = f"https://jobs.lever.co/acme/{external_id}"
    return (
        f"<job><id>{external_id}</id><position>{title}</position><apply_url>{url}/apply</apply_url>"
        f"<location>Columbus, OH</location>{inner}</job>"
    )


@pytest.fixture
def sync(httpserver: HTTPServer, settings: Settings, northwind: Tenant, alice: User) -> Sync:
    """Of a feed that holds these jobs now."""
    origin = f"http://127.0.0.1:{httpserver.port}"
    settings.OUTGOING_TRUSTED_ORIGINS = [origin]
    body: list[str] = []
    httpserver.expect_request("/v0/postings/acme").respond_with_handler(lambda _: Response("".join(body)))

    def run(*jobs: str) -> FeedSync:
        body[:] = ["<jobs>", *jobs, "</jobs>"]
        with tenant_scope(northwind.pk):
            feed = Feed.objects.first()
        if feed:
            feeds.start_sync(feed, FeedSync.Trigger.CUSTOMER)
        else:
            feeds.confirm(northwind, feeds.understand(f"{origin}/v0/postings/acme?mode=xml"), alice)
        work_off(FeedSync)
        with tenant_scope(northwind.pk):
            return FeedSync.objects.latest("pk")

    return run


def postings(tenant: Tenant) -> dict[str, Posting]:
    with tenant_scope(tenant.pk):
        return {it.external_id: it for it in Posting.objects.all()}


def warnings(sync: FeedSync) -> list[str]:
    return [str(it) for it in sync.warnings]


def test_of_two_jobs_with_one_id_the_first_counts_each_time(sync: Sync, northwind: Tenant) -> None:
    twice = [job("1", "First"), job("1", "Second"), job("2"), job("2")]
    first = sync(*twice)
    assert (first.found, first.new) == (2, 2)
    assert warnings(first) == [
        "“Second” stands in the feed twice with one id; the first is used.",
        "“Driver” stands in the feed twice with one id; the first is used.",
    ]
    again = sync(*twice, "<!-- another document -->")
    assert (again.found, again.unchanged, again.changed, again.new, again.closed) == (2, 2, 0, 0, 0)
    assert warnings(again) == warnings(first)
    assert postings(northwind)["1"].title == "First"


def test_the_other_of_two_takes_its_place_once_the_first_is_gone(sync: Sync, northwind: Tenant) -> None:
    sync(job("1", "First"), job("1", "Second"))
    assert sync(job("1", "Second")).changed == 1
    assert postings(northwind)["1"].title == "Second"


def test_a_job_without_a_title_is_told_of_each_time(sync: Sync) -> None:
    for note in ("", "<!-- again -->"):
        told = sync(job("1"), job("2", title=""), note)
        assert (told.found, warnings(told)) == (1, ["Job 2 was left out: it has no title."])


def test_what_we_have_no_use_for_and_what_is_odd_stays_with_its_job(sync: Sync, northwind: Tenant) -> None:
    sync(job("1", inner="<colour>red</colour><workplace_type>on the moon</workplace_type>"))
    kept = postings(northwind)["1"]
    assert kept.unknown == {"colour": "red"}
    assert [str(it) for it in kept.warnings] == ["The workplace type “on the moon” is not one that we know."]


def test_html_is_made_safe_before_it_is_kept(sync: Sync, northwind: Tenant) -> None:
    hostile = "<![CDATA[<p onclick='x()'>Drive</p><script>steal()</script><img src=x onerror=y>]]>"
    sync(job("1", inner=f"<description>{hostile}</description>"))
    assert postings(northwind)["1"].description_html == "<p>Drive</p>"


def test_many_jobs_are_written_batch_by_batch(
    sync: Sync, northwind: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.services.postings.LINES_AT_ONCE", 3)
    ids = [str(number) for number in range(10)]
    assert sync(*map(job, ids)).new == 10
    changed = [job(it, "Night Driver") if it in "47" else job(it) for it in ids[:-1]]
    told = sync(*changed, job("new"))
    assert (told.changed, told.unchanged, told.new, told.closed) == (2, 7, 1, 1)
    rows = postings(northwind)
    assert [it for it in ids if rows[it].title == "Night Driver"] == ["4", "7"]
    assert not rows["9"].is_open


def test_how_far_it_is_can_be_seen_meanwhile(
    sync: Sync, northwind: Tenant, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syncing, "TOLD_EVERY_SECONDS", 0)
    seen: list[int] = []
    real = work.note

    def note(row: FeedSync, **changes: int) -> None:
        seen.extend(changes.values())
        real(row, **changes)

    monkeypatch.setattr(work, "note", note)
    sync(*(job(str(number)) for number in range(5)))
    assert seen == [1, 2, 3, 4, 5]


def test_a_feed_that_breaks_in_the_middle_doubles_nothing(
    httpserver: HTTPServer, settings: Settings, northwind: Tenant, alice: User
) -> None:
    origin = f"http://127.0.0.1:{httpserver.port}"
    settings.OUTGOING_TRUSTED_ORIGINS = [origin]

    def answer(request: Request) -> Response:
        if "mode=xml" in request.query_string.decode():
            return Response(f"<jobs>{job('1')}{job('2')}<job>R & D")
        whole = [
            {"id": it, "text": "Driver", "hostedUrl": f"https://jobs.lever.co/acme/{it}"} for it in "213"
        ]
        return Response(str(whole).replace("'", '"'))

    httpserver.expect_request("/v0/postings/acme").respond_with_handler(answer)
    feeds.confirm(northwind, feeds.understand(f"{origin}/v0/postings/acme?mode=xml"), alice)
    work_off(FeedSync)
    with tenant_scope(northwind.pk):
        told = FeedSync.objects.get()
    assert (told.format, told.found, told.new) == ("json", 3, 3)
    assert len(warnings(told)) == 1
    assert "We read the same list as JSON." in warnings(told)[0]
