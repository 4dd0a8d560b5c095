"""Sentences that are stored in English and told in the reader's language."""

import json
from typing import Any

import pytest
from django.utils.translation import override

from tenants.phrases import Phrase, PhraseField, PhrasesField, counted

PAGES = Phrase("%(start_index)s to %(end_index)s", start_index=1, end_index="9")


def stored_and_read(phrase: Phrase | str) -> tuple[str, Phrase]:
    column = PhraseField().get_prep_value(phrase)
    return column, PhraseField().from_db_value(column)


@pytest.mark.parametrize(
    "phrase",
    [
        Phrase(),
        Phrase("100% of it came."),
        PAGES,
        counted("%(count)s job of %(site)s", "%(count)s jobs of %(site)s", 3, site="a"),
        Phrase("Because: %(why)s", why=Phrase("Yes")),
        Phrase("Because: %(why)s", why=PAGES),
    ],
)
def test_what_was_stored_is_what_is_read(phrase: Phrase) -> None:
    _, read = stored_and_read(phrase)
    assert (read, str(read), bool(read)) == (phrase, str(phrase), bool(phrase))
    assert PhrasesField().from_db_value(json.dumps([phrase.stored]), *connectionless()) == [phrase]


def connectionless() -> tuple[Any, Any]:
    return None, None


def test_a_sentence_without_values_lies_in_its_column_as_it_is() -> None:
    assert stored_and_read('It broke. {"text": 5%}')[0] == 'It broke. {"text": 5%}'


def test_it_is_told_in_the_language_of_whoever_reads_it() -> None:
    phrase = Phrase("Because: %(why)s", why=Phrase("Yes"))
    with override("de"):
        assert str(phrase) == "Because: Ja"
        assert phrase.english == "Because: Yes"


@pytest.mark.parametrize(("count", "said"), [(1, "1 job"), (2, "2 jobs"), (0, "0 jobs")])
def test_a_count_chooses_its_form(count: int, said: str) -> None:
    assert str(counted("%(count)s job", "%(count)s jobs", count)) == said


def test_text_from_outside_is_cut() -> None:
    assert len(str(Phrase("%(said)s", said="x" * 10_000))) == 300
