"""The seam to applicant tracking systems: what a provider must offer, and the one list of those that exist.

A second provider is a sibling package of `lever/` and one line in `PROVIDERS`.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from django.utils.module_loading import import_string

from tenants.phrases import Phrase

from .types import (
    Account,
    ApplicationForm,
    ArchiveReasonRecord,
    Candidacy,
    Capability,
    CreatedWebhook,
    Deletion,
    EventKind,
    FeedUrl,
    FieldProblem,
    File,
    Grant,
    JsonObject,
    ListedPosting,
    OfferedPosting,
    OpportunityPage,
    OpportunityRecord,
    Permission,
    PostingState,
    Question,
    SignedEvent,
    StageRecord,
    WebhookRecord,
)


class ProviderClient(Protocol):
    """The provider's API in the name of one customer.

    Every method raises only children of IntegrationError.
    """

    def account(self) -> Account: ...
    def posting_count(self) -> int: ...
    def stages(self) -> Sequence[StageRecord]: ...
    def archive_reasons(self) -> Sequence[ArchiveReasonRecord]: ...
    def sources(self) -> Sequence[str]:
        """The labels under which the account counts where its candidates came from."""

    def form(self, posting_external_id: str) -> ApplicationForm: ...
    def posting_state(self, posting_external_id: str) -> PostingState: ...
    def listed_postings(self) -> Sequence[ListedPosting]:
        """All that take applications, also those that are in no public feed."""

    def upload(self, file: File) -> str:
        """The address under which an application may name the file, for 24 hours."""

    def apply(self, posting_external_id: str, body: JsonObject) -> str:
        """Create the application; its external id, or "" when the provider's 2xx did not say it."""

    def opportunity(self, external_id: str) -> OpportunityRecord: ...
    def find_opportunities(
        self, email: str, posting_external_id: str, since: datetime
    ) -> Sequence[OpportunityRecord]: ...
    def updated_opportunities(self, since: datetime, cursor: str = "") -> OpportunityPage:
        """What was updated since then, archived ones included."""

    def deleted_opportunities(self, since: datetime, until: datetime) -> Sequence[Deletion]: ...
    def archive(self, opportunity_external_id: str, reason_external_id: str) -> None: ...
    def webhooks(self) -> Sequence[WebhookRecord]: ...
    def create_webhook(self, kind: EventKind, url: str) -> CreatedWebhook: ...
    def delete_webhook(self, external_id: str) -> None: ...


class Provider(Protocol):
    """What one applicant tracking system is, and how to speak with it."""

    slug: str
    name: str
    status_page: str
    webhook_names: dict[EventKind, str]

    @property
    def permissions(self) -> Sequence[Permission]: ...

    def capabilities(self, scopes: Collection[str]) -> frozenset[Capability]:
        """What a grant of these scopes allows."""

    def authorize_url(
        self, *, state: str, scopes: Collection[str], redirect_uri: str, code_challenge: str
    ) -> str: ...
    def exchange_code(self, *, code: str, redirect_uri: str, code_verifier: str) -> Grant: ...
    def refresh(self, refresh_token: str) -> Grant: ...
    def client(self, access_token: str, before_each: Callable[[], None] = lambda: None) -> ProviderClient:
        """Which calls `before_each` before each of its calls, to wait or to raise."""

    def understand_feed_url(self, pasted: str) -> FeedUrl:
        """Raises ConfigurationError that says what was expected, what came and what to do."""

    def feed_url(self, account: Account) -> str: ...
    def feeds_elsewhere(self, url: str) -> Sequence[FeedUrl]:
        """Where else the provider may have the feed of that address, if it does not know it there."""

    def posting_page(self, external_id: str, region: str) -> str:
        """Where the customer's people change the posting and its form."""

    def candidate_page(self, external_id: str, region: str) -> str:
        """Where the customer's people move the candidate and archive it."""

    def careers_page(self, feed_url: str) -> str:
        """Where applicants see the jobs of that feed."""

    def fetch_feed(self, url: str, etag: str) -> "FetchedFeed": ...

    def parse_event(self, body: bytes) -> SignedEvent:
        """Raises RejectedError for a body that is not this provider's."""

    def is_signed_with(self, event: SignedEvent, secrets: Sequence[str]) -> int | None:
        """The index of the secret that made the signature, or None; the time taken does not tell which."""

    def clean_stage_id(self, pasted: str) -> str: ...

    def check(self, form: ApplicationForm, candidacy: Candidacy) -> Sequence[FieldProblem]: ...
    def application_body(
        self, form: ApplicationForm, candidacy: Candidacy, uploads: dict[str, str]
    ) -> JsonObject:
        """The body that `apply` takes; `uploads` maps a file's `question_external_id` to its address."""

    def answered(
        self, form: ApplicationForm, candidacy: Candidacy, uploads: dict[str, str]
    ) -> Sequence[Question]:
        """The questions to which that body gives a value, demographic ones apart."""


class FetchedFeed(Protocol):
    """One answer of a feed. `is_unchanged` when the provider said so; else the postings, read as they come.

    Reading may raise ConfigurationError or TransientError; `warnings` fills while reading, and only after it are
    `etag` (for the next fetch) and `format` final. Where `has_begun_anew`, a second reading follows a first that broke
    off. `is_told_apart` where no other list has the same `etag`. A posting may come twice.
    """

    is_unchanged: bool
    format: str
    warnings: list[Phrase]
    has_begun_anew: bool

    @property
    def etag(self) -> str: ...

    @property
    def is_told_apart(self) -> bool: ...

    def __iter__(self) -> Iterator[OfferedPosting]: ...


PROVIDERS = {"lever": "integrations.lever.provider.lever"}


def get_provider(slug: str) -> Provider:
    provider: Provider = import_string(PROVIDERS[slug])()
    return provider
