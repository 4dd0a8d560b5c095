import pytest

from integrations.lever.stage_ids import clean_stage_id

STAGE_ID = "67c97049-1e8f-4e83-8eb3-774a1ea86cdf"


@pytest.mark.parametrize(
    "pasted",
    [
        STAGE_ID,
        "67c97049 - 1e8f - 4e83 - 8eb3 - 774a1ea86cdf",
        "  67C97049-1E8F-4E83-8EB3-774A1EA86CDF\r\n",
        "67c97049\u20131e8f\u20144e83\u20108eb3\u2011774a1ea86cdf",
        "“67c97049-1e8f-4e83-8eb3-774a1ea86cdf”,",
        "67c97049\u00a0-\u200b1e8f-4e83-8eb3-774a1ea86cdf\ufeff",
        "(67c97049-1e8f-4e83-8eb3-774a1ea86cdf).",
    ],
)
def test_a_pasted_uuid_has_one_spelling(pasted: str) -> None:
    assert clean_stage_id(pasted) == STAGE_ID


@pytest.mark.parametrize(
    ("pasted", "expected"),
    [("applicant - new", "applicant-new"), ("'offer'", "offer"), ("Custom-Stage", "Custom-Stage"), (" ", "")],
)
def test_levers_own_words_stay_as_they_are(pasted: str, expected: str) -> None:
    assert clean_stage_id(pasted) == expected
