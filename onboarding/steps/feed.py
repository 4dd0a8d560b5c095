from integrations.models import FeedSync

from ..evidence import Evidence
from .types import Actor, Mismatch, State, Step, StepState, not_started

WHERE = "Settings > Integrations and API > Job boards > Job posting feed"


def tell(evidence: Evidence) -> StepState:
    feed, sync = evidence.feed, evidence.sync
    if feed is None or sync is None:
        return not_started("We do not have the address of your job feed yet.")
    if sync.status == FeedSync.Status.HELD:
        return StepState(State.NEEDS_ATTENTION, sync.error_message, sync.finished_at, Actor.STAFF)
    if sync.status == FeedSync.Status.FAILED:
        return StepState(
            State.NEEDS_ATTENTION,
            "The feed could not be read.",
            sync.finished_at,
            Actor.CUSTOMER,
            Mismatch(
                expected=f"Lever's list of your published jobs at {feed.url}",
                received=sync.error_message,
                who="a Super Admin of your Lever account",
                path=WHERE,
            ),
        )
    if feed.is_late:
        return StepState(State.NEEDS_ATTENTION, "The feed is late.", feed.synced_at, Actor.STAFF)
    if feed.synced_at is None:
        says = sync.error_message or "Fetching the feed and reading its jobs."
        return StepState(State.CHECKING, says, sync.created_at)
    jobs = f"{evidence.open_postings} published job{'' if evidence.open_postings == 1 else 's'}"
    return StepState(State.DONE, f"{jobs} read from the feed.", feed.synced_at)


STEP = Step(
    key="feed",
    title="Connect the job feed",
    hint="Switch on the job posting feed in Lever and confirm its address",
    minutes=2,
    tell=tell,
)
