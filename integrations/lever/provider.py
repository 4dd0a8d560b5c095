"""Lever behind the seam: what `providers` promises, each part where it belongs."""

from collections.abc import Callable, Collection, Sequence

from tenants.phrases import Phrase

from ..providers import FetchedFeed, ProviderClient
from ..types import (
    Account,
    ApplicationForm,
    Candidacy,
    Capability,
    EventKind,
    FeedUrl,
    FieldProblem,
    Grant,
    JsonObject,
    Permission,
    Question,
    SignedEvent,
)
from . import app_pages, events, feed, feed_urls, forms, oauth, payloads, stage_ids
from .client import LeverClient
from .configuration import configuration

PURPOSES: dict[str, tuple[Phrase, bool]] = {
    "offline_access": (Phrase("stay connected without asking you again"), True),
    "postings:read:admin": (Phrase("read your published jobs and the questions of their forms"), True),
    "postings:write:admin": (Phrase("hand in the applications of your candidates"), True),
    "uploads:write:admin": (Phrase("attach résumés to these applications"), True),
    "stages:read:admin": (Phrase("read your stages, so that you need not copy their ids"), False),
    "archive_reasons:read:admin": (Phrase("tell who was hired from who was rejected"), False),
    "sources:read:admin": (Phrase("see whether your sources know Appcast by its label"), False),
    "webhooks:write:admin": (Phrase("set up the webhooks, so that you need not copy tokens"), False),
    "webhooks:read:admin": (Phrase("check that the webhooks are still there"), False),
    "opportunities:read:admin": (Phrase("confirm in your account what a webhook tells"), False),
    "opportunities:write:admin": (
        Phrase("confirm what a webhook tells, and archive our own test applications"),
        False,
    ),
    "applications:read:admin": (Phrase("find our applications again after an interruption"), False),
}

CAPABILITIES = {
    Capability.READ_FORMS: {"postings:read:admin"},
    Capability.DELIVER: {"postings:read:admin", "postings:write:admin", "uploads:write:admin"},
    Capability.READ_STAGES: {"stages:read:admin"},
    Capability.READ_ARCHIVE_REASONS: {"archive_reasons:read:admin"},
    Capability.READ_SOURCES: {"sources:read:admin"},
    Capability.READ_OPPORTUNITIES: {"opportunities:read:admin", "applications:read:admin"},
    Capability.ARCHIVE: {"opportunities:write:admin", "archive_reasons:read:admin"},
    Capability.READ_WEBHOOKS: {"webhooks:read:admin"},
    Capability.MANAGE_WEBHOOKS: {"webhooks:write:admin"},
}


class LeverProvider:
    slug = "lever"
    name = "Lever"
    status_page = app_pages.STATUS_PAGE
    webhook_names: dict[EventKind, str] = events.EVENT_NAMES

    @property
    def permissions(self) -> Sequence[Permission]:
        """The scopes that may be asked, in the order of the settings."""
        return [
            Permission(scope, *PURPOSES.get(scope, (Phrase("part of the Appcast app"), False)))
            for scope in configuration().scopes
        ]

    def capabilities(self, scopes: Collection[str]) -> frozenset[Capability]:
        """A write scope implies the read scope of the same things."""
        granted = {*scopes, *(scope.replace(":write:", ":read:") for scope in scopes)}
        return frozenset(capability for capability, needed in CAPABILITIES.items() if needed <= granted)

    def authorize_url(
        self, *, state: str, scopes: Collection[str], redirect_uri: str, code_challenge: str
    ) -> str:
        return oauth.authorize_url(
            state=state, scopes=scopes, redirect_uri=redirect_uri, code_challenge=code_challenge
        )

    def exchange_code(self, *, code: str, redirect_uri: str, code_verifier: str) -> Grant:
        return oauth.exchange_code(code=code, redirect_uri=redirect_uri, code_verifier=code_verifier)

    def refresh(self, refresh_token: str) -> Grant:
        return oauth.refresh(refresh_token)

    def client(self, access_token: str, before_each: Callable[[], None] = lambda: None) -> ProviderClient:
        return LeverClient(access_token, before_each)

    def understand_feed_url(self, pasted: str) -> FeedUrl:
        return feed_urls.understand_feed_url(pasted)

    def feed_url(self, account: Account) -> str:
        return feed_urls.feed_url(account)

    def feeds_elsewhere(self, url: str) -> Sequence[FeedUrl]:
        return feed_urls.elsewhere(url)

    def posting_page(self, external_id: str, region: str) -> str:
        return app_pages.posting_page(external_id, region)

    def candidate_page(self, external_id: str, region: str) -> str:
        return app_pages.candidate_page(external_id, region)

    def careers_page(self, feed_url: str) -> str:
        return app_pages.careers_page(feed_url)

    def fetch_feed(self, url: str, etag: str) -> FetchedFeed:
        return feed.fetch_feed(url, etag)

    def parse_event(self, body: bytes) -> SignedEvent:
        return events.parse(body)

    def is_signed_with(self, event: SignedEvent, secrets: Sequence[str]) -> int | None:
        return events.is_signed_with(event, secrets)

    def clean_stage_id(self, pasted: str) -> str:
        return stage_ids.clean_stage_id(pasted)

    def check(self, form: ApplicationForm, candidacy: Candidacy) -> Sequence[FieldProblem]:
        return forms.check(form, candidacy)

    def application_body(
        self, form: ApplicationForm, candidacy: Candidacy, uploads: dict[str, str]
    ) -> JsonObject:
        return payloads.application_body(form, candidacy, uploads)

    def answered(
        self, form: ApplicationForm, candidacy: Candidacy, uploads: dict[str, str]
    ) -> Sequence[Question]:
        return payloads.answered(form, candidacy, uploads)


def lever() -> LeverProvider:
    return LeverProvider()
