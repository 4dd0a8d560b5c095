"""What each status of Lever's API means to the portal (contract 2), as one table."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from http import HTTPStatus

from tenants.phrases import Phrase

from ..errors import (
    AuthorizationError,
    ConfigurationError,
    IntegrationError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    TransientError,
    UnconfirmedError,
)
from ..http import Answer
from ..retry import parse_retry_after
from .wire import as_object, text

REFUSALS: dict[int, tuple[type[IntegrationError], str, Phrase]] = {
    401: (AuthorizationError, "lever.token_refused", Phrase("Lever did not accept our access.")),
    403: (
        ConfigurationError,
        "lever.scope_missing",
        Phrase(
            "Lever does not allow us this. A Super Admin may have to authorize again with all permissions."
        ),
    ),
    404: (NotFoundError, "lever.not_found", Phrase("Lever does not know this any more.")),
}
OTHER_REFUSAL = (RejectedError, "lever.refused", Phrase("Lever refused this."))
MOVED = (
    ConfigurationError,
    "lever.moved",
    Phrase("Lever answers at another address. Please tell Appcast support."),
)
UNAVAILABLE = (TransientError, "lever.unavailable", Phrase("Lever does not answer properly at the moment."))
UNCONFIRMED = (UnconfirmedError, "lever.unconfirmed", Phrase("Lever did not confirm; it may have acted."))

SUCCESSES, REDIRECTS, SERVER_ERRORS = range(200, 300), range(300, 400), range(500, 600)
EMAIL = re.compile(r"\S+@\S+")
WORD = re.compile(r"\w+")
LONGEST_REASON = 200


def raise_for(answer: Answer, *, is_repeatable: bool, sent: object) -> None:
    """Nothing for a 2xx.

    `sent` is the request's body: whatever of it stands in Lever's reason is struck out.
    """
    if answer.status in SUCCESSES:
        return
    detail = f"{answer.place}: {answer.status} {_reason(answer, sent)}".rstrip()
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        # Lever documents no Retry-After; should it ever come, it is heeded.
        wait = parse_retry_after(answer.headers.get("Retry-After", ""), datetime.now(UTC))
        error: IntegrationError = RateLimitedError(
            "lever.rate_limited", "Lever asks us to slow down.", detail, wait
        )
    else:
        kind, code, message = _refusal(answer.status, is_repeatable=is_repeatable)
        error = kind(code, message, detail)
    error.http_status = answer.status
    raise error


def _refusal(status: int, *, is_repeatable: bool) -> tuple[type[IntegrationError], str, Phrase]:
    if status in SERVER_ERRORS:
        return UNAVAILABLE if is_repeatable else UNCONFIRMED
    return MOVED if status in REDIRECTS else REFUSALS.get(status, OTHER_REFUSAL)


def _reason(answer: Answer, sent: object) -> str:
    """Lever's own `code` and `message`, without what an applicant may have given."""
    try:
        error = as_object(answer.json())
    except TransientError:
        return ""
    reason = EMAIL.sub("…", f"{text(error, 'code')} {text(error, 'message')}".strip())
    words = {word.casefold() for value in _strings(sent) for word in WORD.findall(value) if len(word) > 1}
    return WORD.sub(lambda word: "…" if word[0].casefold() in words else word[0], reason)[:LONGEST_REASON]


def _strings(value: object, key: str = "") -> Iterator[str]:
    """Every text of a body but the names and ids that Lever itself gave."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _strings(inner, name)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner, key)
    elif isinstance(value, str) and key not in {"name", "id"}:
        yield value
