"""Lever's Data API v1 in the name of one customer (contract 3).

Documented at https://hire.lever.co/developer/documentation. Each method raises only children of
IntegrationError; what a status means stands in `refusals`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .. import http
from ..errors import ConfigurationError, RejectedError, TransientError, UnconfirmedError
from ..types import (
    Account,
    ApplicationForm,
    ArchiveReasonRecord,
    CreatedWebhook,
    Deletion,
    EventKind,
    File,
    JsonObject,
    ListedPosting,
    OpportunityPage,
    OpportunityRecord,
    PostingState,
    StageRecord,
    WebhookRecord,
)
from . import forms, records
from .configuration import configuration
from .events import EVENT_NAMES
from .refusals import raise_for
from .wire import as_object, objects, text

PAGE_SIZE = 100
LONGEST_WINDOW = timedelta(days=30)
MOST_PAGES = 1000
# Stage ids may be words, the rest are UUIDs; an id from a webhook is not trusted to be either.
SAFE_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
# `state=published` alone leaves out what is published internally only.
LISTED = ("id", "text", "state", "distributionChannels", "confidentiality", "updatedAt")
PUBLISHED: http.Params = {"state": "published", "distributionChannel": ["public", "internal"]}


@dataclass(frozen=True, slots=True)
class LeverClient:
    access_token: str = field(repr=False)
    before_each: Callable[[], None] = field(default=lambda: None, repr=False)

    def account(self) -> Account:
        """From any posting: Lever has no call that tells whose account it is.

        An account without one has no site.
        """
        answer = self._call("GET", "/postings", params={"limit": "1"})
        posting = next(iter(objects(as_object(answer.json()).get("data"))), {})
        return records.account(posting, answer.headers.get("x-lever-region", ""))

    def posting_count(self) -> int:
        """Published postings. Lever gives no total, so they are counted, by id only."""
        return sum(1 for _ in self._pages("/postings", {**PUBLISHED, "include": "id"}))

    def stages(self) -> list[StageRecord]:
        """`/disposition_stages` tells pipelines and order but is undocumented; `/stages` names only [R]."""
        try:
            answer = self._call("GET", "/disposition_stages")
            listed = objects(as_object(_data(answer)).get("stages"))
        except (ConfigurationError, RejectedError):
            listed = []
        return [records.stage(record) for record in listed or self._pages("/stages")]

    def archive_reasons(self) -> list[ArchiveReasonRecord]:
        return [records.archive_reason(record) for record in self._pages("/archive_reasons")]

    def sources(self) -> list[str]:
        return [label for record in self._pages("/sources") if (label := text(record, "text"))]

    def form(self, posting_external_id: str) -> ApplicationForm:
        """Without the questions that are for recruiters only (contract 7.16)."""
        path = f"/postings/{_safe(posting_external_id)}/apply"
        return forms.parse(as_object(_data(self._call("GET", path, params={"distribution": "external"}))))

    def posting_state(self, posting_external_id: str) -> PostingState:
        """Users come with a name where they are expanded [I], which `include` then leaves in."""
        path = f"/postings/{_safe(posting_external_id)}"
        params: http.Params = {"include": ["id", "state"], "expand": ["owner", "hiringManager"]}
        return records.posting_state(as_object(_data(self._call("GET", path, params=params))))

    def listed_postings(self) -> list[ListedPosting]:
        """“Internal” is what Lever's pages call unlisted [O]; confidential ones are told where the grant allows it."""
        lists = (PUBLISHED, {"state": "internal"})
        return [
            records.listed_posting(record)
            for listed in lists
            for record in self._pages("/postings", {**listed, "include": LISTED})
        ]

    def upload(self, file: File) -> str:
        """At most 30 MB. A second upload does no harm: Lever drops what nobody names within 24 hours."""
        upload = http.Upload(file.file_name, file.content_type, file.data)
        answer = self._call("POST", "/uploads", files={"file": upload}, is_repeatable=True)
        uri = text(as_object(_data(answer)), "uri")
        if not uri:
            raise TransientError(
                "lever.unavailable", "Lever's answer could not be read.", "upload without uri"
            )
        return uri

    def apply(self, posting_external_id: str, body: JsonObject) -> str:
        """Nothing stops Lever from taking the same application twice (contract 2: no idempotency key)."""
        answer = self._call("POST", f"/postings/{_safe(posting_external_id)}/apply", json=body)
        try:
            return text(as_object(_data(answer)), "applicationId")
        except TransientError:
            return ""

    def opportunity(self, external_id: str) -> OpportunityRecord:
        path = f"/opportunities/{_safe(external_id)}"
        return records.opportunity(
            as_object(_data(self._call("GET", path, params={"expand": "applications"})))
        )

    def find_opportunities(
        self, email: str, posting_external_id: str, since: datetime
    ) -> list[OpportunityRecord]:
        """Filtered by posting here: Lever's `posting_id` passes over candidacies archived meanwhile [I].

        One that does not tell its posting stays in: an application must not be taken for absent by mistake.
        """
        params = {
            "email": email,
            "created_at_start": _milliseconds(since),
            "expand": "applications",
        }
        found = [records.opportunity(record) for record in self._pages("/opportunities", params)]
        return [
            record
            for record in found
            if posting_external_id in (record.posting_external_ids or (posting_external_id,))
        ]

    def updated_opportunities(self, since: datetime, cursor: str = "") -> OpportunityPage:
        """Lever lists archived candidacies among the others where `archived` is not asked for [I]."""
        params = {
            "limit": str(PAGE_SIZE),
            "updated_at_start": _milliseconds(since),
            "expand": "applications",
        }
        given = {"offset": cursor} if cursor else {}
        page = as_object(self._call("GET", "/opportunities", params={**params, **given}).json())
        return OpportunityPage(
            tuple(records.opportunity(record) for record in objects(page.get("data"))),
            _following(page, cursor),
        )

    def deleted_opportunities(self, since: datetime, until: datetime) -> list[Deletion]:
        """At most 30 days at once, as Lever says of its other lists of what was deleted [I]."""
        found: list[Deletion] = []
        while since < until:
            end = min(since + LONGEST_WINDOW, until)
            params = {"deleted_at_start": _milliseconds(since), "deleted_at_end": _milliseconds(end)}
            found += [records.deletion(record) for record in self._pages("/opportunities/deleted", params)]
            since = end
        return found

    def archive(self, opportunity_external_id: str, reason_external_id: str) -> None:
        path = f"/opportunities/{_safe(opportunity_external_id)}/archived"
        self._call("PUT", path, json={"reason": reason_external_id}, is_repeatable=True)

    def webhooks(self) -> list[WebhookRecord]:
        return [records.webhook(record) for record in self._pages("/webhooks")]

    def create_webhook(self, kind: EventKind, url: str) -> CreatedWebhook:
        """The token is shown this once. A Super Admin must still switch the event on (contract 3.7)."""
        answer = self._call("POST", "/webhooks", json={"event": EVENT_NAMES[kind], "url": url})
        created = records.created_webhook(as_object(_data(answer)))
        if not created.external_id or not created.signing_secret:
            raise UnconfirmedError(
                "lever.unconfirmed", "Lever made the webhook but did not say its token.", answer.place
            )
        return created

    def delete_webhook(self, external_id: str) -> None:
        with suppress(RejectedError):  # it is gone already
            self._call("DELETE", f"/webhooks/{_safe(external_id)}", is_repeatable=True)

    def _pages(self, path: str, params: http.Params | None = None) -> Iterator[JsonObject]:
        query = {"limit": str(PAGE_SIZE), **(params or {})}
        for _ in range(MOST_PAGES):
            page = as_object(self._call("GET", path, params=query).json())
            yield from objects(page.get("data"))
            following = _following(page, str(query.get("offset", "")))
            if not following:
                return
            query["offset"] = following

    def _call(
        self,
        method: str,
        path: str,
        *,
        params: http.Params | None = None,
        json: JsonObject | None = None,
        files: Mapping[str, http.Upload] | None = None,
        is_repeatable: bool = False,
    ) -> http.Answer:
        is_repeatable = is_repeatable or method == "GET"
        self.before_each()
        answer = http.send(
            method,
            f"{configuration().api_url}/v1{path}",
            headers={"Authorization": f"Bearer {self.access_token}", "Accept": "application/json"},
            params=params,
            json=json,
            files=files,
            limits=http.Limits(redirects=3 if method == "GET" else 0),
            is_repeatable=is_repeatable,
        )
        sent = json or [upload.file_name for upload in (files or {}).values()]
        raise_for(answer, is_repeatable=is_repeatable, sent=sent)
        return answer


def _milliseconds(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))


def _following(page: JsonObject, offset: str) -> str:
    """The next page's token, or "" on the last one, where some lists say so and some say nothing [R].

    Real tokens are percent-encoded already, and are encoded once more like any other value [R].
    """
    following = text(page, "next")
    return "" if page.get("hasNext") is False or following == offset else following


def _data(answer: http.Answer) -> object:
    return as_object(answer.json()).get("data")


def _safe(external_id: str) -> str:
    if not SAFE_ID.fullmatch(external_id):
        raise RejectedError("lever.bad_id", "This id is not one of Lever's.", f"got {external_id[:40]!r}")
    return external_id
