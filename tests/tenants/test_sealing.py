import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from tenants.sealing import SealError, key_ring, seal, seal_text, unseal, unseal_text

from .keys import new_key

PLACE = "integrations_tokenset.access_token:1:7"
SECRET = b"what nobody may read"


def test_what_is_sealed_opens_where_it_was_sealed() -> None:
    assert unseal(seal(SECRET, PLACE), PLACE) == SECRET
    assert unseal_text(seal_text("geheim, тайна", PLACE), PLACE) == "geheim, тайна"


def test_a_sealed_value_shows_nothing_of_what_it_holds() -> None:
    assert SECRET not in seal(SECRET, PLACE)
    assert seal(SECRET, PLACE) != seal(SECRET, PLACE)


@pytest.mark.parametrize(
    "elsewhere",
    [
        "integrations_tokenset.access_token:1:8",
        "integrations_tokenset.access_token:2:7",
        "integrations_tokenset.refresh_token:1:7",
        "",
    ],
)
def test_a_value_moved_to_another_row_tenant_or_column_does_not_open(elsewhere: str) -> None:
    with pytest.raises(SealError, match="does not belong to"):
        unseal(seal(SECRET, PLACE), elsewhere)


@pytest.mark.parametrize("size", [0, 5, 20, 30])
def test_a_value_that_was_cut_off_does_not_open(size: int) -> None:
    with pytest.raises(SealError):
        unseal(seal(SECRET, PLACE)[:size], PLACE)


def test_a_value_with_one_bit_changed_does_not_open() -> None:
    sealed = bytearray(seal(SECRET, PLACE))
    sealed[-1] ^= 1
    with pytest.raises(SealError):
        unseal(bytes(sealed), PLACE)


@pytest.mark.parametrize("text", ["", "plain text", "v1.laptop.%%%%", "v1.laptop.тайна", "v1.laptop.A"])
def test_text_that_is_no_sealed_value_does_not_open(text: str) -> None:
    with pytest.raises(SealError):
        unseal_text(text, PLACE)


def test_the_first_key_seals_and_all_keys_open(settings: Settings) -> None:
    old, new = new_key("2025"), new_key("2026")
    settings.SEALING_KEYS = [old]
    sealed_before = seal(SECRET, PLACE)
    settings.SEALING_KEYS = [new, old]
    assert unseal(sealed_before, PLACE) == SECRET
    assert seal(SECRET, PLACE).startswith(b"v1.2026.")


def test_a_value_whose_key_went_names_the_key_to_add_back(settings: Settings) -> None:
    settings.SEALING_KEYS = [new_key("2025")]
    sealed = seal(SECRET, PLACE)
    settings.SEALING_KEYS = [new_key("2026")]
    with pytest.raises(SealError, match=r"2025.*add it back"):
        unseal(sealed, PLACE)


def test_another_key_under_the_same_id_does_not_open(settings: Settings) -> None:
    settings.SEALING_KEYS = [new_key("2025")]
    sealed = seal(SECRET, PLACE)
    settings.SEALING_KEYS = [new_key("2025")]
    with pytest.raises(SealError):
        unseal(sealed, PLACE)


@pytest.mark.parametrize("entry", ["2026:" + "A" * 22 + "==", "2026:%%%", "2026:" + "A" * 42 + "%%="])
def test_a_key_that_is_not_32_bytes_is_refused_with_the_way_to_make_one(entry: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"'2026' without 32 bytes.*os\.urandom"):
        key_ring((entry,))


@pytest.mark.parametrize("key_id", ["", "2026.11", "a b", "ключ", "x" * 33])
def test_a_key_id_that_a_sealed_value_could_not_carry_is_refused(key_id: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="Entry 1 of SEALING_KEYS"):
        key_ring((new_key(key_id),))


def test_two_keys_of_one_id_are_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="Entry 2 of SEALING_KEYS"):
        key_ring((new_key("2026"), new_key("2026")))


def test_no_key_at_all_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="SEALING_KEYS is empty"):
        key_ring(())


def test_a_key_without_its_id_is_not_repeated_in_the_complaint() -> None:
    bare = new_key("").removeprefix(":")
    with pytest.raises(ImproperlyConfigured) as refusal:
        key_ring((bare,))
    assert bare not in str(refusal.value)
