import hmac
import json
from datetime import UTC, datetime

import pytest

from integrations.errors import RejectedError
from integrations.lever.events import is_signed_with, parse
from integrations.types import EventKind

# The contract's own vector: an invented key, the token of the official sample.
SECRET = "0123456789abcdef0123456789abcdef0123456789abcdef"
TOKEN = "be58f711f349c7780e4579cd7c63341ac6f881e4dccc3154"
TRIGGERED_AT = 1431454330072
SIGNATURE = "65f4216d1725a5c4cadf3eb52db61cf370ffc1fd2e1b4ee6e2dc40d32ffb1d7d"
OPPORTUNITY = "3410c8b9-5c31-4bab-b7e9-9f710206d647"
STAGES = {"toStageId": "offer", "fromStageId": "992f01a9-ee19-41d2-ae79-1040701b195c"}


def body(**changes: object) -> bytes:
    envelope = {
        "triggeredAt": TRIGGERED_AT,
        "event": "candidateStageChange",
        "data": {"opportunityId": OPPORTUNITY, "contactId": "c", **STAGES},
        "signature": SIGNATURE,
        "token": TOKEN,
        **changes,
    }
    return json.dumps({key: value for key, value in envelope.items() if value is not ...}).encode()


def refusal_of(raw: bytes) -> RejectedError:
    with pytest.raises(RejectedError) as caught:
        parse(raw)
    return caught.value


def test_a_stage_change_is_read() -> None:
    event = parse(body(id="extra fields are passed over"))
    assert (event.kind, event.name) == (EventKind.STAGE_CHANGED, "candidateStageChange")
    assert event.signed_string == f"{TOKEN}{TRIGGERED_AT}"
    assert event.triggered_at == datetime(2015, 5, 12, 18, 12, 10, 72000, tzinfo=UTC)
    assert event.opportunity_external_id == OPPORTUNITY
    assert (event.to_stage_external_id, event.from_stage_external_id) == tuple(STAGES.values())


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("applicationCreated", {"applicationId": "a"}, EventKind.APPLICATION_CREATED),
        ("candidateHired", {"opportunityId": "o"}, EventKind.HIRED),
        ("candidateArchiveChange", {"opportunityId": "o"}, EventKind.ARCHIVED),
        ("candidateDeleted", {"opportunityId": "o", "deletedBy": "u"}, EventKind.DELETED),
        ("interviewCreated", {"interviewId": "i"}, EventKind.OTHER),
        ("somethingNew", {"x": 1}, EventKind.OTHER),
        ("candidateHired", {}, EventKind.TEST),
    ],
)
def test_each_event_has_its_kind(name: str, data: object, kind: EventKind) -> None:
    assert parse(body(event=name, data=data)).kind is kind


def test_an_archived_candidate_comes_with_the_reason_and_a_restored_one_without() -> None:
    archived = {"opportunityId": "o", "fromArchived": None, "toArchived": {"reason": "r-1", "archivedAt": 1}}
    restored = {"opportunityId": "o", "toArchived": None, "fromArchived": {"reason": "r-1", "archivedAt": 1}}
    assert parse(body(event="candidateArchiveChange", data=archived)).archive_reason_external_id == "r-1"
    assert parse(body(event="candidateArchiveChange", data=restored)).archive_reason_external_id == ""


def test_the_signature_of_the_contract_verifies() -> None:
    event = parse(body())
    assert is_signed_with(event, [SECRET]) == 0
    assert is_signed_with(event, ["old", "older", SECRET, "next"]) == 2
    assert is_signed_with(event, ["old"]) is None
    assert is_signed_with(event, []) is None


@pytest.mark.parametrize(
    "signature", [..., "", "m3e7...6b36", SIGNATURE.upper(), SIGNATURE[:-1], SIGNATURE + "0"]
)
def test_no_other_signature_verifies(signature: object) -> None:
    assert is_signed_with(parse(body(signature=signature)), [SECRET, ""]) is None


def test_digits_that_move_from_token_to_time_give_the_same_signed_string() -> None:
    shifted = body(token=TOKEN + "1", triggeredAt=int(str(TRIGGERED_AT)[1:] + "0"))
    assert parse(shifted).signed_string == f"{TOKEN}{TRIGGERED_AT}0"


def test_every_secret_is_tried_even_after_a_match(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    real = hmac.compare_digest

    def counted(left: bytes, right: bytes) -> bool:
        seen.append(left)
        return real(left, right)

    monkeypatch.setattr(hmac, "compare_digest", counted)
    assert is_signed_with(parse(body()), [SECRET, "second", "third"]) == 0
    assert len(seen) == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"token": ...},
        {"token": TOKEN.upper()},
        {"token": "a" * 31},
        {"token": "a" * 129},
        {"token": TOKEN + "\n"},
        {"token": 7},
        {"triggeredAt": ...},
        {"triggeredAt": True},
        {"triggeredAt": str(TRIGGERED_AT)},
        {"triggeredAt": float(TRIGGERED_AT)},
        {"triggeredAt": TRIGGERED_AT * 10},
        {"triggeredAt": TRIGGERED_AT // 10},
        {"triggeredAt": -TRIGGERED_AT},
        {"event": ...},
        {"event": ""},
        {"event": "a" * 101},
        {"event": "a\u0000"},
        {"event": "\ud800"},
        {"data": ...},
        {"data": None},
        {"data": []},
        {"signature": None},
        {"signature": 7},
        {"signature": "é"},
        {"signature": "\ud800"},
    ],
)
def test_an_envelope_that_is_not_levers_is_refused(changes: dict[str, object]) -> None:
    assert refusal_of(body(**changes)).code == "lever.bad_event"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"not json",
        b"\xff\xfe{}",
        b"\xef\xbb\xbf" + body(),
        body().decode().encode("utf-16"),
        b"[]",
        b"null",
        b'"text"',
        body() + b"{}",
        body().replace(b'"contactId": "c"', b'"contactId": NaN'),
        body().replace(b'"contactId": "c"', b'"contactId": -Infinity'),
        body().replace(b'"contactId": "c"', b'"contactId": 1e999'),
        body().replace(b'"contactId": "c"', b'"opportunityId": "other"'),
        body().replace(b'"contactId": "c"', b'"contactId": ' + b"9" * 5000),
        body().replace(b'"contactId": "c"', b'"contactId": ' + b"[" * 100_000),
        body().replace(b'"contactId": "c"', b'"contactId": ' + b"[" * 20 + b"]" * 20),
        body().replace(b'"contactId": "c"', b'"contactId": [' + b"1," * 2000 + b"1]"),
    ],
)
def test_json_that_could_mean_two_things_or_costs_too_much_is_refused(raw: bytes) -> None:
    error = refusal_of(raw)
    assert error.code == "lever.bad_event"
    assert OPPORTUNITY not in error.detail


def test_depth_and_size_that_are_still_allowed_are_taken() -> None:
    deep = body().replace(b'"contactId": "c"', b'"contactId": ' + b"[" * 17 + b"]" * 17)
    assert parse(deep).kind is EventKind.STAGE_CHANGED
    wide = body().replace(b'"contactId": "c"', b'"contactId": [' + b"1," * 1900 + b"1]")
    assert parse(wide).kind is EventKind.STAGE_CHANGED


@pytest.mark.parametrize("odd", [7, None, ["x"], "a\u0000b", "\ud800", "x" * 101])
def test_an_odd_id_counts_as_absent(odd: object) -> None:
    assert parse(body(data={"opportunityId": odd, "toStageId": "offer"})).opportunity_external_id == ""
