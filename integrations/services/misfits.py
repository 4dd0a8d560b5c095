"""What the ATS's form as it stands now says against an application, in words for any reader."""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce

from tenants.phrases import Phrase

from ..types import ApplicationForm, FieldProblem

MOST_TOLD = 3
SAID: Mapping[str, Callable[[str], Phrase]] = {
    "unsupported_question_type": lambda it: Phrase(
        "“%(question)s” is a question that Appcast Apply cannot ask.", question=it
    ),
    "required_missing": lambda it: Phrase("“%(question)s” must be answered.", question=it),
    "one_answer_expected": lambda it: Phrase("“%(question)s” takes one answer.", question=it),
    "option_unknown": lambda it: Phrase(
        "What was chosen for “%(question)s” is none of its options any more.", question=it
    ),
    "unknown_question": lambda _: Phrase("The job's form does not have one of the questions any more."),
    "consent_missing": lambda _: Phrase("The job asks for a consent that was not given."),
}


def discreet(form: ApplicationForm, problems: Sequence[FieldProblem]) -> list[FieldProblem]:
    """Whether somebody answered a demographic question is theirs alone: of those one is told as any that changed."""
    theirs = {it.external_id for it in form.demographic}
    others = [it for it in problems if it.field not in theirs]
    changed = FieldProblem(
        "", "unknown_question", "The job's form does not have one of the questions any more."
    )
    return others or [changed]


def told(form: ApplicationForm, problems: Sequence[FieldProblem]) -> Phrase:
    """The first few; a reader mends the form, not each sentence."""
    texts = {it.external_id: it.text for it in form.asked}
    said = [_said(it, texts.get(it.field, it.field)) for it in problems[:MOST_TOLD]]
    return reduce(lambda one, other: Phrase("%(one)s %(other)s", one=one, other=other), said)


def _said(problem: FieldProblem, question: str) -> Phrase:
    """What a provider alone knows is told in its own words."""
    say = SAID.get(problem.code)
    return say(question) if say else Phrase.of(problem.message)
