from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.models import FeedSync

from ..evidence import Evidence
from .types import Actor, Mismatch, State, Step, StepState, not_started

# Lever's pages are in English, whatever the reader's language.
WHERE = "Settings > Integrations and API > Job boards > Job posting feed"


def tell(evidence: Evidence) -> StepState:
    feed, sync = evidence.feed, evidence.sync
    if feed is None or sync is None:
        return not_started(_("We do not have the address of your job feed yet."))
    if sync.status == FeedSync.Status.HELD:
        return StepState(State.NEEDS_ATTENTION, str(sync.error_message), sync.finished_at, Actor.STAFF)
    if sync.status == FeedSync.Status.FAILED:
        return StepState(
            State.NEEDS_ATTENTION,
            _("The feed could not be read."),
            sync.finished_at,
            Actor.CUSTOMER,
            Mismatch(
                expected=_("Lever's list of your published jobs at %(address)s") % {"address": feed.url},
                received=str(sync.error_message),
                who=_("a Super Admin of your Lever account"),
                path=_("%(where)s: switch it on, press COPY and paste the address here.") % {"where": WHERE},
            ),
        )
    if feed.synced_at and not evidence.is_present(feed.synced_at) and not evidence.is_connected:
        return not_started(_("Your feed is read again once Lever is authorized again."))
    if feed.synced_at and not evidence.is_present(feed.synced_at):
        return StepState(State.CHECKING, _("Fetching the feed and reading its jobs."), evidence.ended_at)
    if feed.is_late:
        return StepState(State.NEEDS_ATTENTION, _("The feed is late."), feed.synced_at, Actor.STAFF)
    if feed.synced_at is None:
        says = str(sync.error_message) or _("Fetching the feed and reading its jobs.")
        return StepState(State.CHECKING, says, sync.created_at)
    read = ngettext(
        "%(count)d published job read from the feed.",
        "%(count)d published jobs read from the feed.",
        evidence.open_postings,
    )
    return StepState(State.DONE, read % {"count": evidence.open_postings}, feed.synced_at)


STEP = Step(
    key="feed",
    title=gettext_lazy("Connect the job feed"),
    hint=gettext_lazy("Switch on the job posting feed in Lever and confirm its address"),
    minutes=2,
    tell=tell,
    needs_admin=True,
)
