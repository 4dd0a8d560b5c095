"""An applicant tracking system of this test: a second provider, as a sibling of `lever/` would be."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from integrations.types import (
    Account,
    ApplicationForm,
    ArchiveReasonRecord,
    Candidacy,
    Capability,
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
    PostingRecord,
    PostingState,
    Question,
    QuestionKind,
    StageRecord,
    WebhookRecord,
)


@dataclass
class ToyFeed:
    etag: str = "toy-1"
    is_unchanged: bool = False
    format: str = "toy"
    warnings: list[str] = field(default_factory=list)
    has_begun_anew: bool = False
    is_told_apart: bool = True

    def __iter__(self) -> Iterator[OfferedPosting]:
        url = "https://toy.example/jobs/1"
        job = PostingRecord("toy-job", "Toymaker", url, url, all_locations=("Nuremberg, Germany",))
        yield OfferedPosting("as ever", lambda: job)


@dataclass
class ToyClient:
    applied: list[JsonObject]

    def account(self) -> Account:
        return Account(site="toys", region="global")

    def posting_count(self) -> int:
        return 1

    def stages(self) -> Sequence[StageRecord]:
        return [StageRecord("toy-stage", "Workshop interview", "bench")]

    def archive_reasons(self) -> Sequence[ArchiveReasonRecord]:
        return [ArchiveReasonRecord("toy-hired", "Hired", is_hired=True)]

    def sources(self) -> Sequence[str]:
        return ["Appcast"]

    def webhooks(self) -> Sequence[WebhookRecord]:
        return ()

    def form(self, posting_external_id: str) -> ApplicationForm:
        name = Question("name", "Your name", QuestionKind.TEXT, "toy-text", is_required=True)
        return ApplicationForm(posting_external_id, "Toymaker", (name,), (), (), (), ())

    def listed_postings(self) -> Sequence[ListedPosting]:
        return []

    def posting_state(self, posting_external_id: str) -> PostingState:
        return PostingState(is_open=True, owner_name="")

    def upload(self, file: File) -> str:
        return "toy-file"

    def apply(self, posting_external_id: str, body: JsonObject) -> str:
        self.applied.append(body)
        return f"toy-application-{len(self.applied)}"

    def updated_opportunities(self, *given: object) -> OpportunityPage:
        return OpportunityPage(())

    def deleted_opportunities(self, *given: object) -> Sequence[Deletion]:
        return ()

    def find_opportunities(self, *given: object) -> Sequence[OpportunityRecord]:
        return []


class ToyProvider:
    slug, name = "toy", "Toy ATS"
    status_page = "https://status.toy.example"
    webhook_names: dict[EventKind, str] = {}
    permissions: Sequence[Permission] = ()
    applied: list[JsonObject] = []

    def capabilities(self, scopes: Collection[str]) -> frozenset[Capability]:
        return frozenset(Capability)

    def authorize_url(
        self, *, state: str, scopes: Collection[str], redirect_uri: str, code_challenge: str
    ) -> str:
        return f"https://toy.example/authorize?state={state}"

    def exchange_code(self, *, code: str, redirect_uri: str, code_verifier: str) -> Grant:
        return Grant("toy-access", "toy-refresh", timedelta(hours=1), frozenset({"all"}), "toy-account")

    def refresh(self, refresh_token: str) -> Grant:
        raise AssertionError("a fresh token needs no refresh")

    def client(self, access_token: str, before_each: Callable[[], None] = lambda: None) -> ToyClient:
        return ToyClient(self.applied)

    def understand_feed_url(self, pasted: str) -> FeedUrl:
        return FeedUrl(url=pasted.strip(), site="toys")

    def feed_url(self, account: Account) -> str:
        return f"https://toy.example/{account.site}"

    def feeds_elsewhere(self, url: str) -> Sequence[FeedUrl]:
        return []

    def candidate_page(self, external_id: str, region: str) -> str:
        return f"https://toy.example/candidates/{external_id}"

    def posting_page(self, external_id: str, region: str) -> str:
        return f"https://toy.example/desk/{external_id}"

    def careers_page(self, feed_url: str) -> str:
        return "https://toy.example/jobs"

    def fetch_feed(self, url: str, etag: str) -> ToyFeed:
        return ToyFeed(is_unchanged=etag == "toy-1")

    def check(self, form: ApplicationForm, candidacy: Candidacy) -> Sequence[FieldProblem]:
        return [] if candidacy.full_name else [FieldProblem("name", "required_missing", "“Your name”")]

    def application_body(
        self, form: ApplicationForm, candidacy: Candidacy, uploads: dict[str, str]
    ) -> JsonObject:
        return {question.external_id: candidacy.full_name for question in form.asked}

    def answered(
        self, form: ApplicationForm, candidacy: Candidacy, uploads: dict[str, str]
    ) -> Sequence[Question]:
        return form.asked


def provider() -> ToyProvider:
    return ToyProvider()
