from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ..evidence import Evidence
from ..models.policies import PolicyKind, PolicyLink
from .types import Actor, Mismatch, State, Step, StepState, not_started, you


def tell(evidence: Evidence) -> StepState:
    statements = evidence.statements
    if not statements:
        return not_started(_("You have not said yet whether you need such links."))
    if len(statements) < len(PolicyKind):
        return StepState(State.IN_PROGRESS, _("One of the two is still open."), actor=Actor.CUSTOMER)
    needed = {kind for kind, statement in statements.items() if statement.is_needed}
    links = [link for link in evidence.links if link.kind in needed]
    without = needed - {link.kind for link in links}
    if without:
        missing = get_text_list(sorted(str(PolicyKind(kind).label) for kind in without), _("and"))
        says = _("A link is missing: %(links)s.") % {"links": missing}
        return StepState(State.IN_PROGRESS, says, actor=Actor.CUSTOMER)
    broken = next((link for link in links if link.checked_at and not link.is_reachable), None)
    if broken:
        return StepState(
            State.NEEDS_ATTENTION,
            _("A link does not open."),
            broken.checked_at,
            Actor.CUSTOMER,
            _does_not_open(
                broken, _("Correct the link and save it; or press “Open again” once its page is back.")
            ),
        )
    unchecked = [link for link in links if link.checked_at is None]
    if unchecked:
        return _opening(unchecked, rests=evidence.rests)
    at = min(
        [link.checked_at for link in links if link.checked_at] or [it.stated_at for it in statements.values()]
    )
    if not links:
        return StepState(State.DONE, _("No links are needed."), at)
    says = ngettext("%(count)d link opens.", "%(count)d links open.", len(links)) % {"count": len(links)}
    return StepState(State.DONE, says, at)


def _opening(links: list[PolicyLink], *, rests: bool) -> StepState:
    """Whoever mistyped an address is told at the first try, and not after the last."""
    if rests:
        return StepState(State.IN_PROGRESS, _("Your links are opened once the connection is resumed."))
    silent = next((link for link in links if link.error_code), None)
    if silent is None:
        return StepState(State.CHECKING, _("Opening your links."))
    path = _("Correct the link and save it. Is it right? Then wait: we open it again by ourselves.")
    return StepState(
        State.CHECKING,
        _("A link has not opened yet; we try again."),
        actor=Actor.CUSTOMER,
        mismatch=_does_not_open(silent, path),
    )


def _does_not_open(link: PolicyLink, path: str) -> Mismatch:
    return Mismatch(
        expected=_("a public https page at %(address)s") % {"address": link.url},
        received=str(link.error_message),
        who=you(),
        path=path,
    )


STEP = Step(
    key="policies",
    title=gettext_lazy("Privacy policy and terms"),
    hint=gettext_lazy("Say whether links to them must stand on your application forms"),
    minutes=1,
    tell=tell,
)
