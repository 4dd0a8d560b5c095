"""The address of a customer's job feed, understood from whatever a customer pastes (contract 5)."""

import html
import re
from urllib.parse import parse_qsl, unquote, urlencode

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from tenants.phrases import Phrase

from ..errors import ConfigurationError
from ..types import Account, FeedUrl
from .configuration import configuration

EXAMPLE = Phrase("https://api.lever.co/v0/postings/your-company?mode=xml")
WHERE = Phrase(
    "In Lever, open Settings > Integrations and API > Job boards and press COPY beside Job posting feed."
)
WRAPPING = " \t\r\n\"'`“”‘’<>[](){},;.|\u200b\u200e\u200f\ufeff\u00a0"  # noqa: RUF001
SITE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
# A customer may mean to advertise some jobs only; the other parameters would cut or regroup the list.
FILTERS = {"location", "commitment", "team", "department", "level"}
OTHER_SYSTEMS = {
    "ashbyhq.com": "Ashby",
    "bamboohr.com": "BambooHR",
    "greenhouse.io": "Greenhouse",
    "icims.com": "iCIMS",
    "jobvite.com": "Jobvite",
    "myworkdayjobs.com": "Workday",
    "personio.de": "Personio",
    "recruitee.com": "Recruitee",
    "smartrecruiters.com": "SmartRecruiters",
    "teamtailor.com": "Teamtailor",
    "workable.com": "Workable",
}


def understand_feed_url(pasted: str) -> FeedUrl:
    """The XML feed that `pasted` means; ConfigurationError when it means none of Lever."""
    text = _cleaned(pasted)
    url = _parsed(text)
    base, site = _place(url, text)
    query = [(name.lower(), value) for name, value in parse_qsl(url.query or "")]
    filters = [(name, value) for name, value in query if name in FILTERS]
    understood = f"{base}/v0/postings/{site}?{urlencode([*filters, ('mode', 'xml')])}"
    return FeedUrl(url=understood, site=site, corrections=tuple(_corrections(pasted, url, query)))


def feed_url(account: Account) -> str:
    if not account.site:
        raise ConfigurationError(
            "lever.site_unknown",
            Phrase(
                "Lever lists no job from which we could read your feed's address. %(where)s Then paste it.",
                where=WHERE,
            ),
        )
    return f"{_api_base(is_european=account.region == 'eu')}/v0/postings/{account.site}?mode=xml"


def elsewhere(url: str) -> list[FeedUrl]:
    """The same site's feed in Lever's other regions: those that a site is not in do not know it [T]."""
    lever, given = configuration(), parse_url(url)
    own = f"{given.scheme}://{given.netloc}"
    hosts = tuple(f"https://{host}" for host in lever.feed_hosts)
    origins = lever.trusted_origins if own in lever.trusted_origins else hosts
    found = Phrase("Lever knows your company in another of its regions; we took the feed there.")
    return [
        FeedUrl(url=url.replace(own, origin, 1), site=_site(_parts(given)[2:], url), corrections=(found,))
        for origin in origins
        if origin != own
    ]


def _parts(url: Url) -> list[str]:
    return [unquote(part) for part in (url.path or "").split("/") if part]


def _cleaned(pasted: str) -> str:
    """The address alone, as it was typed, without what mails and documents wrap around it."""
    text = html.unescape(pasted).strip(WRAPPING)
    found = re.search(r"(https?://|[\w.]*\blever\.co\b)[^\s\"'<>“”]*", text, re.IGNORECASE)
    text = (found[0] if found else text).strip(WRAPPING)
    if "{" in pasted or "%7B" in text:
        raise _not_understood(
            "lever.feed_url_placeholder", Phrase("your company's own name in the place of the braces"), text
        )
    if text and text.upper() == text:
        text = text.lower()
    return text


def _parsed(text: str) -> Url:
    expected = Phrase("Lever's feed address, such as %(example)s", example=EXAMPLE)
    try:
        url = parse_url(text if "://" in text else f"https://{text}")
    except LocationParseError:
        raise _not_understood("lever.feed_url_unreadable", expected, text) from None
    is_address = url.scheme in {"http", "https"} and "." in (url.host or "") and " " not in text
    if not is_address or url.auth is not None:
        raise _not_understood("lever.feed_url_unreadable", expected, text)
    return url


def _place(url: Url, text: str) -> tuple[str, str]:
    """The API's origin and the site."""
    lever = configuration()
    origin, host = f"{url.scheme}://{url.netloc}", url.host or ""
    is_trusted = origin in lever.trusted_origins
    parts = _parts(url)
    if is_trusted or (host in lever.feed_hosts and url.port in {None, 80, 443}):
        is_feed = [part.lower() for part in parts[:2]] == ["v0", "postings"]
        return origin if is_trusted else f"https://{host}", _site(parts[2:] if is_feed else [], text)
    if host in {"jobs.lever.co", "jobs.eu.lever.co"}:
        return _api_base(is_european=host == "jobs.eu.lever.co"), _site(parts, text)
    raise _other_host(host, text)


def _api_base(*, is_european: bool) -> str:
    """The host of European accounts stands in no official text; the public feed's is documented [O]."""
    lever = configuration()
    european = next((host for host in lever.feed_hosts if ".eu." in host), "")
    is_real = lever.api_url == "https://api.lever.co"
    return f"https://{european}" if is_european and european and is_real else lever.api_url


def _site(parts: list[str], text: str) -> str:
    if not parts or not SITE.fullmatch(parts[0]):
        expected = Phrase("an address that names your company, such as %(example)s", example=EXAMPLE)
        raise _not_understood("lever.feed_url_without_site", expected, text)
    return parts[0]


def _other_host(host: str, text: str) -> ConfigurationError:
    system = next(
        (name for end, name in OTHER_SYSTEMS.items() if host == end or host.endswith(f".{end}")), ""
    )
    if system:
        expected = Phrase("an address of Lever, not of %(system)s", system=system)
        return _not_understood("lever.feed_url_other_system", expected, text)
    if host.endswith(".lever.co"):
        expected = Phrase("the feed's address, such as %(example)s", example=EXAMPLE)
        return _not_understood("lever.feed_url_other_page", expected, text)
    return _not_understood(
        "lever.feed_url_other_host", Phrase("an address of api.lever.co, not of your own site"), text
    )


def _not_understood(code: str, expected: Phrase, text: str) -> ConfigurationError:
    came = text.split("?")[0].split("@")[-1][:100]
    return ConfigurationError(
        code,
        Phrase("Expected %(expected)s; got “%(came)s”. %(where)s", expected=expected, came=came, where=WHERE),
        f"expected {expected.english}, got {came!r}",
    )


def _corrections(pasted: str, url: Url, query: list[tuple[str, str]]) -> list[Phrase]:
    corrections = []
    mode = dict(query).get("mode", "")
    if (url.host or "").startswith("jobs."):
        corrections.append(Phrase("We took the feed of the job site that you gave."))
    elif len([part for part in (url.path or "").split("/") if part]) > 3:
        corrections.append(Phrase("We took the feed of all jobs instead of one job's address."))
    elif mode != "xml":
        corrections.append(
            Phrase("We set mode=xml instead of mode=%(mode)s.", mode=mode)
            if mode
            else Phrase("We set mode=xml instead of no mode.")
        )
    if "http://" in pasted.lower() and f"{url.scheme}://{url.netloc}" not in configuration().trusted_origins:
        corrections.append(Phrase("We changed http to https."))
    if any(name not in FILTERS | {"mode"} for name, _ in query):
        corrections.append(Phrase("We left out parameters that would shorten or regroup the list."))
    return corrections
