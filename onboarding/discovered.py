"""What the account told after consent, part by part: found and to be confirmed, being read, or to be done by hand."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .evidence import Evidence

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

NAMES: dict[str, "_StrPromise"] = {
    "account": gettext_lazy("Account, region and job site"),
    "postings": gettext_lazy("Published jobs"),
    "stages": gettext_lazy("Workflows and stages"),
    "archive_reasons": gettext_lazy("Archive reasons: hired and rejected"),
    "webhooks": gettext_lazy("Webhooks"),
    "forms": gettext_lazy("Application forms"),
}
# What the customer does where the account does not tell; the way by hand stands ready on the step.
BY_HAND: dict[str, "_StrPromise"] = {
    "account": gettext_lazy("With it we would know your feed's address; you can paste it."),
    "postings": gettext_lazy("With it we would know your jobs; the feed tells them too."),
    "stages": gettext_lazy("With it you need not copy stage ids; you can paste them."),
    "archive_reasons": gettext_lazy(
        "With it we tell who was hired from who was rejected; the webhooks tell it too."
    ),
    "webhooks": gettext_lazy("With it we set up the webhooks for you; you can do it by hand."),
}
# Where what was found is confirmed, or done by hand.
STEPS = {"account": "feed", "stages": "stages", "webhooks": "webhooks", "forms": "forms"}


@dataclass(frozen=True, slots=True)
class Part:
    """`state`: found, reading, waiting, refused or failed."""

    key: str
    state: str
    says: str

    @property
    def name(self) -> str:
        return str(NAMES[self.key])

    @property
    def step(self) -> str:
        return STEPS.get(self.key, "")

    @property
    def by_hand(self) -> str:
        return str(BY_HAND[self.key]) if self.state in {"refused", "failed"} and self.key in BY_HAND else ""


def parts(evidence: Evidence) -> list[Part]:
    if evidence.discovery is None:
        return []
    findings: dict[str, dict[str, Any]] = evidence.discovery.findings
    return [
        *(_part(key, findings.get(key, {}), evidence) for key in NAMES if key != "forms"),
        _forms(evidence),
    ]


def _part(key: str, finding: dict[str, Any], evidence: Evidence) -> Part:
    state = finding.get("state", "reading")
    if state == "found":
        return Part(key, state, _found(key, finding, evidence))
    return Part(key, state, str(finding.get("message", "")) or _("Being read"))


def _found(key: str, finding: dict[str, Any], evidence: Evidence) -> str:
    if key == "account":
        place = {"site": finding.get("site") or _("no job site"), "region": finding.get("region") or "global"}
        return _("%(site)s, region %(region)s") % place
    count = finding.get("count", 0)
    if key == "stages":
        return _stages(count, len(evidence.pipelines))
    return str(count)


def _stages(stages: int, workflows: int) -> str:
    in_workflows = ngettext("in %(count)d workflow", "in %(count)d workflows", workflows) % {
        "count": workflows
    }
    told = ngettext("%(count)d stage %(where)s", "%(count)d stages %(where)s", stages)
    return told % {"count": stages, "where": in_workflows}


def _forms(evidence: Evidence) -> Part:
    forms = evidence.forms
    if not forms.total:
        return Part("forms", "reading", _("Read after the job feed"))
    said = _("%(read)d of %(total)d read") % {"read": forms.total - forms.unread, "total": forms.total}
    return Part("forms", "reading" if forms.unread else "found", said)
