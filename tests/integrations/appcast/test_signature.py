from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from integrations.appcast.signature import (
    HEADER,
    LONGEST_HEADER,
    MOST_SIGNATURES,
    Refusal,
    Verdict,
    sign,
    verify,
)
from sandbox.appcast import signature as sandbox

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
BODY = '{"name": "Zoë"}'.encode()
# Made with `openssl dgst -sha256 -hmac whsec_1` over "1769860800." and the body.
VECTOR = "t=1769860800,v1=9826d1d7a5ae4327972a1f1d91a19be7055aa1e7f774ab82b141438f57a581b1"
SIGNATURE = "0" * 64


def test_the_header_is_time_and_hmac_of_time_and_body() -> None:
    assert sign(["whsec_1"], BODY, NOW) == VECTOR


@given(body=st.binary(), secrets=st.lists(st.text(min_size=1), min_size=1, max_size=4, unique=True))
def test_what_is_signed_verifies(body: bytes, secrets: list[str]) -> None:
    assert verify(sign(secrets, body, NOW), body, secrets, NOW) == Verdict(secret_index=0)


@given(body=st.binary(), other=st.binary())
def test_another_body_does_not_verify(body: bytes, other: bytes) -> None:
    header = sign(["secret"], body, NOW)
    assert (verify(header, other, ["secret"], NOW).refusal is None) == (body == other)


def test_the_verdict_tells_which_secret_matched() -> None:
    assert verify(sign(["new"], BODY, NOW), BODY, ("old", "new"), NOW) == Verdict(secret_index=1)


def test_hex_may_be_written_in_capitals() -> None:
    time, _, signature = VECTOR.partition(",v1=")
    assert verify(f"{time}, v1={signature.upper()}", BODY, ["whsec_1"], NOW) == Verdict(secret_index=0)


def test_while_a_secret_is_changed_either_signature_is_enough() -> None:
    header = sign(["old", "new"], BODY, NOW)
    assert [verify(header, BODY, [secret], NOW).secret_index for secret in ("old", "new")] == [0, 0]


@pytest.mark.parametrize("seconds", [-300, 300])
def test_a_time_at_the_edge_is_taken(seconds: int) -> None:
    header = sign(["s"], BODY, NOW + timedelta(seconds=seconds))
    assert verify(header, BODY, ["s"], NOW) == Verdict(secret_index=0)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_time_beyond_the_edge_is_refused(seconds: int) -> None:
    header = sign(["s"], BODY, NOW + timedelta(seconds=seconds))
    assert verify(header, BODY, ["s"], NOW) == Verdict(refusal=Refusal.OUT_OF_TIME)


def test_the_time_is_part_of_what_is_signed() -> None:
    moved = sign(["s"], BODY, NOW).replace("t=1769860800", "t=1769860801")
    assert verify(moved, BODY, ["s"], NOW) == Verdict(refusal=Refusal.WRONG)


@pytest.mark.parametrize("header", ["", "  "])
def test_no_signature_is_absent(header: str) -> None:
    assert verify(header, BODY, ["s"], NOW) == Verdict(refusal=Refusal.ABSENT)


@pytest.mark.parametrize(
    "header",
    [
        "nonsense",
        "t=1769860800",
        f"v1={SIGNATURE}",
        f"t=1769860800,t=1769860800,v1={SIGNATURE}",
        f"t=1769860800,v1={SIGNATURE},v0={SIGNATURE}",
        f"t=-1,v1={SIGNATURE}",
        f"t=1e9,v1={SIGNATURE}",
        f"t=\u0661\u0662\u0663,v1={SIGNATURE}",  # digits, but Arabic ones
        f"t={'9' * 400},v1={SIGNATURE}",
        f"t=1769860800,v1={SIGNATURE[:-1]}",
        f"t=1769860800,v1={'ä' * 64}",
        f"t=1769860800,v1={SIGNATURE},",
        ",".join(["t=1769860800", *[f"v1={SIGNATURE}"] * (MOST_SIGNATURES + 1)]),
        f"t=1769860800,v1={SIGNATURE}" + " " * LONGEST_HEADER,
    ],
)
def test_any_other_shape_is_malformed(header: str) -> None:
    assert verify(header, BODY, ["s"], NOW) == Verdict(refusal=Refusal.MALFORMED)


@given(header=st.text())
def test_no_header_breaks_verification(header: str) -> None:
    assert verify(header, BODY, ["s"], NOW).secret_index is None


def test_without_secrets_nothing_verifies_and_nothing_is_signed() -> None:
    assert verify(sign([""], BODY, NOW), BODY, [], NOW) == Verdict(refusal=Refusal.WRONG)
    with pytest.raises(ValueError, match="needs a secret"):
        sign([], BODY, NOW)


@pytest.mark.parametrize("secrets", [[], ["one"], ["one", "two"]])
def test_nobody_sees_by_the_work_how_many_secrets_there_are(
    monkeypatch: pytest.MonkeyPatch, secrets: list[str]
) -> None:
    signed = []

    def counted(secret: str, *_: object) -> str:
        signed.append(secret)
        return "0" * 64

    monkeypatch.setattr("integrations.appcast.signature._mac", counted)
    assert verify(VECTOR, BODY, secrets, NOW) == Verdict(refusal=Refusal.WRONG)
    assert (len(signed), signed[: len(secrets)]) == (2, secrets)


@time_machine.travel(NOW, tick=False)
def test_the_sandbox_agrees_both_ways() -> None:
    assert sandbox.HEADER == HEADER
    assert sandbox.why_refused(sign(["old", "new"], BODY, NOW), "new", BODY) is None
    assert sandbox.why_refused(sign(["old"], BODY, NOW), "new", BODY) is not None
    assert verify(sandbox.sign("secret", BODY), BODY, ["secret"], NOW) == Verdict(secret_index=0)
