"""How it is told that stages are other in Lever than they were confirmed."""

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import NamedTuple

from django.utils.translation import gettext as _

from integrations.services.stage_drift import Change, Drift
from tenants.phrases import Phrase, counted

from .forms import CONVERSION_LABELS, NOTHING


class Proposal(NamedTuple):
    """A change set as a person is asked to take it over: what changed, and what it means from then on."""

    drift: Drift
    lines: Sequence[tuple[str, str]]


def proposals(drifts: Iterable[Drift]) -> list[Proposal]:
    return [Proposal(drift, _lines(drift)) for drift in drifts]


def _lines(drift: Drift) -> list[tuple[str, str]]:
    new = [(_("New: %(name)s") % {"name": it.name}, _label(it)) for it in drift.new]
    renamed = [
        (_("Renamed: %(old)s is now %(name)s") % {"old": it.old_name, "name": it.name}, _label(it))
        for it in drift.renamed
    ]
    gone = [(_("Not in Lever: %(name)s") % {"name": it.name}, _("dropped here too")) for it in drift.gone]
    return [*new, *renamed, *gone]


def _label(change: Change) -> str:
    return str(CONVERSION_LABELS.get(change.conversion, NOTHING))


def in_numbers(drifts: Sequence[Drift]) -> Phrase:
    """Of all workflows; a stage that several share is one."""
    new, renamed, gone = (
        len({change.external_id for drift in drifts for change in getattr(drift, kind)})
        for kind in ("new", "renamed", "gone")
    )
    return _joined(
        [
            new
            and counted(
                "%(count)s new stage has no decision yet.", "%(count)s new stages have no decision yet.", new
            ),
            renamed
            and counted(
                "%(count)s stage has another name in Lever.",
                "%(count)s stages have other names in Lever.",
                renamed,
            ),
            gone and counted("%(count)s stage is not in Lever.", "%(count)s stages are not in Lever.", gone),
        ]
    )


def by_workflow(drifts: Iterable[Drift]) -> Phrase:
    return _joined(
        [
            Phrase("Workflow “%(workflow)s”. %(changes)s", workflow=it.workflow, changes=_named(it))
            for it in drifts
        ]
    )


def _named(drift: Drift) -> Phrase:
    return _joined(
        [
            drift.new and Phrase("New: %(names)s.", names=_names(drift.new)),
            drift.renamed and Phrase("Renamed: %(names)s.", names=_names(drift.renamed, with_old=True)),
            drift.gone and Phrase("Not in Lever any more: %(names)s.", names=_names(drift.gone)),
            drift.live_jobs
            and counted(
                "Candidates of %(count)s published job stand in it.",
                "Candidates of %(count)s published jobs stand in it.",
                drift.live_jobs,
            ),
        ]
    )


def _names(changes: Iterable[Change], *, with_old: bool = False) -> str:
    return ", ".join(f"{it.old_name} \u2192 {it.name}" if with_old else it.name for it in changes)


def _joined(sentences: Iterable[Phrase | object]) -> Phrase:
    said = [it for it in sentences if isinstance(it, Phrase)]
    return reduce(lambda one, other: Phrase("%(one)s %(other)s", one=one, other=other), said)
