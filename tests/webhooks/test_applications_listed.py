"""What a tenant's sender handed in: filtered, in pages that new ones do not shift, and nothing of the persons."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.models import Application, Delivery, Posting
from integrations.services import applications
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.factories import ApplicationFactory, DeliveryFactory, SenderSecretFactory

from . import appcast
from .appcast import SECRET, ask, ask_for_list, header, send

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
ONES = [f"{number:08d}-0000-4000-8000-000000000000" for number in range(10)]


def handed_in(
    posting: Posting, number: int, *, minutes: int, status: str = "ready", **more: Any
) -> Application:
    """Accepted so many minutes after noon."""
    tenant = posting.tenant
    made: Application = ApplicationFactory.create(
        tenant=tenant, posting=posting, sender_id=ONES[number], **more
    )
    DeliveryFactory.create(tenant=tenant, application=made, status=status)
    with tenant_scope(tenant.pk):
        Application.objects.filter(pk=made.pk).update(accepted_at=NOON + timedelta(minutes=minutes))
        made.refresh_from_db()
    return made


def told(query: str = "", **extra: Any) -> dict[str, Any]:
    answer = ask_for_list(query, **extra)
    assert answer.status_code == 200, answer.content
    listing: dict[str, Any] = json.loads(answer.content)
    return listing


def numbers(query: str = "") -> list[int]:
    return [ONES.index(it["application_id"]) for it in told(query)["applications"]]


def test_the_newest_comes_first_with_where_it_stands(posting: Posting) -> None:
    handed_in(posting, 1, minutes=1)
    newest = handed_in(
        posting, 2, minutes=2, status="delivered", external_id="lever-1", job_reference="job-2", is_test=True
    )
    listing = told()
    assert [it["application_id"] for it in listing["applications"]] == [ONES[2], ONES[1]]
    assert listing["applications"][0] == {
        "application_id": ONES[2],
        "receipt_id": str(newest.pk),
        "status": "delivered",
        "reason": "",
        "ats_application_id": "lever-1",
        "job_reference": "job-2",
        "test": True,
        "accepted_at": "2026-01-31T12:02:00+00:00",
    }
    assert listing["next_cursor"] is None


def test_nothing_of_the_person_is_told(posting: Posting) -> None:
    send(appcast.application())
    said = ask_for_list().content.decode()
    assert json.loads(said)["applications"]
    for personal in ("Ada", "Adler", "ada@mail.example", "555 01", "Contoso", "ccuid-1", "cv.pdf"):
        assert personal not in said


def test_each_filter_and_all_together(posting: Posting) -> None:
    handed_in(posting, 1, minutes=1, status="held", job_reference="a")
    handed_in(posting, 2, minutes=2, status="retry_wait", job_reference="a")
    handed_in(posting, 3, minutes=3, status="sending", job_reference="b & c")
    applications.erase(handed_in(posting, 4, minutes=4, status="delivered", job_reference="a"), reason="x")
    assert numbers("status=delivering") == [3, 2]
    assert numbers("status=needs_attention&status=erased") == [4, 1]
    assert numbers("status=delivered") == []
    assert numbers("since=2026-01-31T12:02:00Z") == [4, 3, 2]
    assert numbers("until=2026-01-31T12:02:00Z") == [1]
    assert numbers(urlencode({"since": "2026-01-31T13:02:00+01:00", "until": "2026-01-31T12:04:00Z"})) == [
        3,
        2,
    ]
    assert numbers("job_reference=a") == [4, 2, 1]
    assert numbers(urlencode({"job_reference": "b & c"})) == [3]
    assert numbers("job_reference=a&status=delivering&since=2026-01-31T12:00:00Z&limit=1") == [2]
    assert numbers("job_reference=A") == []


def test_every_state_can_be_asked_for(posting: Posting) -> None:
    for number, status in enumerate(Delivery.Status.values):
        handed_in(posting, number, minutes=number, status=status)
    found = {it["application_id"]: it["status"] for it in told()["applications"]}
    for word in set(found.values()):
        asked = {it["application_id"] for it in told(f"status={word}")["applications"]}
        assert asked == {sender_id for sender_id, status in found.items() if status == word}


def pages(query: str) -> list[list[int]]:
    found, cursor = [], ""
    while True:
        page = told(query + cursor)
        found.append([ONES.index(it["application_id"]) for it in page["applications"]])
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def test_pages_hold_each_once_even_of_one_moment(posting: Posting) -> None:
    made = [handed_in(posting, number, minutes=number // 4) for number in range(9)]
    order = sorted(made, key=lambda it: (it.accepted_at, it.pk), reverse=True)
    expected = [ONES.index(str(it.sender_id)) for it in order]
    for limit in (1, 2, 3, 9, 200):
        found = pages(f"limit={limit}")
        assert [it for page in found for it in page] == expected
        assert all(len(page) == limit for page in found[:-1])


def test_what_is_handed_in_meanwhile_shifts_no_page(posting: Posting) -> None:
    for number in (1, 2, 3):
        handed_in(posting, number, minutes=number)
    first = told("limit=2")
    handed_in(posting, 4, minutes=4)
    assert numbers(f"limit=2&cursor={first['next_cursor']}") == [1]


def test_another_tenants_are_not_among_them(posting: Posting, southgate: Tenant) -> None:
    handed_in(posting, 1, minutes=1)
    SenderSecretFactory.create(tenant=southgate, secret=SECRET)
    assert told(path=appcast.PATH.replace("northwind", "southgate"))["applications"] == []


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("status=lost", "status.0", "option_unknown"),
        ("status=", "status.0", "option_unknown"),
        ("since=yesterday", "since", "time_invalid"),
        ("until=2026-01-31T12:00:00", "until", "time_invalid"),
        ("since=0001-01-01T00:00:00%2B23:59", "since", "time_invalid"),
        ("limit=0", "limit", "out_of_range"),
        ("limit=201", "limit", "out_of_range"),
        ("limit=ten", "limit", "number_expected"),
        ("cursor=x", "cursor", "cursor_invalid"),
        (f"cursor={'9' * 18}-{'0' * 32}", "cursor", "cursor_invalid"),
        ("job_reference=", "job_reference", "text_malformed"),
        ("job_reference=a%00b", "job_reference", "text_malformed"),
        (f"job_reference={'a' * 151}", "job_reference", "text_too_long"),
        ("state=rejected", "state", "parameter_unknown"),
        ("limit=5&job_referenc%C3%A9=a", "job_referencé", "parameter_unknown"),
    ],
)
def test_what_makes_no_sense_is_named_and_not_passed_over(
    posting: Posting, query: str, field: str, code: str
) -> None:
    answer = ask_for_list(query)
    (error,) = json.loads(answer.content)["errors"]
    assert (answer.status_code, error["field"], error["code"]) == (422, field, code)
    assert error["message"].startswith("Expected ")


@pytest.mark.parametrize(
    "query", [f"cursor={'9' * 17}-{'f' * 32}", f"cursor=0-{'0' * 32}", "since=9999-12-31T23:59:59Z"]
)
def test_the_ends_of_time_are_no_error(posting: Posting, query: str) -> None:
    handed_in(posting, 1, minutes=1)
    assert ask_for_list(query).status_code == 200


def test_path_and_query_are_what_is_signed(posting: Posting) -> None:
    target = f"{appcast.PATH}?limit=5"
    other = f"{appcast.PATH}?limit=6"
    refused = {
        "nothing": header(b"", SECRET),
        "the query alone": header(b"limit=5", SECRET),
        "the path alone": header(appcast.PATH.encode(), SECRET),
        "another query": header(other.encode(), SECRET),
        "another tenant's path": header(target.replace("northwind", "southgate").encode(), SECRET),
        "another secret": header(target.encode(), "another-secret"),
    }
    assert {
        name: ask_for_list("limit=5", signature=it).status_code for name, it in refused.items()
    } == dict.fromkeys(refused, 401)
    assert ask_for_list("limit=5", signature=header(target.encode(), SECRET)).status_code == 200


def test_what_was_signed_for_one_application_opens_no_list(posting: Posting) -> None:
    application = handed_in(posting, 1, minutes=1)
    signature = header(b"", SECRET)
    assert ask(application.sender_id, signature=signature).status_code == 200
    assert ask_for_list(signature=signature).status_code == 401


@pytest.mark.parametrize("is_secure", [True, False])
def test_the_asker_is_never_sent_elsewhere(posting: Posting, settings: Any, is_secure: bool) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answers = [
        ask_for_list("limit=5", path=f"{appcast.PATH}{slash}", secure=is_secure) for slash in ("", "/")
    ]
    assert [it.status_code for it in answers] == [200, 200]


def selects_for(query: str) -> list[str]:
    with CaptureQueriesContext(connection) as asked:
        told(query)
    return [it["sql"] for it in asked if 'FROM "integrations_application"' in it["sql"]]


def test_a_page_costs_one_query_however_many_are_on_it(posting: Posting) -> None:
    for number in range(8):
        handed_in(posting, number, minutes=number)
    (select,) = selects_for("limit=8&status=accepted")
    assert '"document"' not in select


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("since=2026-01-01T00:00:00Z", "application_by_time"),
        (f"cursor={10**15}-{'0' * 32}", "application_by_time"),
        ("job_reference=job-7", "application_by_job"),
    ],
)
def test_a_page_is_read_off_an_index_in_its_order(posting: Posting, query: str, index: str) -> None:
    """However many there are; of a few PostgreSQL would rather read and sort all."""
    for number in range(300):
        application = ApplicationFactory.create(
            tenant=posting.tenant, posting=posting, job_reference=f"job-{number}"
        )
        DeliveryFactory.create(tenant=posting.tenant, application=application)
    (select,) = selects_for(query)
    with tenant_scope(posting.tenant_id), connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan", "sort"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN {select}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert (f"using {index}" in plan, "Sort" in plan) == (True, False), plan


def test_times_are_told_as_they_can_be_asked_for(posting: Posting) -> None:
    send(appcast.application())
    (row,) = told()["applications"]
    assert datetime.fromisoformat(row["accepted_at"]) <= timezone.now()
    assert len(told(urlencode({"since": row["accepted_at"]}))["applications"]) == 1
    assert told(urlencode({"until": row["accepted_at"]}))["applications"] == []
