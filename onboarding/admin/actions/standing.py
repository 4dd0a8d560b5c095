"""Go live, pause, let a step pass, leave."""

from collections.abc import Callable, Mapping

from django import forms
from django.http import QueryDict

from integrations.models import Delivery, Posting
from tenants.models import Tenant, User
from tenants.rights import Right

from ... import golive, leaving
from ...checklist import LAST
from ...desk.sheet import Sheet
from ...models import StepOverride
from ...steps import STEPS
from .types import Action, ActionError, never, row_of

Status = Tenant.Status


class OverrideForm(forms.Form):
    """Going live is approved or not; it is no step to let pass."""

    step = forms.ChoiceField(choices=[(step.key, step.title) for step in STEPS if step.key != LAST])
    reason = forms.CharField(max_length=300)
    days = forms.IntegerField(min_value=1, max_value=90, initial=14)


class AskBackForm(forms.Form):
    comment = forms.CharField(max_length=1000, widget=forms.Textarea(attrs={"rows": 3, "cols": 60}))


def _approve(tenant: Tenant, by: User, data: QueryDict) -> str:
    try:
        golive.approve(tenant, by)
    except golive.NotReadyError as error:
        raise ActionError(
            f"{error} A lead may override a step, with a reason, to go on without it."
        ) from None
    return f"{tenant} is live."


def _what_goes_live(tenant: Tenant) -> str:
    jobs = Posting.objects.filter(tenant=tenant, closed_at=None).count()
    return f"Appcast advertises {jobs} open job{'' if jobs == 1 else 's'} from then on, and the customer is told."


def _ask_back(tenant: Tenant, by: User, data: QueryDict) -> str:
    form = AskBackForm(data)
    if not form.is_valid():
        raise ActionError("Expected a comment that the customer can act on, of at most 1,000 characters.")
    golive.ask_back(tenant, form.cleaned_data["comment"], by)
    return "Asked back: the customer sees your comment, and gets it by mail."


def _override(tenant: Tenant, by: User, data: QueryDict) -> str:
    form = OverrideForm(data)
    if not form.is_valid():
        raise ActionError("Expected a step, a reason and 1 to 90 days.")
    given = form.cleaned_data
    golive.override(tenant, given["step"], given["reason"], given["days"], by)
    return f"The step passes for {given['days']} days; the customer sees the reason."


def _withdraw_override(tenant: Tenant, by: User, data: QueryDict) -> str:
    golive.withdraw_override(row_of(tenant, StepOverride.objects.all(), data), by)
    return "Withdrawn: the step is told by its evidence again."


def _pause(tenant: Tenant, by: User, data: QueryDict) -> str:
    golive.pause(tenant, by)
    return "Paused: what comes is stored and waits."


def _what_pauses(tenant: Tenant) -> str:
    waiting = Delivery.objects.filter(tenant=tenant, next_attempt_at__isnull=False).count()
    return (
        f"Nothing is delivered to Lever until it is resumed: {waiting} "
        f"application{' waits' if waiting == 1 else 's wait'} already, and what comes is stored and waits too."
    )


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


def _has_status(*statuses: Tenant.Status) -> Callable[[Sheet], bool]:
    return lambda sheet: sheet.tenant.status in statuses


ACTIONS: Mapping[str, Action] = {
    "approve": Action(
        "Approve go-live", _approve, _has_status(Status.ONBOARDING), Right.DECIDE, _what_goes_live
    ),
    "pause": Action("Pause", _pause, _has_status(Status.ONBOARDING, Status.LIVE), asks=_what_pauses),
    "resume": Action("Resume", _resume, _has_status(Status.PAUSED)),
    "take_back": Action(
        "Take the off-boarding back", _take_back, _has_status(Status.OFFBOARDED), Right.OFF_BOARD
    ),
    "ask_back": Action("Ask back", _ask_back, never, Right.DECIDE),
    "override": Action("Override a step", _override, never, Right.OVERRIDE),
    "withdraw_override": Action("Withdraw", _withdraw_override, never, Right.OVERRIDE),
    "off_board": Action("Off-board", _off_board, never, Right.OFF_BOARD, is_grave=True),
}
