"""Work once more on what was stored, and change what senders sign with."""

from collections.abc import Mapping

from django.http import QueryDict

from integrations.services import senders
from tenants.models import Tenant, User
from tenants.rights import Right
from webhooks import replays
from webhooks.models import Replay

from ..replays import ReplayForm
from .types import Action, ActionError, Said, always, never, row_of


def _replay(tenant: Tenant, by: User, data: QueryDict) -> str:
    form = ReplayForm(data)
    if not form.is_valid():
        raise ActionError("Expected kinds of events, statuses and times as the preview names them.")
    return _started(replays.start(tenant, form.wanted(), by))


def _check_rejected(tenant: Tenant, by: User, data: QueryDict) -> str:
    return _started(replays.check_rejected(tenant, by))


def _started(replay: Replay) -> str:
    return f"{replay.get_source_display().capitalize()}: {replay.total} to go. How far it is stands below."


def _cancel_replay(tenant: Tenant, by: User, data: QueryDict) -> str:
    replay = row_of(tenant, Replay.objects.all(), data)
    replays.cancel(replay, by)
    return f"Cancelled after {replay.done} of {replay.total}; what was done stays done."


def _issue_secret(tenant: Tenant, by: User, data: QueryDict) -> Said:
    return Said("The new secret for signing applications", senders.issue(tenant, by))


def _what_is_live(tenant: Tenant) -> str:
    live = senders.count_live(tenant.pk)
    return (
        f"It is shown once. {live} secret{' is' if live == 1 else 's are'} live now and stay so: withdraw the old one "
        "once the sender uses the new one."
    )


ACTIONS: Mapping[str, Action] = {
    "issue_secret": Action(
        "Issue a secret for applications", _issue_secret, always, Right.SECRETS, _what_is_live, is_grave=True
    ),
    "replay": Action("Replay", _replay, never, Right.REPLAY),
    "check_rejected": Action("Check the rejected again", _check_rejected, never, Right.REPLAY),
    "cancel_replay": Action("Cancel", _cancel_replay, never),
}
