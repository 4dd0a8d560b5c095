"""What a changed form says against an application is told to each reader in their language."""

import pytest
from django.utils import translation

from integrations.lever import forms
from integrations.services import misfits
from integrations.types import FieldProblem
from tenants.phrases import Phrase
from tests.integrations.lever.forms import FORM


def told(*problems: FieldProblem) -> Phrase:
    return misfits.told(forms.parse(FORM), problems)


@pytest.mark.parametrize("code", misfits.SAID)
def test_each_code_names_the_question_and_is_translated(code: str) -> None:
    said = told(FieldProblem("resume", code, "in English"))
    with translation.override("de"):
        assert str(said) != said.english
    assert "in English" not in said.english


def test_several_are_told_and_not_all() -> None:
    problems = [FieldProblem("email", "required_missing", "")] * 5
    assert told(*problems).english.count("must be answered.") == misfits.MOST_TOLD


def test_what_a_provider_alone_knows_stands_in_its_own_words() -> None:
    assert told(FieldProblem("email", "toy_trouble", "The toy is broken.")).english == "The toy is broken."


def test_whether_somebody_answered_a_demographic_question_is_not_told() -> None:
    form = forms.parse(FORM)
    theirs = FieldProblem(form.demographic[0].external_id, "required_missing", "in English")
    [one] = misfits.discreet(form, [theirs])
    assert (one.code, one.field) == ("unknown_question", "")
    assert form.demographic[0].text not in misfits.told(form, [one]).english
    named = FieldProblem("email", "required_missing", "")
    assert misfits.discreet(form, [theirs, named]) == [named]
