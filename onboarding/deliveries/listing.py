"""The list of a tenant's applications: filtered, the newest first, and paged by key however many there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.models import Delivery, Posting

from .reasons import reason_of
from .states import State, state_of

A_PAGE = 25
LARGEST_KEY_DIGITS = 18


class FilterForm(forms.Form):
    """Nothing chosen is everything."""

    use_required_attribute = False

    state = forms.ChoiceField(label=_("State"), required=False)
    job = forms.CharField(
        label=_("Job"), max_length=150, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    days = forms.ChoiceField(label=_("Received"), required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        states, days = self.fields["state"], self.fields["days"]
        assert isinstance(states, forms.ChoiceField)
        assert isinstance(days, forms.ChoiceField)
        states.choices = [("", _("All")), *((it.value, it.label) for it in State)]
        days.choices = [
            ("", _("At any time")),
            ("1", _("In the last 24 hours")),
            ("7", _("In the last 7 days")),
            ("30", _("In the last 30 days")),
        ]

    def rows(self) -> QuerySet[Delivery]:
        """In the tenant's scope. What cannot be chosen chooses nothing."""
        rows = Delivery.objects.all()
        if not self.is_valid():
            return rows
        given = self.cleaned_data
        if given["state"]:
            rows = rows.filter(status__in=State(given["state"]).statuses)
        if given["job"]:
            jobs = Posting.objects.filter(title__icontains=given["job"])
            rows = rows.filter(application__posting__in=jobs)
        if given["days"]:
            rows = rows.filter(created_at__gte=timezone.now() - timedelta(days=int(given["days"])))
        return rows

    @property
    def is_used(self) -> bool:
        return self.is_valid() and any(self.cleaned_data.values())


@dataclass(frozen=True, slots=True)
class Row:
    delivery: Delivery

    @property
    def state(self) -> State:
        return state_of(self.delivery)

    @property
    def says(self) -> str:
        """Of one that waits or rests: why."""
        if self.state in {State.HELD, State.REJECTED}:
            return str(reason_of(self.delivery).title)
        return "" if self.state is State.DELIVERED else str(self.delivery.error_message)


@dataclass(frozen=True, slots=True)
class Page:
    """`newer` and `older` are the keys at its ends where more lies beyond them."""

    rows: Sequence[Row]
    newer: int | None = None
    older: int | None = None


def page_of(rows: QuerySet[Delivery], asked: Mapping[str, str]) -> Page:
    """The one after `before` or before `after`, keys that a page named; else the first. Nothing sealed is opened."""
    rows = rows.select_related("application__posting").defer("application__document")
    after, before = _key(asked.get("after", "")), _key(asked.get("before", ""))
    if after:
        found = list(rows.filter(pk__gt=after).order_by("pk")[: A_PAGE + 1])
        return _page(found[:A_PAGE][::-1], has_newer=len(found) > A_PAGE, has_older=True)
    found = list((rows.filter(pk__lt=before) if before else rows).order_by("-pk")[: A_PAGE + 1])
    return _page(found[:A_PAGE], has_newer=before is not None, has_older=len(found) > A_PAGE)


def _page(shown: Sequence[Delivery], *, has_newer: bool, has_older: bool) -> Page:
    if not shown:
        return Page(())
    rows = [Row(it) for it in shown]
    return Page(rows, shown[0].pk if has_newer else None, shown[-1].pk if has_older else None)


def _key(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= LARGEST_KEY_DIGITS else None
