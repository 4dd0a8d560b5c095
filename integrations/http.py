"""The one way out: every request that the portal makes to the outside goes through `send` or `stream`.

- Only where `addresses` allows; connected to the address that was checked, with the name in SNI and Host.
- No proxy from the environment, no cookies, no redirect unless the limits grant some (each is checked again).
- A fresh connection each time: a kept one may close under a write, and nobody could tell whether it acted.
- Limits on every wait and every size. No retries: those belong to the caller's row.
- Errors name method and place, never a query, a header or a body.
"""

import json as jsonlib
import zlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import urlencode, urljoin

from django.utils.datastructures import CaseInsensitiveMapping
from urllib3 import encode_multipart_formdata

from .addresses import Target, origin, understand
from .connecting import Deadline, connected
from .errors import ConfigurationError, IntegrationError, TransientError, UnconfirmedError
from .inflating import Inflater, InflationError
from .types import JsonObject

USER_AGENT = "Appcast-Onboarding/1.0"
MEGABYTE = 1024 * 1024
PIECE = 64 * 1024
REDIRECTS = {301, 302, 303, 307, 308}

Params = Mapping[str, str | Sequence[str]]
Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`silence_seconds` bounds the wait for the first byte and each later one, `whole_seconds` all of it."""

    connect_seconds: float = 5
    silence_seconds: float = 15
    whole_seconds: float = 120
    wire_bytes: int = 8 * MEGABYTE
    inflated_bytes: int = 32 * MEGABYTE
    redirects: int = 0


SMALL = Limits()
FEED = Limits(wire_bytes=64 * MEGABYTE, inflated_bytes=256 * MEGABYTE, redirects=3)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to be sent as one part of a form."""

    file_name: str = field(repr=False)
    content_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of any status, read to its end; looking up a header ignores its case."""

    status: int
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)
    place: str = ""

    def json(self) -> object:
        """Raises TransientError `http.not_json`."""
        try:
            return jsonlib.loads(self.body)
        except (ValueError, RecursionError):
            raise TransientError(
                "http.not_json",
                "The answer could not be read.",
                f"{self.place}: {self.status}, {len(self.body)} bytes that are not JSON",
            ) from None


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer whose body is still coming, inflated."""

    status: int
    headers: Headers = field(repr=False)
    chunks: Iterator[bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    target: Target
    headers: Headers
    body: bytes | None
    is_repeatable: bool

    @property
    def place(self) -> str:
        return f"{self.method} {self.target.place}"

    def redirected(self, location: str) -> "_Request":
        target = understand(urljoin(self.target.url.url, location))
        is_elsewhere = origin(target.url.url) != origin(self.target.url.url)
        headers = {
            name: value for name, value in self.headers.items() if name != "Authorization" or not is_elsewhere
        }
        return replace(self, target=target, headers=headers)


def send(
    method: str,
    url: str,
    *,
    headers: Headers | None = None,
    params: Params | None = None,
    json: JsonObject | None = None,
    data: Mapping[str, str] | bytes | None = None,
    files: Mapping[str, Upload] | None = None,
    limits: Limits = SMALL,
    is_repeatable: bool | None = None,
) -> Answer:
    """One request, its whole answer whatever the status.

    `is_repeatable` says that doing it twice does no harm; only GET and HEAD are, unless told.
    Raises ConfigurationError for an address or size that is not allowed, TransientError `http.not_sent` when
    nothing left, TransientError `http.no_answer` when a repeatable request broke off, else UnconfirmedError.
    """
    body, content_type = _encode(json, data, files)
    sent_headers = {**({"Content-Type": content_type} if content_type else {}), **(headers or {})}
    repeatable = method in {"GET", "HEAD"} if is_repeatable is None else is_repeatable
    request = _Request(method, understand(_with_params(url, params)), sent_headers, body, repeatable)
    with _exchange(request, limits) as stream:
        return Answer(stream.status, stream.headers, b"".join(stream.chunks), request.place)


@contextmanager
def stream(url: str, *, headers: Headers | None = None, limits: Limits = FEED) -> Generator[Stream]:
    """A GET whose body is taken piece by piece; the connection ends with the block."""
    with _exchange(
        _Request("GET", understand(url), headers or {}, None, is_repeatable=True), limits
    ) as answer:
        yield answer


def _with_params(url: str, params: Params | None) -> str:
    return f"{url}?{urlencode(params, doseq=True)}" if params else url


def _encode(
    json: JsonObject | None, data: Mapping[str, str] | bytes | None, files: Mapping[str, Upload] | None
) -> tuple[bytes | None, str]:
    if json is not None:
        return jsonlib.dumps(json, ensure_ascii=False, allow_nan=False).encode(), "application/json"
    if files is not None:
        return encode_multipart_formdata(
            {name: (file.file_name, file.data, file.content_type) for name, file in files.items()}
        )
    if isinstance(data, Mapping):
        return urlencode(data).encode(), "application/x-www-form-urlencoded"
    return data, ""


@contextmanager
def _exchange(request: _Request, limits: Limits) -> Generator[Stream]:
    for redirects_left in range(limits.redirects, -1, -1):
        with (
            connected(request.target, limits.connect_seconds, limits.silence_seconds) as connection,
            Deadline(connection.sock, limits.whole_seconds) as deadline,
            closing(_ask(connection, request, deadline)) as response,
        ):
            location = response.headers.get("Location")
            if redirects_left and response.status in REDIRECTS and location:
                request = request.redirected(location)
                continue
            headers = CaseInsensitiveMapping(response.headers.items())
            yield Stream(response.status, headers, _chunks(response, request, deadline, limits))
            return


def _ask(connection: HTTPConnection, request: _Request, deadline: Deadline) -> HTTPResponse:
    url = request.target.url
    headers = {
        "Host": url.netloc or "",
        "User-Agent": USER_AGENT,
        "Accept-Encoding": "gzip",
        **request.headers,
    }
    with _failures(request, deadline):
        connection.request(request.method, url.request_uri, request.body, headers)
        return connection.getresponse()


def _chunks(response: HTTPResponse, request: _Request, deadline: Deadline, limits: Limits) -> Iterator[bytes]:
    encoding = ", ".join(response.headers.get_all("Content-Encoding", ["identity"])).lower()
    if encoding not in {"identity", "gzip"}:
        raise _broken(request, f"unknown encoding {encoding[:20]!r}")
    if response.headers["Content-Length"] and response.length is None and not response.chunked:
        raise _broken(request, "its length is no number")
    inflater = Inflater(limits.inflated_bytes) if encoding == "gzip" else None
    taken = 0
    while True:
        with _failures(request, deadline):
            piece = response.read1(PIECE)
        if deadline.has_passed:
            raise _broken(request, "took too long")
        taken += len(piece)
        if taken > limits.wire_bytes:
            raise _too_large(request, f"more than {limits.wire_bytes} bytes")
        if not piece:
            break
        with _failures(request, deadline):
            yield from inflater.feed(piece) if inflater else (piece,)
    if response.length:
        raise _broken(request, f"{response.length} bytes are missing")
    if inflater and not inflater.is_complete and taken:
        raise _broken(request, "the gzip stream ends early")


@contextmanager
def _failures(request: _Request, deadline: Deadline) -> Generator[None]:
    try:
        yield
    except InflationError as error:
        raise _too_large(request, str(error)) from None
    except (OSError, HTTPException, zlib.error) as error:
        raise _broken(request, "took too long" if deadline.has_passed else type(error).__name__) from None


def _too_large(request: _Request, reason: str) -> IntegrationError:
    if not request.is_repeatable:
        return _broken(request, reason)
    return ConfigurationError(
        "http.too_large", "The answer is larger than allowed.", f"{request.place}: {reason}"
    )


def _broken(request: _Request, reason: str) -> IntegrationError:
    detail = f"{request.place}: {reason}"
    if request.is_repeatable:
        return TransientError("http.no_answer", "The other side did not answer properly.", detail)
    return UnconfirmedError("http.unconfirmed", "The other side did not confirm; it may have acted.", detail)
