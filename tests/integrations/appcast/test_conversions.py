import hashlib
import json
import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest

from integrations.appcast.conversions import MOST_EVENTS, ConversionEvent, ConversionName, batch_body
from sandbox.appcast import contract

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
OPPORTUNITY = "3410c8b9-5c31-4bab-b7e9-9f710206d647"


def event(
    name: ConversionName = ConversionName.INTERVIEW,
    occurred_at: datetime = AT,
    sequence: int = 1,
    opportunity: str = OPPORTUNITY,
    click_id: str = "ccuid-1",
) -> ConversionEvent:
    return ConversionEvent(
        event_id=uuid.UUID(int=sequence),
        name=name,
        occurred_at=occurred_at,
        received_at=AT + timedelta(seconds=1),
        sequence=sequence,
        client_id="client-7",
        ent_id="ent-9",
        job_reference="posting-1",
        application_id=uuid.UUID(int=99),
        ats_name="lever",
        opportunity_external_id=opportunity,
        click_id=click_id,
        raw_status="Phone screen",
        raw_stage_id="stage-1",
    )


def sent(*events: ConversionEvent) -> list[dict[str, object]]:
    body = json.loads(batch_body(events))
    assert contract.problems_of(body) == []
    found: list[dict[str, object]] = body["events"]
    return found


def test_an_event_has_the_contracts_shape() -> None:
    assert sent(event()) == [
        {
            "event_id": "00000000-0000-0000-0000-000000000001",
            "event": "interview",
            "raw_status": "Phone screen",
            "raw_stage_id": "stage-1",
            "occurred_at": "2026-01-31T12:00:00.000Z",
            "received_at": "2026-01-31T12:00:01.000Z",
            "sequence": 1,
            "test": False,
            "tenant": {"client_id": "client-7", "ent_id": "ent-9"},
            "job_reference": "posting-1",
            "application_id": "00000000-0000-0000-0000-000000000063",
            "click_id": "ccuid-1",
            "ats": {"name": "lever", "opportunity_hash": hashlib.sha256(OPPORTUNITY.encode()).hexdigest()},
        }
    ]


def test_the_body_is_compact() -> None:
    assert batch_body([event()]).startswith(b'{"events":[{"event_id":"')


def test_the_receiver_knows_every_name() -> None:
    assert {name.value for name in ConversionName} == contract.NAMES
    sent(*(event(name, sequence=index) for index, name in enumerate(ConversionName)))


def test_the_oldest_comes_first_whatever_its_zone() -> None:
    tokyo = timezone(timedelta(hours=9))
    late, early = event(sequence=1), event(sequence=2, occurred_at=datetime(2026, 1, 31, 20, tzinfo=tokyo))
    first, last = sent(late, early)
    assert (first["sequence"], last["sequence"]) == (2, 1)
    assert first["occurred_at"] == "2026-01-31T11:00:00.000Z"


def test_events_of_the_same_time_keep_their_sequence() -> None:
    assert [it["sequence"] for it in sent(event(sequence=3), event(sequence=1))] == [1, 3]


def test_what_is_unknown_is_null_and_never_the_hash_of_nothing() -> None:
    (only,) = sent(event(opportunity="", click_id=""))
    assert only["click_id"] is None
    assert only["ats"] == {"name": "lever", "opportunity_hash": None}


def test_a_full_batch_is_taken() -> None:
    assert len(sent(*(event(sequence=index) for index in range(MOST_EVENTS)))) == MOST_EVENTS


@pytest.mark.parametrize("count", [0, MOST_EVENTS + 1])
def test_any_other_number_of_events_is_a_mistake(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 25 events"):
        batch_body([event()] * count)
