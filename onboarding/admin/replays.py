"""The room of a tenant's replays: which events, what would become of them, and how far the latest replays are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Count
from django.http import HttpRequest, QueryDict
from django.utils import timezone

from integrations.models import Delivery
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from webhooks.foresight import Fate, Foresight, Recheck, foresee, recheck
from webhooks.handlers import HANDLERS
from webhooks.models import RejectedRequest, Replay, WebhookEvent
from webhooks.replay_lines import Wanted

SHOWN = 5

OUTCOMES: Mapping[str, Mapping[str, object]] = {
    Replay.Source.EVENTS: dict(WebhookEvent.Status.choices),
    Replay.Source.REJECTED: {"proved": "proved", "rejected": "still rejected"},
    Replay.Source.DELIVERIES: dict(Delivery.Status.choices),
}


def worded(kind: str) -> str:
    return kind.replace("_", " ")


class ReplayForm(forms.Form):
    """Nothing chosen is everything. What comes after it was looked at is not part of it."""

    kinds = forms.MultipleChoiceField(
        label="Kinds",
        choices=[(kind.value, worded(kind)) for kind in HANDLERS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    statuses = forms.MultipleChoiceField(
        label="Statuses",
        choices=WebhookEvent.Status.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    since = forms.DateTimeField(
        label="Came from", required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    until = forms.DateTimeField(
        label="until", required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )

    def wanted(self) -> Wanted:
        given, now = self.cleaned_data, timezone.now()
        return Wanted(
            until=min(given["until"] or now, now),
            since=given["since"],
            kinds=given["kinds"],
            statuses=given["statuses"],
        )


@dataclass(frozen=True, slots=True)
class Preview:
    """`counts` are of everything that fits; `total` is what would be processed, the rest stays aside."""

    wanted: Wanted
    counts: list[tuple[str, str, int]]
    total: int
    foresight: Foresight

    @property
    def aside(self) -> int:
        return sum(count for *_, count in self.counts) - self.total

    @property
    def fates(self) -> list[tuple[str, int]]:
        return [(it.label, self.foresight.fates[it]) for it in Fate if self.foresight.fates.get(it)]

    @property
    def is_partial(self) -> bool:
        return self.foresight.looked_at < self.total


def room(request: HttpRequest, tenant: Tenant) -> Mapping[str, Any]:
    asked = request.GET
    form = ReplayForm(asked if "preview" in asked else None)
    with tenant_scope(tenant.pk):
        return {
            "form": form,
            "preview": preview(form.wanted()) if form.is_valid() else None,
            "rejected": RejectedRequest.objects.count(),
            "recheck": rechecked(asked),
        }


def preview(wanted: Wanted) -> Preview:
    """In the tenant's scope."""
    grouped = wanted.rows().order_by("kind", "status").values_list("kind", "status")
    labels = dict(WebhookEvent.Status.choices)
    counts = [(worded(kind), labels[status], count) for kind, status, count in grouped.annotate(Count("pk"))]
    replayable = wanted.replayable()
    return Preview(wanted, counts, replayable.count(), foresee(replayable))


def rechecked(asked: QueryDict) -> Recheck | None:
    return recheck() if "recheck" in asked else None


@dataclass(frozen=True, slots=True)
class Progress:
    """One replay as a line."""

    replay: Replay

    @property
    def is_running(self) -> bool:
        return self.replay.status == Replay.Status.RUNNING

    @property
    def what(self) -> str:
        kinds, statuses = (", ".join(it) for it in (self._kinds(), self._statuses()))
        chosen = "; ".join(it for it in (kinds, statuses) if it)
        return self.replay.get_source_display() + (f" ({chosen})" if chosen else "")

    @property
    def outcomes(self) -> str:
        told = OUTCOMES[self.replay.source]
        return ", ".join(f"{count} {told[name]}" for name, count in self.replay.outcomes.items())

    def _kinds(self) -> list[str]:
        """Of deliveries they are codes, by which the runbook is searched."""
        is_of_codes = self.replay.source == Replay.Source.DELIVERIES
        return list(self.replay.kinds) if is_of_codes else [worded(it) for it in self.replay.kinds]

    def _statuses(self) -> list[str]:
        return [str(OUTCOMES[self.replay.source][it]) for it in self.replay.statuses]


def progress(lines: Sequence[Progress]) -> dict[str, Any]:
    return {"replays": lines, "is_replaying": any(it.is_running for it in lines)}


def latest(tenant: Tenant) -> list[Progress]:
    with tenant_scope(tenant.pk):
        return [Progress(it) for it in Replay.objects.select_related("by", "tenant")[:SHOWN]]
