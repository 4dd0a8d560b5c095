from ..evidence import Evidence
from ..models.policies import PolicyKind
from .types import Actor, Mismatch, State, Step, StepState, not_started


def tell(evidence: Evidence) -> StepState:
    statements = evidence.statements
    if not statements:
        return not_started("You have not said yet whether you need such links.")
    if len(statements) < len(PolicyKind):
        return StepState(State.IN_PROGRESS, "One of the two is still open.", actor=Actor.CUSTOMER)
    needed = {kind for kind, statement in statements.items() if statement.is_needed}
    links = [link for link in evidence.links if link.kind in needed]
    without = needed - {link.kind for link in links}
    if without:
        missing = " and ".join(sorted(PolicyKind(kind).label for kind in without))
        return StepState(State.IN_PROGRESS, f"The link to your {missing} is missing.", actor=Actor.CUSTOMER)
    broken = next((link for link in links if link.checked_at and not link.is_reachable), None)
    if broken:
        return StepState(
            State.NEEDS_ATTENTION,
            "A link does not open.",
            broken.checked_at,
            Actor.CUSTOMER,
            Mismatch(f"a public https page at {broken.url}", broken.error_message, "you, on this page"),
        )
    if any(link.checked_at is None for link in links):
        return StepState(State.CHECKING, "Opening your links.")
    at = max(
        [link.checked_at for link in links if link.checked_at] or [it.stated_at for it in statements.values()]
    )
    says = f"{len(links)} link{'' if len(links) == 1 else 's'} open." if links else "No links are needed."
    return StepState(State.DONE, says, at)


STEP = Step(
    key="policies",
    title="Privacy policy and terms",
    hint="Say whether links to them must stand on your application forms",
    minutes=1,
    tell=tell,
)
