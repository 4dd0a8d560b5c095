from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from integrations.errors import (
    AuthorizationError,
    ConfigurationError,
    IntegrationError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    TransientError,
    UnconfirmedError,
)
from integrations.lever import app_pages
from integrations.lever.client import LeverClient
from integrations.types import (
    Account,
    ArchiveReasonRecord,
    Deletion,
    EventKind,
    File,
    StageRecord,
    WebhookRecord,
)

POSTING = "730e37db-93d3-4acf-b9de-7cfc397cef1d"
OPPORTUNITY = "3410c8b9-5c31-4bab-b7e9-9f710206d647"
SINCE = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
DISPOSITION = {
    "stages": [
        {
            "id": "applicant-new",
            "text": "New applicant",
            "pipeline": "applicant",
            "rank": 101,
            "hasInterview": False,
        },
        {
            "id": "49422c7e-5b86-4a06-9386-d432f6e98d57",
            "text": "HM Review",
            "pipeline": "applicant",
            "rank": 105.5,
        },
    ],
    "archiveReasons": [],
}


def failure_of(call: Callable[[], object]) -> IntegrationError:
    with pytest.raises(IntegrationError) as caught:
        call()
    return caught.value


def test_the_account_is_read_from_any_posting(lever: HTTPServer, client: LeverClient) -> None:
    posting = {
        "id": POSTING,
        "urls": {"list": "https://jobs.lever.co/acme", "show": "https://jobs.lever.co/acme/x"},
    }
    lever.expect_request("/v1/postings").respond_with_json(
        {"data": [posting], "hasNext": True}, headers={"x-lever-region": "global"}
    )
    assert client.account() == Account(site="acme", region="global")
    assert lever.log[0][0].headers["Authorization"] == "Bearer access"
    assert "access" not in repr(client)


@pytest.mark.parametrize(
    ("url", "region"),
    [("https://jobs.eu.lever.co/acme/", "global"), ("https://jobs.lever.co/acme", "eu-central-1")],
)
def test_a_european_account_is_known_by_its_pages_or_its_region(
    lever: HTTPServer, client: LeverClient, url: str, region: str
) -> None:
    lever.expect_request("/v1/postings").respond_with_json(
        {"data": [{"urls": {"list": url}}]}, headers={"x-lever-region": region}
    )
    assert client.account() == Account(site="acme", region="eu")


def test_an_account_without_postings_has_no_site(lever: HTTPServer, client: LeverClient) -> None:
    lever.expect_request("/v1/postings").respond_with_json({"data": [], "hasNext": False})
    assert client.account() == Account(site="", region="global")


def test_pages_are_followed_with_the_token_as_lever_gave_it(lever: HTTPServer, client: LeverClient) -> None:
    token = "%5B3%2C1491435120000%2C%22abc%22%5D"
    first = {"data": [{"id": str(number)} for number in range(100)], "next": token, "hasNext": True}
    published = "limit=100&state=published&distributionChannel=public&distributionChannel=internal&include=id"
    lever.expect_ordered_request("/v1/postings", query_string=published).respond_with_json(first)
    lever.expect_ordered_request(
        "/v1/postings", query_string=f"{published}&{urlencode({'offset': token})}"
    ).respond_with_json({"data": [{"id": "last"}], "hasNext": False})
    assert client.posting_count() == 101


def test_a_list_that_names_its_own_page_as_the_next_ends(lever: HTTPServer, client: LeverClient) -> None:
    lever.expect_request("/v1/archive_reasons").respond_with_json(
        {"data": [{"id": "r"}], "next": "same", "hasNext": True}
    )
    assert len(client.archive_reasons()) == 2


def test_stages_come_with_pipeline_and_order(lever: HTTPServer, client: LeverClient) -> None:
    lever.expect_request("/v1/disposition_stages").respond_with_json({"data": DISPOSITION})
    assert client.stages() == [
        StageRecord("applicant-new", "New applicant", "applicant", 101),
        StageRecord("49422c7e-5b86-4a06-9386-d432f6e98d57", "HM Review", "applicant", 105.5),
    ]


@pytest.mark.parametrize("status", [403, 404])
def test_without_disposition_stages_the_plain_list_is_read(
    lever: HTTPServer, client: LeverClient, status: int
) -> None:
    lever.expect_request("/v1/disposition_stages").respond_with_json(
        {"code": "ResourceNotFound"}, status=status
    )
    lever.expect_request("/v1/stages").respond_with_json(
        {"data": [{"id": "offer", "text": "Offer"}], "hasNext": False}
    )
    assert client.stages() == [StageRecord("offer", "Offer")]


def test_stages_without_the_scope_are_a_missing_scope(lever: HTTPServer, client: LeverClient) -> None:
    lever.expect_request("/v1/disposition_stages").respond_with_json({}, status=403)
    lever.expect_request("/v1/stages").respond_with_json({}, status=403)
    assert failure_of(client.stages).code == "lever.scope_missing"


HIRED = {"id": "1", "text": "Hired", "type": "hired", "status": "active"}


@pytest.mark.parametrize("data", [[HIRED], HIRED, {"0": HIRED}])
def test_archive_reasons_come_as_a_list_or_as_an_object(
    lever: HTTPServer, client: LeverClient, data: object
) -> None:
    lever.expect_request("/v1/archive_reasons").respond_with_json({"data": data})
    assert client.archive_reasons() == [ArchiveReasonRecord("1", "Hired", is_hired=True)]


def test_sources_are_read_by_their_labels(lever: HTTPServer, client: LeverClient) -> None:
    listed = [{"text": "Appcast", "count": 3}, {"text": "Referral"}, {"count": 1}]
    lever.expect_request("/v1/sources").respond_with_json({"data": listed, "hasNext": False})
    assert client.sources() == ["Appcast", "Referral"]


def test_the_form_is_asked_for_outside_applicants(lever: HTTPServer, client: LeverClient) -> None:
    lever.expect_request(
        f"/v1/postings/{POSTING}/apply", query_string={"distribution": "external"}
    ).respond_with_json({"data": {"id": POSTING, "text": "Driver", "personalInformation": []}})
    assert client.form(POSTING).title == "Driver"


@pytest.mark.parametrize(
    ("owner", "manager", "name"),
    [
        ({"id": "1", "name": "Robin Reed"}, {"id": "2", "name": "Kim Kay"}, "Robin Reed"),
        (None, {"id": "2", "name": "Kim Kay"}, "Kim Kay"),
        ("1", "2", ""),
        (None, None, ""),
    ],
)
def test_the_owner_of_a_posting_is_known_by_name_or_not_at_all(
    lever: HTTPServer, client: LeverClient, owner: object, manager: object, name: str
) -> None:
    found = {"id": POSTING, "owner": owner, "hiringManager": manager}
    lever.expect_request(f"/v1/postings/{POSTING}").respond_with_json({"data": found})
    assert client.posting_state(POSTING).owner_name == name
    assert lever.log[0][0].query_string == b"include=id&include=state&expand=owner&expand=hiringManager"


@pytest.mark.parametrize(
    ("region", "host"), [("global", "hire.lever.co"), ("", "hire.lever.co"), ("eu", "hire.eu.lever.co")]
)
def test_postings_and_candidates_have_their_pages_in_levers_app(
    settings: Settings, region: str, host: str
) -> None:
    settings.LEVER_APP_URL = "https://hire.lever.co"
    page = app_pages.posting_page(f"{POSTING}/../..", region)
    assert page == f"https://{host}/jobs/postings/edit/{POSTING}%2F..%2F.."
    assert app_pages.candidate_page("a/b", region) == f"https://{host}/candidates/a%2Fb"


@pytest.mark.parametrize(
    ("feed", "page"),
    [
        ("https://api.lever.co/v0/postings/acme?mode=xml", "https://jobs.lever.co/acme"),
        ("https://api.eu.lever.co/v0/postings/acme?team=A&mode=xml", "https://jobs.eu.lever.co/acme"),
        ("http://127.0.0.1:9100/v0/postings/acme?mode=xml", "http://127.0.0.1:9100/v0/postings/acme"),
    ],
)
def test_a_feeds_jobs_are_seen_on_the_careers_page_of_its_region(feed: str, page: str) -> None:
    assert app_pages.careers_page(feed) == page


def test_a_file_is_uploaded_under_its_name(lever: HTTPServer, client: LeverClient) -> None:
    lever.expect_request("/v1/uploads", method="POST").respond_with_json(
        {"data": {"uri": "https://api.lever.co/v1/uploads/1-cv.pdf", "expiresAt": 1}}, status=201
    )
    uri = client.upload(File("resume", "cv.pdf", "application/pdf", b"%PDF"))
    assert uri == "https://api.lever.co/v1/uploads/1-cv.pdf"
    body = lever.log[0][0].get_data()
    assert b'name="file"; filename="cv.pdf"' in body


def test_an_application_gives_its_id(lever: HTTPServer, client: LeverClient) -> None:
    lever.expect_request(
        f"/v1/postings/{POSTING}/apply", method="POST", json={"source": "Appcast"}
    ).respond_with_json({"data": {"applicationId": "application-1"}}, status=201)
    assert client.apply(POSTING, {"source": "Appcast"}) == "application-1"


@pytest.mark.parametrize("body", ["", "<html>", "[]", '{"data": null}', '{"data": {"applicationId": 7}}'])
def test_an_unreadable_yes_is_a_yes_without_id(lever: HTTPServer, client: LeverClient, body: str) -> None:
    lever.expect_request(f"/v1/postings/{POSTING}/apply", method="POST").respond_with_data(body, 201)
    assert client.apply(POSTING, {}) == ""


@pytest.mark.parametrize(
    ("status", "of_read", "of_apply", "code_of_apply"),
    [
        (301, ConfigurationError, ConfigurationError, "lever.moved"),
        (400, RejectedError, RejectedError, "lever.refused"),
        (401, AuthorizationError, AuthorizationError, "lever.token_refused"),
        (403, ConfigurationError, ConfigurationError, "lever.scope_missing"),
        (404, NotFoundError, NotFoundError, "lever.not_found"),
        (413, RejectedError, RejectedError, "lever.refused"),
        (422, RejectedError, RejectedError, "lever.refused"),
        (429, RateLimitedError, RateLimitedError, "lever.rate_limited"),
        (500, TransientError, UnconfirmedError, "lever.unconfirmed"),
        (502, TransientError, UnconfirmedError, "lever.unconfirmed"),
        (503, TransientError, UnconfirmedError, "lever.unconfirmed"),
        (504, TransientError, UnconfirmedError, "lever.unconfirmed"),
    ],
)
def test_each_status_has_its_error(
    lever: HTTPServer,
    client: LeverClient,
    status: int,
    of_read: type[IntegrationError],
    of_apply: type[IntegrationError],
    code_of_apply: str,
) -> None:
    lever.expect_request(f"/v1/postings/{POSTING}/apply").respond_with_json(
        {"code": "SomeError", "message": "no"}, status=status
    )
    applied = failure_of(lambda: client.apply(POSTING, {}))
    assert (type(applied), applied.code) == (of_apply, code_of_apply)
    assert type(failure_of(lambda: client.form(POSTING))) is of_read
    assert "SomeError" in applied.detail


def test_a_retry_after_is_heeded_should_it_come(lever: HTTPServer, client: LeverClient) -> None:
    lever.expect_request("/v1/webhooks").respond_with_json({}, status=429, headers={"Retry-After": "7"})
    error = failure_of(client.webhooks)
    assert isinstance(error, RateLimitedError)
    assert error.retry_after == timedelta(seconds=7)


def test_what_an_applicant_gave_is_struck_out_of_levers_reason(
    lever: HTTPServer, client: LeverClient
) -> None:
    message = 'Ada Lovelace <ada@example.org>: "Grün" is no option of Colour; LOVELACE +49 30 1234567'
    lever.expect_request(f"/v1/postings/{POSTING}/apply").respond_with_json(
        {"code": "BadRequest", "message": message}, status=400
    )
    body = {
        "personalInformation": [
            {"name": "fullName", "value": "Ada Lovelace"},
            {"name": "phone", "value": "+49 30 1234567"},
        ],
        "customQuestions": [{"id": "Colour", "fields": [{"value": ["Grün"]}]}],
    }
    detail = failure_of(lambda: client.apply(POSTING, body)).detail
    assert not any(
        word in detail.casefold() for word in ("ada", "lovelace", "example.org", "grün", "1234567")
    )
    assert "BadRequest" in detail
    assert "is no option of Colour" in detail


def test_an_opportunity_is_read_from_recorded_and_official_shapes(
    lever: HTTPServer, client: LeverClient
) -> None:
    recorded = {
        "id": OPPORTUNITY,
        "name": "never taken",
        "stage": {"id": "applicant-new", "text": "New applicant"},
        "archived": {"reason": "reason-1", "archivedAt": 1782973996415},
        "applications": [{"id": "application-1", "posting": POSTING}],
        "sources": ["Appcast", 7],
        "createdAt": 1782973996415,
    }
    official = {
        **recorded,
        "stage": "offer",
        "archived": None,
        "archiveReason": "reason-2",
        "archivedAt": 1782973996416,
        "applications": ["a-2"],
    }
    path = f"/v1/opportunities/{OPPORTUNITY}"
    lever.expect_ordered_request(path, query_string="expand=applications").respond_with_json(
        {"data": recorded}
    )
    lever.expect_ordered_request(path).respond_with_json({"data": official})
    first, second = client.opportunity(OPPORTUNITY), client.opportunity(OPPORTUNITY)
    assert (first.stage_external_id, first.archive_reason_external_id) == ("applicant-new", "reason-1")
    assert (first.application_external_ids, first.posting_external_ids) == (("application-1",), (POSTING,))
    assert first.sources == ("Appcast",)
    assert [int(it.archived_at.timestamp() * 1000) for it in (first, second) if it.archived_at] == [
        1782973996415,
        1782973996416,
    ]
    assert first.created_at == datetime(2026, 7, 2, 6, 33, 16, 415000, tzinfo=UTC)
    assert (second.stage_external_id, second.archive_reason_external_id) == ("offer", "reason-2")
    assert second.application_external_ids == ("a-2",)


def test_opportunities_are_found_by_email_posting_and_time(lever: HTTPServer, client: LeverClient) -> None:
    lever.expect_request(
        "/v1/opportunities",
        query_string={
            "limit": "100",
            "email": "a+b@example.org",
            "created_at_start": "1769860800000",
            "expand": "applications",
        },
    ).respond_with_json(
        {
            "data": [
                {"id": "ours", "applications": [{"id": "1", "posting": POSTING}]},
                {"id": "other", "applications": [{"id": "2", "posting": "other"}]},
                {"id": "untold", "applications": ["3"]},
            ]
        }
    )
    found = client.find_opportunities("a+b@example.org", POSTING, SINCE)
    assert [record.external_id for record in found] == ["ours", "untold"]


def test_archiving_puts_the_reason_and_may_be_repeated(lever: HTTPServer, client: LeverClient) -> None:
    lever.expect_ordered_request(
        f"/v1/opportunities/{OPPORTUNITY}/archived", method="PUT", json={"reason": "reason-1"}
    ).respond_with_json({"data": {}})
    client.archive(OPPORTUNITY, "reason-1")
    lever.expect_ordered_request(f"/v1/opportunities/{OPPORTUNITY}/archived").respond_with_json(
        {}, status=503
    )
    assert type(failure_of(lambda: client.archive(OPPORTUNITY, "reason-1"))) is TransientError


def test_webhooks_are_listed_created_and_deleted(lever: HTTPServer, client: LeverClient) -> None:
    row = {"id": "w-1", "event": "candidateHired", "url": "https://portal.example/hooks/1"}
    lever.expect_request("/v1/webhooks", method="GET").respond_with_json({"data": [row]})
    lever.expect_request(
        "/v1/webhooks",
        method="POST",
        json={"event": "candidateHired", "url": "https://portal.example/hooks/1"},
    ).respond_with_json({"data": {**row, "configuration": {"signatureToken": "f" * 48}}}, status=201)
    lever.expect_request("/v1/webhooks/w-1", method="DELETE").respond_with_data(status=204)
    lever.expect_request("/v1/webhooks/w-2", method="DELETE").respond_with_data("{}", 404)
    created = client.create_webhook(EventKind.HIRED, "https://portal.example/hooks/1")
    assert (created.external_id, created.signing_secret) == ("w-1", "f" * 48)
    assert "f" * 48 not in repr(created)
    assert client.webhooks() == [WebhookRecord("w-1", "candidateHired", "https://portal.example/hooks/1")]
    client.delete_webhook("w-1")
    client.delete_webhook("w-2")


def test_the_nested_shape_of_the_official_example_is_taken(lever: HTTPServer, client: LeverClient) -> None:
    nested = {"data": {"data": {"id": "w-1", "configuration": {"signatureToken": "abc"}}}}
    lever.expect_request("/v1/webhooks").respond_with_json(nested, status=201)
    assert client.create_webhook(EventKind.HIRED, "https://portal.example/1").signing_secret == "abc"


def test_a_webhook_without_its_token_is_unconfirmed(lever: HTTPServer, client: LeverClient) -> None:
    lever.expect_request("/v1/webhooks").respond_with_json({"data": {"id": "w-1"}}, status=201)
    assert (
        type(failure_of(lambda: client.create_webhook(EventKind.HIRED, "https://p.example")))
        is UnconfirmedError
    )


@pytest.mark.parametrize("bad_id", ["", "..", "a/b", "a?b=c", "é", "x" * 101])
def test_an_id_that_could_change_the_address_is_refused(client: LeverClient, bad_id: str) -> None:
    assert failure_of(lambda: client.opportunity(bad_id)).code == "lever.bad_id"
    assert failure_of(lambda: client.form(bad_id)).code == "lever.bad_id"


@pytest.mark.parametrize("body", ["null", "[]", '"text"', '{"data": 7}', '{"data": [null, 7, "x"]}'])
def test_odd_json_is_an_empty_list(lever: HTTPServer, client: LeverClient, body: str) -> None:
    lever.expect_request("/v1/webhooks").respond_with_data(body)
    assert client.webhooks() == []


def test_deletions_are_asked_for_in_windows_of_thirty_days(lever: HTTPServer, client: LeverClient) -> None:
    at = int(SINCE.timestamp() * 1000)
    lever.expect_request("/v1/opportunities/deleted").respond_with_json(
        {"data": [{"id": OPPORTUNITY, "deletedAt": at}], "hasNext": False}
    )
    found = client.deleted_opportunities(SINCE, SINCE + timedelta(days=45))
    assert found == [Deletion(OPPORTUNITY, SINCE)] * 2
    asked = [(int(it.args["deleted_at_start"]), int(it.args["deleted_at_end"])) for it, _ in lever.log]
    day = 24 * 3600 * 1000
    assert asked == [(at, at + 30 * day), (at + 30 * day, at + 45 * day)]
