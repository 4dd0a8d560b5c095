"""Giving the feed's address: confirmed, corrected, or refused by what was expected and what came."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from integrations.models import Connection, Feed, FeedSync, OutgoingFeed
from sandbox.server import Server
from sandbox.world.faults import Fault
from tenants.models import AuditEvent, Tenant, User
from tenants.phrases import Phrase
from tenants.scoping import tenant_scope
from tests import factories
from tests.factories import FeedComparisonFactory
from tests.lever_world import make_due, work_off

from .pages import LIVE, refused, said, text, url
from .rows import told

pytestmark = pytest.mark.django_db


def give(browser: Client, tenant: Tenant, pasted: str) -> str:
    """What the page says afterwards."""
    return said(browser, browser.post(url("feed", tenant), {"url": pasted}))


def feed_of(tenant: Tenant) -> Feed | None:
    with tenant_scope(tenant.pk):
        return Feed.objects.first()


def test_the_address_that_the_account_tells_is_proposed(browser: Client, northwind: Tenant) -> None:
    factories.ConnectionFactory.create(tenant=northwind, site="acme", region="eu")
    page = text(browser.get(url("feed", northwind)))
    assert 'name="url" value="http' in page
    assert "/v0/postings/acme?mode=xml" in page
    assert "Yes, this is our feed" in page


@pytest.fixture
def of_another(northwind: Tenant) -> Feed:
    """The sister company's, read without any trouble."""
    factories.ConnectionFactory.create(tenant=northwind, site="acme")
    feed: Feed = factories.FeedFactory.create(
        tenant=northwind,
        url="https://api.lever.co/v0/postings/acme-nl?mode=xml",
        site="acme-nl",
        synced_at=timezone.now(),
    )
    factories.FeedSyncFactory.create(tenant=northwind, feed=feed)
    return feed


def test_the_feed_of_another_account_is_not_green_and_the_own_one_is_proposed(
    browser: Client, northwind: Tenant, of_another: Feed
) -> None:
    state = told(northwind, "feed")
    assert (state.state, state.actor) == ("needs_attention", "customer")
    assert state.mismatch
    assert (state.mismatch.expected, state.mismatch.received) == (
        "the feed of the job site “acme”",
        "the feed of “acme-nl”",
    )
    page = text(browser.get(url("feed", northwind)))
    assert "Yes, this is our feed" in page
    give(browser, northwind, "https://api.lever.co/v0/postings/acme?mode=xml")
    assert told(northwind, "feed").state == "checking"


def test_one_that_is_kept_is_green_beside_this_account_alone(
    browser: Client, northwind: Tenant, alice: User, of_another: Feed
) -> None:
    page = said(browser, browser.post(url("feed_keep", northwind)))
    assert told(northwind, "feed").state == "done"
    assert "Yes, this is our feed" not in page
    with tenant_scope(northwind.pk):
        assert AuditEvent.objects.get(action="feed.kept").actor == alice
        Connection.objects.update(site="globex")
    assert told(northwind, "feed").state == "needs_attention"


def test_one_that_was_just_not_found_cannot_be_kept(
    browser: Client, northwind: Tenant, of_another: Feed
) -> None:
    assert "Keep this one</button>" in text(browser.get(url("feed", northwind)))
    factories.FeedSyncFactory.create(
        tenant=northwind, feed=of_another, status="failed", error_code="lever.feed_not_found"
    )
    page = text(browser.get(url("feed", northwind)))
    assert "Yes, this is our feed</button>" in page
    assert "Press “Yes, this is our feed” for your account's own: this one cannot be read." in page
    assert "Keep this one" not in page


def test_one_that_lever_does_not_give_at_the_moment_may_be_kept(
    browser: Client, northwind: Tenant, of_another: Feed
) -> None:
    factories.FeedSyncFactory.create(
        tenant=northwind, feed=of_another, status="failed", error_code="lever.unavailable"
    )
    assert "Keep this one</button>" in text(browser.get(url("feed", northwind)))


def test_the_same_site_in_another_spelling_is_the_same(northwind: Tenant) -> None:
    factories.ConnectionFactory.create(tenant=northwind, site="acme")
    feed = factories.FeedFactory.create(tenant=northwind, site="Acme", synced_at=timezone.now())
    factories.FeedSyncFactory.create(tenant=northwind, feed=feed)
    assert told(northwind, "feed").state == "done"


def test_a_confirmed_feed_is_fetched_and_shows_its_first_jobs(
    browser: Client, northwind: Tenant, sandbox: Server
) -> None:
    sandbox.world.accounts["northwind"].is_feed_on = True
    give(browser, northwind, f"{sandbox.url}/v0/postings/northwind?mode=xml")
    assert told(northwind, "feed").state == "checking"
    work_off(FeedSync)
    page = text(browser.get(url("feed", northwind)))
    assert told(northwind, "feed").state == "done"
    assert page.count('rel="noopener noreferrer"') == 3
    assert "Last syncs" in page


@pytest.mark.parametrize(
    ("pasted", "correction"),
    [
        ("https://jobs.lever.co/acme", "We took the feed of the job site that you gave."),
        ("https://api.lever.co/v0/postings/acme", "We set mode=xml instead of no mode."),
        ("https://api.lever.co/v0/postings/acme?mode=json", "We set mode=xml instead of mode=json."),
        ("  <https://api.lever.co/v0/postings/acme?mode=xml>, ", ""),
    ],
)
def test_what_is_understood_is_corrected_and_the_correction_told(
    browser: Client, northwind: Tenant, pasted: str, correction: str
) -> None:
    assert correction in give(browser, northwind, pasted)
    feed = feed_of(northwind)
    assert feed
    assert feed.url.endswith("/v0/postings/acme?mode=xml")


@pytest.mark.parametrize(
    ("pasted", "expected"),
    [
        ("https://www.acme.example/careers", "got “https://www.acme.example/careers”"),
        ("https://boards.greenhouse.io/acme", "an address of Lever, not of Greenhouse"),
        ("https://acme.wd5.myworkdayjobs.com/careers", "not of Workday"),
        ("our feed", "got “our feed”"),
        ("northwind", "got “northwind”"),
        ("", "Paste the address that Lever copied"),
    ],
)
def test_another_site_is_refused_and_nothing_that_was_typed_is_lost(
    browser: Client, northwind: Tenant, pasted: str, expected: str
) -> None:
    page = refused(browser.post(url("feed", northwind), {"url": pasted}))
    assert expected in page
    assert f'value="{pasted}"' in page or not pasted
    assert feed_of(northwind) is None


def test_a_feed_that_is_switched_off_in_lever_is_read_all_the_same_with_a_warning(
    browser: Client, northwind: Tenant, sandbox: Server
) -> None:
    give(browser, northwind, f"{sandbox.url}/v0/postings/northwind?mode=xml")
    work_off(FeedSync)
    assert told(northwind, "feed").state == "done"
    with tenant_scope(northwind.pk):
        assert FeedSync.objects.get().warnings
    page = text(browser.get(url("feed", northwind)))
    assert "1 warning of the last sync" in page
    assert page.index("It seems to be switched off; we read the same jobs another way.") < page.index(
        "1 warning"
    )
    sandbox.world.accounts["northwind"].is_feed_on = True
    browser.post(url("feed_sync", northwind))
    assert "we read the same jobs another way" in text(browser.get(url("feed", northwind)))
    work_off(FeedSync)
    assert "we read the same jobs another way" not in text(browser.get(url("feed", northwind)))


def test_a_feed_that_is_not_there_says_what_came_and_where_to_look(
    browser: Client, northwind: Tenant, sandbox: Server
) -> None:
    give(browser, northwind, f"{sandbox.url}/v0/postings/northwindd?mode=xml")
    work_off(FeedSync)
    page = text(browser.get(url("feed", northwind)))
    assert told(northwind, "feed").state == "needs_attention"
    assert "northwindd" in page
    assert "Settings > Integrations and API > Job boards > Job posting feed" in page


@pytest.mark.parametrize(
    ("fault", "state"), [("malformed_feed", "needs_attention"), ("empty_feed", "done"), ("500", "waiting")]
)
def test_a_feed_that_lever_breaks_says_so(
    browser: Client, northwind: Tenant, sandbox: Server, fault: str, state: str
) -> None:
    sandbox.world.accounts["northwind"].is_feed_on = True
    sandbox.world.faults.order(Fault(fault, path_prefix="/v0/"))
    give(browser, northwind, f"{sandbox.url}/v0/postings/northwind?mode=xml")
    work_off(FeedSync)
    seen = told(northwind, "feed")
    assert seen.state == state
    assert seen.says != "Fetching the feed and reading its jobs."
    page = text(browser.get(url("feed", northwind)))
    assert ("will be tried again at" in page) == (state == "waiting")


def test_an_address_that_answers_no_xml_is_refused_with_what_came(
    browser: Client, northwind: Tenant, sandbox: Server
) -> None:
    feed = factories.FeedFactory.create(tenant=northwind, url=f"{sandbox.url}/control")
    factories.FeedSyncFactory.create(
        tenant=northwind, feed=feed, status="queued", finished_at=None, next_attempt_at=feed.confirmed_at
    )
    work_off(FeedSync)
    seen = told(northwind, "feed")
    assert (seen.state, seen.actor) == ("needs_attention", "customer")
    assert seen.mismatch
    assert seen.mismatch.received


def test_syncing_now_starts_one_sync(browser: Client, northwind: Tenant) -> None:
    factories.FeedFactory.create(tenant=northwind)
    for _ in range(2):
        browser.post(url("feed_sync", northwind))
    with tenant_scope(northwind.pk):
        assert FeedSync.objects.get().trigger == "customer"


def test_a_paused_feed_is_not_offered_to_be_synced(browser: Client, northwind: Tenant) -> None:
    feed = factories.FeedFactory.create(tenant=northwind)
    factories.FeedSyncFactory.create(tenant=northwind, feed=feed, status="queued", finished_at=None)
    assert "Sync now" in text(browser.get(url("feed", northwind)))
    northwind.status = Tenant.Status.PAUSED
    northwind.save()
    page = text(browser.get(url("feed", northwind)))
    assert "Sync now" not in page
    assert "<strong>waits</strong>" in page


def test_syncing_without_a_feed_does_nothing(browser: Client, northwind: Tenant) -> None:
    assert browser.post(url("feed_sync", northwind)).status_code == 302
    with tenant_scope(northwind.pk):
        assert not FeedSync.objects.exists()


def test_a_correction_says_what_was_given_and_what_is_used(browser: Client, northwind: Tenant) -> None:
    page = give(browser, northwind, "https://jobs.eu.lever.co/acme/a-job")
    assert "You gave https://jobs.eu.lever.co/acme/a-job. We use " in page
    assert "/v0/postings/acme?mode=xml: We took the feed of the job site that you gave." in page


def test_a_sync_that_runs_ends_in_the_live_part_without_a_new_page(
    browser: Client, northwind: Tenant, sandbox: Server
) -> None:
    sandbox.world.accounts["northwind"].is_feed_on = True
    give(browser, northwind, f"{sandbox.url}/v0/postings/northwind?mode=xml")
    assert 'data-sync="queued"' in text(browser.get(url("feed", northwind), headers=LIVE))
    work_off(FeedSync)
    part = text(browser.get(url("feed", northwind), headers=LIVE))
    assert 'data-sync="done"' in part
    assert "21 jobs: 21 new, 0 changed, 0 closed" in " ".join(part.split())


@pytest.fixture
def held(northwind: Tenant) -> FeedSync:
    feed = factories.FeedFactory.create(tenant=northwind, synced_at=timezone.now())
    sync: FeedSync = factories.FeedSyncFactory.create(
        tenant=northwind,
        feed=feed,
        status="held",
        closed=2,
        missing=["Night Driver", "Packer <m/w/d>"],
        error_message="2 open jobs are missing from the feed.",
    )
    return sync


def decide(browser: Client, tenant: Tenant, sync: FeedSync, decision: str) -> str:
    given = {"sync": sync.pk, "decision": decision}
    return said(browser, browser.post(url("feed_decide", tenant), given))


def test_what_a_held_sync_would_close_is_shown_and_asked(
    browser: Client, northwind: Tenant, held: FeedSync
) -> None:
    page = text(browser.get(url("feed", northwind)))
    assert "Night Driver" in page
    assert "Packer <m/w/d>" in page
    assert {'value="accepted"', 'value="rejected"'} <= set(page.replace(">", " ").split())


def test_a_drop_that_is_said_to_be_right_is_applied(
    browser: Client, northwind: Tenant, alice: User, held: FeedSync
) -> None:
    page = decide(browser, northwind, held, "accepted")
    assert "They are closed</button>" not in page
    assert told(northwind, "feed").state == "checking"
    with tenant_scope(northwind.pk):
        assert FeedSync.objects.get(may_close=held.closed).trigger == "customer"
        assert FeedSync.objects.get(pk=held.pk).decided_by == alice


def test_a_drop_that_is_said_to_be_wrong_waits_for_lever(
    browser: Client, northwind: Tenant, held: FeedSync
) -> None:
    page = decide(browser, northwind, held, "rejected")
    assert "It was said that they are still open." in page
    state = told(northwind, "feed")
    assert (state.state, state.actor) == ("waiting", "provider")
    assert state.says.startswith("The feed lacks 2 jobs that are said to be open.")
    with tenant_scope(northwind.pk):
        assert FeedSync.objects.count() == 1


@pytest.mark.parametrize("given", [{}, {"decision": "accepted"}, {"decision": "perhaps"}])
def test_only_the_list_that_was_shown_can_be_decided_on(
    browser: Client, northwind: Tenant, held: FeedSync, given: dict[str, str]
) -> None:
    browser.post(url("feed_decide", northwind), {"sync": held.pk + 1, **given})
    assert told(northwind, "feed").state == "needs_attention"


def test_jobs_are_shown_as_boards_show_them(browser: Client, northwind: Tenant) -> None:
    factories.FeedFactory.create(tenant=northwind, synced_at=timezone.now())
    factories.FormCheckFactory.create(
        tenant=northwind,
        posting__title="Fahrer <m/w/d>",
        posting__locations=["Berlin, Germany"],
        posting__description_html="<p>Drive &amp; deliver.</p>" + "<p>word</p>" * 60,
    )
    page = text(browser.get(url("feed", northwind)))
    assert "Fahrer <m/w/d>" in page
    assert "Northwind Logistics · Berlin, DE" in page
    assert "Drive & deliver. word word" in page
    assert "word …" in page
    assert "with Appcast Apply" in page


def test_how_far_a_running_sync_is_can_be_seen(browser: Client, northwind: Tenant) -> None:
    feed = factories.FeedFactory.create(tenant=northwind, synced_at=timezone.now())
    factories.PostingFactory.create(tenant=northwind)
    factories.FeedSyncFactory.create(
        tenant=northwind, feed=feed, status="running", finished_at=None, found=412
    )
    page = text(browser.get(url("feed", northwind)))
    assert "412 jobs read so far" in page
    assert 'max="1" value="412"' in page


def test_the_counts_over_time_are_a_picture_and_a_table(browser: Client, northwind: Tenant) -> None:
    feed = factories.FeedFactory.create(tenant=northwind, synced_at=timezone.now())
    for days, found in enumerate([12, 0, 8, 10]):
        at = timezone.now() - timedelta(days=days)
        for extra in (5, 0):
            factories.FeedSyncFactory.create(
                tenant=northwind, feed=feed, found=found + extra, finished_at=at, created_at=at
            )
    page = text(browser.get(url("feed", northwind)))
    picture = page[page.index('<figure class="chart">') :].partition("</figure>")[0]
    assert picture.count("<rect") == 4
    assert picture.count('class="is-none"') == 1
    assert "12 jobs now; at least 0 and at most 12 in this time." in " ".join(picture.split())
    table = page[page.index('id="history-table"') :]
    assert table[: table.index("</table>")].count('scope="row"') == 4


def test_one_sync_is_no_picture_yet(browser: Client, northwind: Tenant) -> None:
    feed = factories.FeedFactory.create(tenant=northwind, synced_at=timezone.now())
    factories.FeedSyncFactory.create(tenant=northwind, feed=feed, found=3)
    assert 'class="chart"' not in text(browser.get(url("feed", northwind)))


def test_a_warning_stays_while_nothing_changes(browser: Client, northwind: Tenant) -> None:
    feed = factories.FeedFactory.create(tenant=northwind, synced_at=timezone.now())
    factories.FeedSyncFactory.create(tenant=northwind, feed=feed, warnings=["Job 7 was left out."])
    factories.FeedSyncFactory.create(tenant=northwind, feed=feed, is_unchanged=True, found=3)
    page = text(browser.get(url("feed", northwind)))
    assert "Job 7 was left out." in page
    assert "3 jobs: nothing has changed" in page


def test_what_boards_may_not_show_is_told_with_its_reason(browser: Client, northwind: Tenant) -> None:
    factories.OutgoingFeedFactory.create(tenant=northwind, version=0)
    factories.PostingFactory.create(tenant=northwind, title="Nowhere", locations=[])
    work_off(OutgoingFeed)
    factories.PostingFactory.create(tenant=northwind, title="Strange", warnings=[Phrase("Odd.")])
    make_due(OutgoingFeed)
    work_off(OutgoingFeed)
    page = text(browser.get(url("feed", northwind)))
    assert "1 job that job boards may not show" in page
    assert "The job has no location: job boards may never show it." in page
    odd = page[page.index('id="odd"') :].partition("</details>")[0]
    assert "1 job with something odd in the feed" in odd
    assert "Strange</a>" in odd


def test_differences_are_told_with_their_reasons(browser: Client, northwind: Tenant) -> None:
    connection = factories.ConnectionFactory.create(tenant=northwind, site="acme")
    factories.FeedFactory.create(tenant=northwind, synced_at=timezone.now())
    FeedComparisonFactory.create(
        tenant=northwind,
        connection=connection,
        read_at=timezone.now(),
        in_ats=5,
        in_feed=4,
        counts={"unlisted": 1},
        differences=[{"external_id": "1", "title": "Secret Agent", "why": "unlisted"}],
    )
    page = text(browser.get(url("feed", northwind)))
    assert "Lever's list and the feed differ" in page
    assert "Unlisted in Lever: 1" in page
    assert "Secret Agent" in page
