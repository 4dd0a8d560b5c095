"""What the account told after consent, part by part: found and to be confirmed, being read, or to be done by hand."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_stubs_ext import StrPromise

from integrations.services import discoveries
from tenants.phrases import Phrase

from .evidence import Evidence, FormCounts
from .steps import BY_KEY
from .steps.authorize import place

NAMES: dict[str, StrPromise] = {
    "account": gettext_lazy("Account, region and job site"),
    "postings": gettext_lazy("Published jobs"),
    "stages": gettext_lazy("Workflows and stages"),
    "archive_reasons": gettext_lazy("Archive reasons: hired and rejected"),
    "sources": gettext_lazy("Sources: your label for Appcast"),
    "webhooks": gettext_lazy("Webhooks"),
    "forms": gettext_lazy("Application forms"),
}
# What the customer does where the account does not tell; the way by hand stands ready on the step.
BY_HAND: dict[str, StrPromise] = {
    "account": gettext_lazy("With it we would know your feed's address; you can paste it."),
    "postings": gettext_lazy("With it we would know your jobs; the feed tells them too."),
    "stages": gettext_lazy("With it you need not copy stage ids; you can paste them."),
    "archive_reasons": gettext_lazy(
        "With it we tell who was hired from who was rejected; the webhooks tell it too."
    ),
    "sources": gettext_lazy(
        "With it we would see whether Lever knows your label for Appcast; the first applicant shows it in Lever."
    ),
    "webhooks": gettext_lazy("With it we set up the webhooks for you; you can do it by hand."),
}
# Where what was found is confirmed, or done by hand.
STEPS = {"account": "feed", "stages": "stages", "webhooks": "webhooks", "forms": "forms"}
TO_DECIDE: dict[str, StrPromise] = {
    "account": gettext_lazy("Confirm the feed"),
    "stages": gettext_lazy("Confirm the stages"),
    "webhooks": gettext_lazy("Set them up"),
    "forms": gettext_lazy("See the forms"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """`state`: found, reading, waiting, refused or failed; `is_settled`: nothing is to be decided any more."""

    key: str
    state: str
    says: str
    is_settled: bool

    @property
    def name(self) -> str:
        return str(NAMES[self.key])

    @property
    def step(self) -> str:
        """The one where something is still to be done about it."""
        return "" if self.is_settled or self.state == "reading" else STEPS.get(self.key, "")

    @property
    def to_decide(self) -> str:
        return str(TO_DECIDE[self.key]) if self.state == "found" else _("Do it by hand")

    @property
    def by_hand(self) -> str:
        return str(BY_HAND[self.key]) if self.state in {"refused", "failed"} and self.key in BY_HAND else ""


def parts(evidence: Evidence) -> list[Part]:
    return [_part(key, evidence) for key in NAMES] if evidence.discovery else []


def _part(key: str, evidence: Evidence) -> Part:
    state, says = _forms(evidence.forms) if key == "forms" else _read(key, evidence)
    step = STEPS.get(key)
    return Part(key, state, says, is_settled=step is not None and BY_KEY[step].tell(evidence).is_settled)


def _read(key: str, evidence: Evidence) -> tuple[str, str]:
    finding: dict[str, Any] = evidence.discovery.findings.get(key, {}) if evidence.discovery else {}
    state = finding.get("state", "reading")
    if state == "found":
        return state, _found(key, finding, evidence)
    if state == "refused" and discoveries.NEEDS[key] in evidence.capabilities:
        return state, _("The permission was given, but Lever refuses it.")
    if state == "refused" and not evidence.was_asked_for(key):
        return state, _("Not asked for")
    return state, str(Phrase.parse(finding.get("message", ""))) or _("Being read")


def _found(key: str, finding: dict[str, Any], evidence: Evidence) -> str:
    if key == "account":
        return place(finding.get("site") or _("no job site"), finding.get("region", ""))
    count = finding.get("count", 0)
    if key == "stages":
        return _stages(count, len(evidence.pipelines))
    if key == "webhooks":
        return _webhooks(count, evidence)
    return _source(finding, evidence) if key == "sources" else str(count)


def _webhooks(count: int, evidence: Evidence) -> str:
    """What delivers says more than what there was when the account was read."""
    proved = sum(it.is_proved for it in evidence.endpoints)
    if not proved:
        return str(count)
    return ngettext("%(count)d delivers to us", "%(count)d deliver to us", proved) % {"count": proved}


def _source(finding: dict[str, Any], evidence: Evidence) -> str:
    """A label that Lever does not have yet is made by the first application that names it [I]."""
    label = {"label": finding.get("label", "")}
    if evidence.rehearsal and evidence.rehearsal.application.is_attributed:
        return _("“%(label)s” stands at your test application in Lever") % label
    if finding.get("is_known"):
        return _("“%(label)s” is among them") % label
    return _("“%(label)s” is not among them yet; the first application brings it") % label


def _stages(stages: int, workflows: int) -> str:
    in_workflows = ngettext("in %(count)d workflow", "in %(count)d workflows", workflows) % {
        "count": workflows
    }
    told = ngettext("%(count)d stage %(where)s", "%(count)d stages %(where)s", stages)
    return told % {"count": stages, "where": in_workflows}


def _forms(forms: FormCounts) -> tuple[str, str]:
    if not forms.total:
        return "reading", _("Read after the job feed")
    said = _("%(read)d of %(total)d read") % {"read": forms.total - forms.unread, "total": forms.total}
    return "reading" if forms.unread else "found", said
