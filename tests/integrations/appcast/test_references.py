import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.appcast.references import posting_id_of, references_of

POSTING = "5ac21346-8e0c-4494-8e7a-3eb92ff77902"


@pytest.mark.parametrize(
    "locations", [("Columbus, OH",), ("Columbus, OH", ""), ("Columbus, OH", "columbus,  oh ")]
)
def test_a_posting_in_one_place_is_known_by_its_own_id(locations: tuple[str, ...]) -> None:
    assert references_of(POSTING, locations) == {POSTING: "Columbus, OH"}


@pytest.mark.parametrize("locations", [(), ("", " ")])
def test_a_posting_without_a_place_has_a_reference_too(locations: tuple[str, ...]) -> None:
    assert references_of(POSTING, locations) == {POSTING: ""}


def test_each_of_several_places_has_its_own_reference() -> None:
    mark = hashlib.sha256(b"columbus, oh").hexdigest()[:8]
    references = references_of(POSTING, ["Columbus, OH", "Reno, Nevada"])
    assert list(references.values()) == ["Columbus, OH", "Reno, Nevada"]
    assert next(iter(references)) == f"{POSTING}-{mark}"


locations = st.lists(st.text(st.characters(exclude_categories=[]), max_size=12), max_size=5)


@given(locations=locations, data=st.data())
def test_references_do_not_depend_on_the_order(locations: list[str], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(locations))
    assert references_of(POSTING, locations).keys() == references_of(POSTING, shuffled).keys()


@given(locations=locations, posting_id=st.uuids().map(str))
def test_every_reference_leads_back_to_its_posting(locations: list[str], posting_id: str) -> None:
    assert {posting_id_of(reference) for reference in references_of(posting_id, locations)} == {posting_id}


def test_a_reference_in_capitals_leads_back_too() -> None:
    assert posting_id_of(f"{POSTING}-0a1b2c3d".upper()) == POSTING.upper()


@pytest.mark.parametrize(
    "reference",
    ["", "warehouse-0a1b2c3d", POSTING[:-1] + "-0a1b2c3d", POSTING + "-0a1b2c3", POSTING + "-0a1b2c3g"],
)
def test_what_is_no_uuid_with_a_mark_is_an_id_as_it_stands(reference: str) -> None:
    assert posting_id_of(reference) == reference
