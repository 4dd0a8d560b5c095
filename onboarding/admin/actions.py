"""What staff can do to a tenant, each as one button on its page: a service, and what is said afterwards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.timezone import make_aware

from integrations.errors import IntegrationError
from integrations.models import Connection, Feed, FeedSync
from integrations.services import connections, discoveries, feeds, senders
from tenants import invitations
from tenants.models import Tenant, User
from webhooks import replays
from webhooks.models import Replay

from .. import golive, leaving, problems
from ..checklist import LAST
from ..evidence import Evidence
from ..models import Notice, Problem, StepOverride
from ..notices import ledger
from ..steps import STEPS
from .replays import ReplayForm

M = TypeVar("M", bound=Model)
LONGEST_SNOOZE = timedelta(days=91)


class InviteForm(forms.Form):
    email = forms.EmailField(label="E-mail address", max_length=254)


class OverrideForm(forms.Form):
    """Going live is approved or not; it is no step to let pass."""

    step = forms.ChoiceField(choices=[(step.key, step.title) for step in STEPS if step.key != LAST])
    reason = forms.CharField(max_length=300)
    days = forms.IntegerField(min_value=1, max_value=90, initial=14)


class AskBackForm(forms.Form):
    comment = forms.CharField(max_length=1000, widget=forms.Textarea(attrs={"rows": 3, "cols": 60}))


class SnoozeForm(forms.Form):
    """A day that is to come; what is snoozed forever is acknowledged instead."""

    until = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))
    note = forms.CharField(max_length=300, required=False)

    def clean_until(self) -> datetime:
        until = make_aware(datetime.combine(self.cleaned_data["until"], time()))
        if not timezone.now() < until < timezone.now() + LONGEST_SNOOZE:
            raise ValidationError("Expected a day within the next 90 days.")
        return until


class ActionError(Exception):
    """The action could not be done; the message says why."""


@dataclass(frozen=True, slots=True)
class Said:
    """`secret` is shown once, in the answer itself: a message would stay in a cookie or a session."""

    text: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Action:
    """`is_apt` says whether its button stands on the page of a tenant with this evidence."""

    label: str
    run: Callable[[Tenant, User, QueryDict], str | Said]
    is_apt: Callable[[Evidence], bool] = lambda evidence: True


def _invite(tenant: Tenant, by: User, data: QueryDict) -> str:
    form = InviteForm(data)
    if not form.is_valid():
        raise ActionError("Expected an e-mail address to invite, such as kim@example.com.")
    invitations.invite(tenant, invitations.Invitee(form.cleaned_data["email"]), by)
    return f"An invitation is on its way to {form.cleaned_data['email']}."


def _override(tenant: Tenant, by: User, data: QueryDict) -> str:
    form = OverrideForm(data)
    if not form.is_valid():
        raise ActionError("Expected a step, a reason and 1 to 90 days.")
    given = form.cleaned_data
    golive.override(tenant, given["step"], given["reason"], given["days"], by)
    return f"The step passes for {given['days']} days; the customer sees the reason."


def _sync(tenant: Tenant, by: User, data: QueryDict) -> str:
    feed = Feed.objects.filter(tenant=tenant).first()
    if feed is None:
        raise ActionError("The customer has not connected a feed yet.")
    feeds.start_sync(feed, FeedSync.Trigger.STAFF)
    return "The feed is being synced."


def _accept_drop(tenant: Tenant, by: User, data: QueryDict) -> str:
    feeds.decide(_held_sync(tenant), FeedSync.Decision.ACCEPTED, by)
    return "Accepted: the feed is read again, and what is missing is closed."


def _reject_drop(tenant: Tenant, by: User, data: QueryDict) -> str:
    feeds.decide(_held_sync(tenant), FeedSync.Decision.REJECTED, by)
    return "Rejected: the jobs stay open until the feed lists them again or shows another drop."


def _held_sync(tenant: Tenant) -> FeedSync:
    latest = FeedSync.objects.filter(tenant=tenant).select_related("feed").first()
    if latest is None or not latest.waits_for_decision:
        raise ActionError("The latest sync is not held.")
    return latest


def _discover(tenant: Tenant, by: User, data: QueryDict) -> str:
    connection = Connection.objects.filter(tenant=tenant, status=Connection.Status.ACTIVE).first()
    if connection is None:
        raise ActionError("Lever is not authorized.")
    discoveries.start(connection)
    return "The account is being read."


def _allow_account(tenant: Tenant, by: User, data: QueryDict) -> str:
    for connection in Connection.objects.filter(tenant=tenant):
        connections.allow_another_account(connection, by)
    return "The customer may authorize another Lever account now; jobs, stages and history stay."


def _diagnose(tenant: Tenant, by: User, data: QueryDict) -> str:
    count = len(problems.diagnose(tenant))
    return f"Looked again: {count} problem{' is' if count == 1 else 's are'} open."


def _approve(tenant: Tenant, by: User, data: QueryDict) -> str:
    try:
        golive.approve(tenant, by)
    except golive.NotReadyError as error:
        raise ActionError(f"{error} Override a step, with a reason, to go on without it.") from None
    return f"{tenant} is live."


def _ask_back(tenant: Tenant, by: User, data: QueryDict) -> str:
    form = AskBackForm(data)
    if not form.is_valid():
        raise ActionError("Expected a comment that the customer can act on, of at most 1,000 characters.")
    golive.ask_back(tenant, form.cleaned_data["comment"], by)
    return "Asked back: the customer sees your comment, and gets it by mail."


def _snooze(tenant: Tenant, by: User, data: QueryDict) -> str:
    form = SnoozeForm(data)
    if not form.is_valid():
        raise ActionError("Expected a day within the next 90 days.")
    problem = _row_of(tenant, Problem.objects.filter(resolved_at=None), data)
    problems.snooze(problem, form.cleaned_data["until"], form.cleaned_data["note"], by)
    return f"Snoozed until {form.cleaned_data['until']:%-d %B %Y}: nobody is reminded of it before."


def _withdraw_override(tenant: Tenant, by: User, data: QueryDict) -> str:
    golive.withdraw_override(_row_of(tenant, StepOverride.objects.all(), data), by)
    return "Withdrawn: the step is told by its evidence again."


def _stop_notice(tenant: Tenant, by: User, data: QueryDict) -> str:
    ledger.stop(_row_of(tenant, Notice.objects.all(), data), by)
    return "Stopped: this person gets no more mail about it."


def _resume_notice(tenant: Tenant, by: User, data: QueryDict) -> str:
    ledger.resume(_row_of(tenant, Notice.objects.all(), data), by)
    return "Resumed: this person is reminded again while it lasts."


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
    replay = _row_of(tenant, Replay.objects.all(), data)
    replays.cancel(replay, by)
    return f"Cancelled after {replay.done} of {replay.total}; what was done stays done."


def _row_of(tenant: Tenant, rows: QuerySet[M], data: QueryDict) -> M:
    """One of the tenant's own, named by the pressed button."""
    pk = data.get("row", "")
    row = rows.filter(tenant=tenant, pk=pk).first() if pk.isdecimal() and len(pk) < 19 else None
    if row is None:
        raise ActionError("That is not there any more.")
    return row


def _issue_secret(tenant: Tenant, by: User, data: QueryDict) -> Said:
    return Said("The new secret for signing applications", senders.issue(tenant, by))


def _pause(tenant: Tenant, by: User, data: QueryDict) -> str:
    golive.pause(tenant, by)
    return "Paused: what comes is stored and waits."


def _resume(tenant: Tenant, by: User, data: QueryDict) -> str:
    golive.resume(tenant, by)
    return "Resumed: what waited goes on."


def _off_board(tenant: Tenant, by: User, data: QueryDict) -> str:
    if data.get("confirmed") != tenant.slug:
        raise ActionError(f"Expected {tenant.slug!r}, typed, to confirm that its connection is dropped.")
    departure = leaving.end(tenant, by)
    return (
        "Off-boarded. The customer still has to press “Revoke access” in Lever and switch the webhooks off. "
        f"It can be taken back until {departure.erase_at:%-d %B %Y}, when everything is erased."
    )


def _take_back(tenant: Tenant, by: User, data: QueryDict) -> str:
    leaving.take_back(tenant, by)
    return "Taken back: the customer authorizes Lever again and pastes the tokens; the rest is still there."


def _has_status(*statuses: Tenant.Status) -> Callable[[Evidence], bool]:
    return lambda evidence: evidence.tenant.status in statuses


def _has_form_of_its_own(evidence: Evidence) -> bool:
    return False


def _is_held(evidence: Evidence) -> bool:
    return evidence.sync is not None and evidence.sync.waits_for_decision


ACTIONS: Mapping[str, Action] = {
    "diagnose": Action("Check again", _diagnose),
    "sync": Action("Sync the feed", _sync, lambda evidence: evidence.feed is not None),
    "accept_drop": Action("Accept the drop", _accept_drop, _is_held),
    "reject_drop": Action("Reject the drop", _reject_drop, _is_held),
    "discover": Action("Read the account again", _discover, lambda evidence: evidence.is_connected),
    "allow_account": Action(
        "Allow another Lever account", _allow_account, lambda evidence: evidence.connection is not None
    ),
    "approve": Action("Approve go-live", _approve, _has_status(Tenant.Status.ONBOARDING)),
    "issue_secret": Action("Issue a secret for applications", _issue_secret),
    "pause": Action("Pause", _pause, _has_status(Tenant.Status.ONBOARDING, Tenant.Status.LIVE)),
    "resume": Action("Resume", _resume, _has_status(Tenant.Status.PAUSED)),
    "take_back": Action("Take the off-boarding back", _take_back, _has_status(Tenant.Status.OFFBOARDED)),
    # These have forms of their own on the page.
    "ask_back": Action("Ask back", _ask_back, _has_form_of_its_own),
    "snooze": Action("Snooze", _snooze, _has_form_of_its_own),
    "withdraw_override": Action("Withdraw", _withdraw_override, _has_form_of_its_own),
    "stop_notice": Action("Stop", _stop_notice, _has_form_of_its_own),
    "resume_notice": Action("Resume", _resume_notice, _has_form_of_its_own),
    "replay": Action("Replay", _replay, _has_form_of_its_own),
    "check_rejected": Action("Check the rejected again", _check_rejected, _has_form_of_its_own),
    "cancel_replay": Action("Cancel", _cancel_replay, _has_form_of_its_own),
    "invite": Action("Invite", _invite, _has_form_of_its_own),
    "override": Action("Override a step", _override, _has_form_of_its_own),
    "off_board": Action("Off-board", _off_board, _has_form_of_its_own),
}

# What opens something, or ends it.
GRAVE = {"allow_account", "issue_secret", "off_board"}


def applicable(evidence: Evidence) -> list[tuple[str, Action]]:
    return [(name, action) for name, action in ACTIONS.items() if action.is_apt(evidence)]


def run(name: str, tenant: Tenant, by: User, data: QueryDict) -> Said:
    """What to say afterwards. Raises ActionError."""
    action = ACTIONS.get(name)
    if action is None:
        raise ActionError("There is no such action.")
    try:
        said = action.run(tenant, by, data)
    except IntegrationError as error:
        raise ActionError(error.message) from None
    except (golive.NotReadyError, leaving.LeavingError, replays.ReplayError) as error:
        raise ActionError(str(error)) from None
    return Said(said) if isinstance(said, str) else said
