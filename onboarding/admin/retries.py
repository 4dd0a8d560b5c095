"""The room of bulk retries: which deliveries that rest, what would become of them, and how far the latest are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from django import forms
from django.db.models import Count, Q
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from integrations.models import Delivery
from integrations.services import deliveries, pace
from tenants.models import Tenant, User
from webhooks import replays
from webhooks.models import Replay
from webhooks.replay_lines import Wanted

from ..deliveries.reasons import Reason, named
from .replays import Progress

SHOWN = 10
LONGEST_IN_SECONDS = 120
OFFERED = Tenant.objects.exclude(status=Tenant.Status.OFFBOARDED)


class RetryForm(forms.Form):
    """Nothing chosen is everything that rests. What comes after it was looked at is not part of it."""

    tenant = forms.ModelChoiceField(OFFERED, label="Company", required=False, empty_label="All companies")
    reasons = forms.MultipleChoiceField(label="Reasons", required=False, widget=forms.CheckboxSelectMultiple)
    since = forms.DateTimeField(
        label="Received from", required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    until = forms.DateTimeField(
        label="until", required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        reasons = self.fields["reasons"]
        assert isinstance(reasons, forms.MultipleChoiceField)
        resting = Delivery.objects.filter(deliveries.rests()).order_by("error_code")
        codes = resting.values_list("error_code", flat=True).distinct()
        chosen = data.getlist("reasons") if data else []
        reasons.choices = [(it, f"{named(it).title} ({it})") for it in dict.fromkeys([*codes, *chosen]) if it]
        if not reasons.choices:
            del self.fields["reasons"]

    def wanted(self) -> Wanted:
        given, now = self.cleaned_data, timezone.now()
        return Wanted(
            until=min(given["until"] or now, now),
            since=given["since"],
            kinds=given.get("reasons", []),
            source=Replay.Source.DELIVERIES,
        )

    def tenants(self) -> Q:
        chosen = self.cleaned_data["tenant"]
        return Q(tenant=chosen) if chosen else ~Q(tenant__status=Tenant.Status.OFFBOARDED)


@dataclass(frozen=True, slots=True)
class Preview:
    """`counts` are of all that fits: its code, its reason, how many there are, and how many are sent again."""

    wanted: Wanted
    counts: Sequence[tuple[str, Reason, int, int]]
    by_tenant: Sequence[int]
    in_doubt: int
    erased: int

    @property
    def total(self) -> int:
        return sum(self.by_tenant)

    @property
    def duration(self) -> str:
        """Each company's go in a line of their own, so the longest line counts."""
        seconds = ceil(max(self.by_tenant, default=0) * pace.POSTS.pitch.total_seconds())
        return f"{seconds} seconds" if seconds < LONGEST_IN_SECONDS else f"{ceil(seconds / 60)} minutes"


def room(asked: QueryDict) -> Mapping[str, Any]:
    form = RetryForm(asked if "preview" in asked else None)
    return {"form": form, "preview": preview(form) if form.is_valid() else None}


def preview(form: RetryForm) -> Preview:
    wanted = form.wanted()
    rows, is_apt = wanted.rows().filter(form.tenants()), wanted.line.is_replayable()
    is_erased = Q(application__erased_at__isnull=False)
    counted = rows.order_by("error_code").values_list("error_code")
    by_tenant = rows.filter(is_apt).order_by().values_list("tenant").annotate(count=Count("pk"))
    return Preview(
        wanted=wanted,
        counts=[
            (code, named(code), found, apt)
            for code, found, apt in counted.annotate(found=Count("pk"), apt=Count("pk", filter=is_apt))
        ],
        by_tenant=[count for _, count in by_tenant],
        **rows.aggregate(
            in_doubt=Count("pk", filter=Q(is_in_doubt=True) & ~is_erased),
            erased=Count("pk", filter=is_erased),
        ),
    )


@dataclass(frozen=True, slots=True)
class Started:
    replays: Sequence[Replay]
    refusals: Sequence[str]

    @property
    def says(self) -> str:
        total, companies = sum(it.total for it in self.replays), len(self.replays)
        whose = "1 company" if companies == 1 else f"{companies} companies"
        return f"{total} to go, of {whose}. How far it is stands below."


def start(form: RetryForm, by: User) -> Started:
    """One replay for each company; one that has a replay running is left as it is."""
    wanted = form.wanted()
    chosen = wanted.replayable().filter(form.tenants()).order_by().values("tenant").distinct()
    started, refusals = [], []
    for tenant in Tenant.objects.filter(pk__in=chosen):
        try:
            started.append(replays.start(tenant, wanted, by))
        except replays.ReplayError as error:
            refusals.append(f"{tenant}: {error}")
    return Started(started, refusals or ([] if started else ["There is nothing to send again."]))


def progress(*, may_act: bool) -> dict[str, Any]:
    """Those that run, and the latest that have ended."""
    of_deliveries = Replay.objects.filter(source=Replay.Source.DELIVERIES).select_related("tenant", "by")
    running = of_deliveries.filter(status=Replay.Status.RUNNING)
    ended = of_deliveries.exclude(status=Replay.Status.RUNNING)[:SHOWN]
    lines = [Progress(it) for it in [*running, *ended]]
    return {
        "replays": lines,
        "is_replaying": any(it.is_running for it in lines),
        "is_of_all": True,
        "may_act": may_act,
        "may_start": may_act,
        "room": reverse("admin:integrations_delivery_retries"),
    }
