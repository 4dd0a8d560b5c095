"""Say of a problem that one is on it, that it can wait, or that it is settled."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.timezone import make_aware

from tenants.models import Tenant, User

from ... import problems
from ...models import Problem
from .types import Action, ActionError, never, row_of

LONGEST_SNOOZE = timedelta(days=91)


class NoteForm(forms.Form):
    note = forms.CharField(max_length=300, required=False)


class SnoozeForm(NoteForm):
    """A day that is to come; what is snoozed forever is acknowledged instead."""

    until = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))

    def clean_until(self) -> datetime:
        until = make_aware(datetime.combine(self.cleaned_data["until"], time()))
        if not timezone.now() < until < timezone.now() + LONGEST_SNOOZE:
            raise ValidationError("Expected a day within the next 90 days.")
        return until


def _acknowledge(tenant: Tenant, by: User, data: QueryDict) -> str:
    form = NoteForm(data)
    if not form.is_valid():
        raise ActionError("Expected a note of at most 300 characters.")
    _hold(problems.acknowledge(_open(tenant, data), form.cleaned_data["note"], by))
    return "Acknowledged: nobody is reminded of it while it lasts."


def _snooze(tenant: Tenant, by: User, data: QueryDict) -> str:
    form = SnoozeForm(data)
    if not form.is_valid():
        raise ActionError("Expected a day within the next 90 days.")
    _hold(problems.snooze(_open(tenant, data), form.cleaned_data["until"], form.cleaned_data["note"], by))
    return f"Snoozed until {form.cleaned_data['until']:%-d %B %Y}: nobody is reminded of it before."


def _resolve(tenant: Tenant, by: User, data: QueryDict) -> str:
    form = NoteForm(data)
    if not form.is_valid() or not form.cleaned_data["note"]:
        raise ActionError("Expected a note of at most 300 characters that says how it was settled.")
    _hold(problems.resolve(_open(tenant, data), form.cleaned_data["note"], by))
    return "Resolved: it opens again by itself should it grow, or still be there after a day."


def _hold(was_open: bool) -> None:
    if not was_open:
        raise ActionError("It went meanwhile: nothing was changed.")


def _open(tenant: Tenant, data: QueryDict) -> Problem:
    return row_of(tenant, Problem.objects.filter(resolved_at=None), data)


ACTIONS: Mapping[str, Action] = {
    "acknowledge": Action("Acknowledge", _acknowledge, never),
    "snooze": Action("Snooze", _snooze, never),
    "resolve": Action("Resolve", _resolve, never),
}
