"""Bodies whose answer is known beforehand: the contract's vector, and Lever's own samples as it prints them."""

import json
from datetime import UTC, datetime

import pytest
import time_machine

from tests.factories import WebhookEndpointFactory
from webhooks.models import WebhookEndpoint

from . import rows
from .door import knock
from .lever import SECRET, signature

TOKEN = "be58f711f349c7780e4579cd7c63341ac6f881e4dccc3154"
AT = 1431454330072
SIGNATURE = "65f4216d1725a5c4cadf3eb52db61cf370ffc1fd2e1b4ee6e2dc40d32ffb1d7d"
SAMPLE = (
    b'{"triggeredAt":1431454330072,"event":"candidateStageChange",'
    b'"data":{"opportunityId":"3410c8b9-5c31-4bab-b7e9-9f710206d647",'
    b'"candidateId":"daeaa038-cddb-4d69-9b8c-74b6c23be3f3",'
    b'"contactId":"05c248f9-ccb1-435f-bab5-0ec608aec263",'
    b'"toStageId":"7c2690d8-6308-4ed9-ae2a-cbfe7db26593",'
    b'"fromStageId":"992f01a9-ee19-41d2-ae79-1040701b195c"},'
    b'"signature":"28e3fbb90ce869c3695c4a9559ff43eae998389a48b42c509d1adbeea0897c16",'
    b'"token":"be58f711f349c7780e4579cd7c63341ac6f881e4dccc3154"}'
)
TEST_BODY = (
    b'{"triggeredAt":1431458021951,"event":"candidateHired","data":{},"signature":"m3e7...6b36",'
    b'"token":"657fd5a0759c87d35660b096dbc388d1d31058869f08ce3f"}'
)
PROVED = SAMPLE.replace(
    b"28e3fbb90ce869c3695c4a9559ff43eae998389a48b42c509d1adbeea0897c16", SIGNATURE.encode()
)


def test_the_tests_own_signature_is_the_contracts() -> None:
    """SECRET is the vector's key: all other tests sign with what this proves."""
    assert signature(SECRET, TOKEN, AT) == SIGNATURE


def test_the_sample_with_the_vectors_signature_is_taken_and_read(endpoint: WebhookEndpoint) -> None:
    with time_machine.travel(datetime.fromtimestamp(AT / 1000, UTC), tick=False):
        assert knock(endpoint, PROVED) == 200
    event = rows.event()
    assert (event.status, event.name, event.body) == ("received", "candidateStageChange", PROVED)
    assert event.opportunity_external_id == "3410c8b9-5c31-4bab-b7e9-9f710206d647"
    assert event.stage_external_id == "7c2690d8-6308-4ed9-ae2a-cbfe7db26593"
    assert event.triggered_at == datetime(2015, 5, 12, 18, 12, 10, 72000, tzinfo=UTC)


def test_ten_years_later_it_is_still_proved_and_nothing_is_done(endpoint: WebhookEndpoint) -> None:
    assert knock(endpoint, PROVED) == 200
    assert rows.event().status == "quarantined"


@pytest.mark.parametrize("layout", [{"indent": 2}, {"separators": (",", ":")}, {"sort_keys": True}])
def test_the_layout_of_the_json_does_not_matter(endpoint: WebhookEndpoint, layout: dict[str, object]) -> None:
    assert knock(endpoint, json.dumps(json.loads(PROVED), **layout).encode()) == 200  # type: ignore[arg-type]


@pytest.mark.parametrize("body", [SAMPLE, TEST_BODY], ids=["stage change", "test of the connection"])
def test_levers_printed_samples_are_signed_with_a_key_that_nobody_has(
    endpoint: WebhookEndpoint, body: bytes
) -> None:
    assert knock(endpoint, body) == 401
    assert (rows.reasons(), rows.events()) == (["wrong_signature"], [])


def test_the_test_of_the_connection_is_as_long_as_lever_says_and_good_once_it_is_signed(
    endpoint: WebhookEndpoint,
) -> None:
    other = WebhookEndpointFactory.create(tenant=endpoint.tenant, event_kind="hired")
    printed = json.loads(TEST_BODY)
    mac = signature(SECRET, printed["token"], printed["triggeredAt"])
    body = TEST_BODY.replace(b"m3e7...6b36", mac.encode())
    assert len(body) == 202
    assert [knock(it, body) for it in (endpoint, other)] == [200, 401]
    assert (rows.event().kind, rows.event().status) == ("test", "ignored")
