"""Fetching a feed (contract 5): as XML, or where that cannot be had or understood, as JSON.

The feed is first brought onto disk, in a file without a name, so that the slow reader never holds up Lever,
and the time limit of the fetch is no limit on reading.
"""

import hashlib
import tempfile
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import IO

from tenants.phrases import Phrase

from .. import http
from ..errors import ConfigurationError, IntegrationError, RateLimitedError, TransientError
from ..retry import parse_retry_after
from ..types import OfferedPosting
from .feed_reading import READ_AS, FeedBrokenError, Reading
from .feed_urls import WHERE

# Whether If-None-Match is honoured is not known [?]: without an ETag the date of the last change is sent, and without
# that the body's own hash tells that nothing changed.
HASHED = "sha256:"
DATED = "modified:"
HTML_STARTS = (b"<!doctype html", b"<html")


@dataclass(frozen=True, slots=True)
class Download:
    """`body` stands at its beginning; `head` is its first bytes without blanks, in lower case."""

    status: int
    etag: str
    head: bytes
    body: IO[bytes]


class LeverFeed:
    """One answer of a feed; satisfies `FetchedFeed`.

    After reading JSON in place of broken XML, `etag` is empty.
    """

    def __init__(self, url: str, download: Download, *, is_unchanged: bool = False) -> None:
        self._etag = download.etag
        self.is_unchanged = is_unchanged
        self.format = "xml"
        self._url = url
        self._body = download.body
        self.warnings: list[Phrase] = []
        self.has_begun_anew = False
        weakref.finalize(self, download.body.close)

    @property
    def is_told_apart(self) -> bool:
        """Two changes fit into one second, and so into one date."""
        return bool(self._etag) and not self._etag.startswith(DATED)

    @property
    def etag(self) -> str:
        """Of the list as we read it: who reads otherwise knows none of it."""
        return READ_AS + self._etag if self._etag else ""

    def __iter__(self) -> Iterator[OfferedPosting]:
        if self.format == "xml":
            try:
                yield from self._read()
            except FeedBrokenError as broken:
                self.warnings.clear()
                self.use_json(broken)
                self._etag, self.has_begun_anew = "", True
            else:
                return
        yield from self._read()

    def _read(self) -> Iterator[OfferedPosting]:
        reading = Reading(self.warnings)
        self._body.seek(0)
        yield from reading.xml(self._body) if self.format == "xml" else reading.json(self._body)
        if reading.is_in_vain:
            raise FeedBrokenError(
                "lever.feed_not_understood",
                "The feed is not a list of jobs.",
                "none has id, title and address",
            )

    def use_json(self, problem: ConfigurationError) -> None:
        """Goes on with the JSON of the same address; raises `problem` where that is no list either."""
        download = _download(_as_json(self._url), "")
        weakref.finalize(self, download.body.close)
        if download.status != HTTPStatus.OK or not download.head.startswith(b"["):
            raise problem
        self._body, self.format, self._etag = download.body, "json", download.etag
        self.warnings.append(
            Phrase(
                "The XML could not be used: %(why)s We read the same list as JSON.",
                why=problem.message,
            )
        )


def fetch_feed(url: str, etag: str) -> LeverFeed:
    """`etag` is what the last fetch gave, or empty.

    Raises ConfigurationError, TransientError, RateLimitedError.
    """
    known = etag.removeprefix(READ_AS) if etag.startswith(READ_AS) else ""
    download = _download(url, known)
    if download.status == HTTPStatus.NOT_MODIFIED:
        return LeverFeed(url, download, is_unchanged=True)
    feed = LeverFeed(url, download)
    if problem := _problem(download):
        feed.use_json(problem)
    feed.is_unchanged = feed.is_told_apart and feed.etag == etag
    return feed


def _download(url: str, etag: str) -> Download:
    body = tempfile.TemporaryFile()  # noqa: SIM115 - the feed closes it
    try:
        with http.stream(url, headers=_condition(etag)) as answer:
            digest = hashlib.sha256()
            for piece in answer.chunks:
                digest.update(piece)
                body.write(piece)
            _raise_for(answer)
    except IntegrationError:
        body.close()
        raise
    body.seek(0)
    head = body.read(512).removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    body.seek(0)
    if answer.status == HTTPStatus.NOT_MODIFIED:
        return Download(answer.status, etag, head, body)
    return Download(answer.status, _etag_of(answer) or HASHED + digest.hexdigest(), head, body)


def _condition(etag: str) -> dict[str, str]:
    if etag.startswith(DATED):
        return {"If-Modified-Since": etag.removeprefix(DATED)}
    return {"If-None-Match": etag} if etag and not etag.startswith(HASHED) else {}


def _etag_of(answer: http.Stream) -> str:
    dated = answer.headers.get("Last-Modified", "")
    return answer.headers.get("ETag", "") or (DATED + dated if dated else "")


def _raise_for(answer: http.Stream) -> None:
    """What no other format of the same address can help."""
    detail = f"feed answered {answer.status}"
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = parse_retry_after(answer.headers.get("Retry-After", ""), datetime.now(UTC))
        raise RateLimitedError("lever.rate_limited", "Lever asks us to slow down.", detail, wait)
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise TransientError("lever.unavailable", "Lever does not answer properly at the moment.", detail)


def _problem(download: Download) -> ConfigurationError | None:
    """Why this is no XML feed, as far as the beginning tells."""
    if download.status == HTTPStatus.NOT_FOUND:
        # What Lever answers while the toggle is off is not known [?]; an unknown site gives 404 in every
        # format.
        return ConfigurationError(
            "lever.feed_not_found",
            Phrase(
                "Lever knows no job feed at this address. Is “Job posting feed” switched on? %(where)s",
                where=WHERE,
            ),
            "404: unknown site, other region, or feed switched off",
        )
    if download.status != HTTPStatus.OK:
        return ConfigurationError(
            "lever.feed_refused", "Lever refuses to give the feed.", f"feed answered {download.status}"
        )
    if not download.head:
        return ConfigurationError(
            "lever.feed_empty", "The feed is an empty file, without even an empty list of jobs."
        )
    if download.head.startswith(HTML_STARTS):
        return ConfigurationError(
            "lever.feed_is_a_page",
            Phrase("This address shows a web page for people, not the feed. %(where)s", where=WHERE),
        )
    return None


def _as_json(url: str) -> str:
    return (
        url.replace("mode=xml", "mode=json")
        if "mode=xml" in url
        else f"{url}{'&' if '?' in url else '?'}mode=json"
    )
