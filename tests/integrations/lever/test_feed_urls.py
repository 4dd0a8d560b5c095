import pytest
from pytest_django import Settings

from integrations.errors import ConfigurationError
from integrations.lever.feed_urls import elsewhere, feed_url, understand_feed_url
from integrations.types import Account

FEED = "https://api.lever.co/v0/postings/acme?mode=xml"
EU_FEED = "https://api.eu.lever.co/v0/postings/acme?mode=xml"
POSTING = "33538a2f-d27d-4a96-8f05-fa4b0e4d940e"


@pytest.fixture(autouse=True)
def real_lever(settings: Settings) -> None:
    settings.LEVER_API_URL = "https://api.lever.co"
    settings.LEVER_FEED_HOSTS = ["api.lever.co", "api.eu.lever.co"]
    settings.OUTGOING_TRUSTED_ORIGINS = []


@pytest.mark.parametrize(
    "pasted",
    [
        FEED,
        f"  {FEED}\r\n",
        f'"{FEED}"',
        f"<{FEED}>",
        f"“{FEED}”.",
        f"\u200b{FEED}\u00a0",
        f"Our feed: {FEED} (all jobs)",
        "Our feed: api.lever.co/v0/postings/acme?mode=xml",
        f"[{FEED}]({FEED})",
        FEED.upper(),
        FEED.replace("https", "http"),
        FEED.replace("https", "HTTPS"),
        FEED.removeprefix("https://"),
        FEED.replace("?mode=xml", ""),
        FEED.replace("?mode=xml", "/"),
        FEED.replace("xml", "json"),
        FEED.replace("?mode=xml", "?mode=XML"),
        FEED.replace("?mode=xml", "?skip=0&amp;limit=10&amp;mode=json"),
        FEED.replace("?mode=xml", f"/{POSTING}"),
        FEED.replace("co/", "co:443/"),
        "https://jobs.lever.co/acme",
        "https://jobs.lever.co/acme/?lever-origin=applied",
        f"https://jobs.lever.co/acme/{POSTING}",
        f"jobs.lever.co/acme/{POSTING}/apply",
    ],
)
def test_what_a_customer_pastes_is_understood(pasted: str) -> None:
    understood = understand_feed_url(pasted)
    assert (understood.url, understood.site) == (FEED, "acme")


@pytest.mark.parametrize(
    "pasted", [EU_FEED, "https://jobs.eu.lever.co/acme", f"https://jobs.eu.lever.co/acme/{POSTING}/apply"]
)
def test_a_european_address_stays_in_europe(pasted: str) -> None:
    assert understand_feed_url(pasted).url == EU_FEED


def test_the_spelling_of_the_site_is_kept() -> None:
    assert understand_feed_url("https://API.lever.co/V0/Postings/AcmeInc").site == "AcmeInc"


def test_filters_are_kept() -> None:
    understood = understand_feed_url("https://api.lever.co/v0/postings/acme?team=Sales&team=R%26D&group=team")
    assert understood.url == "https://api.lever.co/v0/postings/acme?team=Sales&team=R%26D&mode=xml"


@pytest.mark.parametrize(
    ("pasted", "corrections"),
    [
        (FEED, ()),
        (FEED.replace("xml", "json"), ("We set mode=xml instead of mode=json.",)),
        (FEED.replace("?mode=xml", ""), ("We set mode=xml instead of no mode.",)),
        (FEED.replace("https", "http"), ("We changed http to https.",)),
        (f"{FEED}&limit=5", ("We left out parameters that would shorten or regroup the list.",)),
        ("https://jobs.lever.co/acme", ("We took the feed of the job site that you gave.",)),
        (
            FEED.replace("?mode=xml", f"/{POSTING}"),
            ("We took the feed of all jobs instead of one job's address.",),
        ),
    ],
)
def test_the_customer_is_told_what_was_corrected(pasted: str, corrections: tuple[str, ...]) -> None:
    assert tuple(map(str, understand_feed_url(pasted).corrections)) == corrections


@pytest.mark.parametrize(
    ("pasted", "code"),
    [
        ("", "lever.feed_url_unreadable"),
        ("   ", "lever.feed_url_unreadable"),
        ("acme", "lever.feed_url_unreadable"),
        ("please ask Bob", "lever.feed_url_unreadable"),
        ("https://", "lever.feed_url_unreadable"),
        ("javascript:alert(1)", "lever.feed_url_unreadable"),
        ("file:///etc/passwd", "lever.feed_url_unreadable"),
        ("https://[::1", "lever.feed_url_unreadable"),
        ("https://bob:secret@api.lever.co/v0/postings/acme", "lever.feed_url_unreadable"),
        ("https://api.lever.co@evil.example/v0/postings/acme", "lever.feed_url_unreadable"),
        ("https://api.lever.co/v0/postings/{{accountname}}?mode=xml", "lever.feed_url_placeholder"),
        ("https://api.lever.co/v0/postings/%7B%7Baccountname%7D%7D", "lever.feed_url_placeholder"),
        ("https://api.lever.co/v0/postings/", "lever.feed_url_without_site"),
        ("https://api.lever.co/v0/postings/?mode=xml", "lever.feed_url_without_site"),
        ("https://api.lever.co/v1/postings/acme", "lever.feed_url_without_site"),
        ("https://api.lever.co/v0/postings/..%2f..%2fv1", "lever.feed_url_without_site"),
        ("https://jobs.lever.co/", "lever.feed_url_without_site"),
        ("https://hire.lever.co/settings/integrations", "lever.feed_url_other_page"),
        ("https://boards.greenhouse.io/acme", "lever.feed_url_other_system"),
        ("https://acme.wd5.myworkdayjobs.com/en-US/careers", "lever.feed_url_other_system"),
        ("https://careers.acme.example/jobs", "lever.feed_url_other_host"),
        ("https://api.lever.co.evil.example/v0/postings/acme", "lever.feed_url_other_host"),
        ("https://evil.example/api.lever.co/v0/postings/acme", "lever.feed_url_other_host"),
        ("https://evil.example\\@api.lever.co/v0/postings/acme", "lever.feed_url_other_host"),
        ("https://notlever.co/v0/postings/acme", "lever.feed_url_other_host"),
        ("https://127.0.0.1/v0/postings/acme", "lever.feed_url_other_host"),
        ("https://api.lever.co:8443/v0/postings/acme", "lever.feed_url_other_page"),
    ],
)
def test_another_address_is_refused_with_what_to_do(pasted: str, code: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        understand_feed_url(pasted)
    assert caught.value.code == code
    assert "Expected" in str(caught.value.message)
    assert "Settings > Integrations and API" in str(caught.value.message)
    assert "secret" not in str(caught.value.message)


def test_a_trusted_origin_counts_as_a_feed_host(settings: Settings) -> None:
    settings.OUTGOING_TRUSTED_ORIGINS = ["http://127.0.0.1:9100"]
    settings.LEVER_API_URL = "http://127.0.0.1:9100"
    feed = "http://127.0.0.1:9100/v0/postings/northwind?mode=xml"
    assert understand_feed_url("http://127.0.0.1:9100/v0/postings/northwind").url == feed
    assert understand_feed_url("http://127.0.0.1:9100/v0/postings/northwind?mode=xml").corrections == ()
    assert understand_feed_url("https://jobs.lever.co/northwind").url == feed
    assert feed_url(Account("northwind", "eu")) == feed


@pytest.mark.parametrize(("known", "other"), [(FEED, EU_FEED), (EU_FEED, FEED)])
def test_a_site_may_be_in_the_other_region(known: str, other: str) -> None:
    (found,) = elsewhere(known)
    assert (found.url, found.site) == (other, "acme")
    assert "another of its regions" in str(found.corrections[0])


def test_the_feed_of_an_account_follows_its_region() -> None:
    assert feed_url(Account("acme", "global")) == FEED
    assert feed_url(Account("acme", "eu")) == EU_FEED
    with pytest.raises(ConfigurationError) as caught:
        feed_url(Account("", "global"))
    assert caught.value.code == "lever.site_unknown"
