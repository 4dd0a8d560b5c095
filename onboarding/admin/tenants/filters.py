"""The questions that Customer Success asks of the list."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from integrations.models import Connection
from tenants.models import Tenant

from ...models import Problem
from ...problems.kinds import kind_of

SILENT_DAYS = (3, 7, 14, 30)


def _has_problem(*codes: str) -> Q:
    rows = Problem.objects.filter(tenant=OuterRef("pk"), resolved_at=None)
    return Q(Exists(rows.filter(code__in=codes) if codes else rows))


def _waits_on_customer_for(days: int) -> Q:
    return Q(health__waits_on="customer", health__waits_since__lt=timezone.now() - timedelta(days=days))


def _token_is_dead() -> Q:
    stopped = Connection.objects.filter(tenant=OuterRef("pk"), status=Connection.Status.NEEDS_AUTHORIZATION)
    return Q(Exists(stopped))


def _asks_to_go_live() -> Q:
    return Q(health__waits_on="staff", status=Tenant.Status.ONBOARDING)


FEED = ("feed.late", "feed.failed", "feed.unanswered", "feed.unreadable", "feed.large_drop")
STAGES = ("stages.changed", "stages.unrecorded", "conversions.held", "reasons.undecided")
WEBHOOKS = (
    *("webhook.rejected", "webhook.misdirected", "webhooks.changed"),
    *("webhooks.silent", "webhooks.unconfirmed"),
)
# By what stands in the address: how it is called, and who fits.
QUESTIONS: Mapping[str, tuple[str, Callable[[], Q]]] = {
    "waits-long": ("wait on the customer for more than 7 days", lambda: _waits_on_customer_for(7)),
    "asks": ("wait on us to go live", _asks_to_go_live),
    "token-dead": ("Lever does not accept our access", _token_is_dead),
    "feed-late": ("feed late or not readable", lambda: _has_problem(*FEED)),
    "held": ("applications that need a person", lambda: Q(health__held__gt=0)),
    "unmapped": ("stages that are not mapped", lambda: _has_problem(*STAGES)),
    "forms": ("forms that Appcast Apply cannot ask", lambda: _has_problem("forms.unsupported")),
    "webhooks": ("webhooks that come wrong or not at all", lambda: _has_problem(*WEBHOOKS)),
}


class QuestionFilter(admin.SimpleListFilter):
    title = "what is the matter"
    parameter_name = "matter"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(key, label) for key, (label, _) in QUESTIONS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Tenant]) -> QuerySet[Tenant]:
        asked = QUESTIONS.get(self.value() or "")
        return queryset.filter(asked[1]()) if asked else queryset


class SilenceFilter(admin.SimpleListFilter):
    """Of tenants that are live: the others have no event to miss."""

    title = "no webhook for"
    parameter_name = "silent"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(days), f"{days} days") for days in SILENT_DAYS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Tenant]) -> QuerySet[Tenant]:
        if self.value() not in {str(days) for days in SILENT_DAYS}:
            return queryset
        since = timezone.now() - timedelta(days=int(self.value() or 0))
        is_silent = Q(health__last_event_at__lt=since) | Q(health__last_event_at=None, live_at__lt=since)
        return queryset.filter(is_silent, status=Tenant.Status.LIVE)


class ProblemActorFilter(admin.SimpleListFilter):
    title = "who must mend something"
    parameter_name = "mends"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        actors = [(str(value), str(label)) for value, label in Problem.Actor.choices]
        return [*actors, ("nobody", "no open problem")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Tenant]) -> QuerySet[Tenant]:
        open_problems = Problem.objects.filter(tenant=OuterRef("pk"), resolved_at=None)
        if self.value() == "nobody":
            return queryset.filter(~Exists(open_problems))
        return queryset.filter(Exists(open_problems.filter(actor=self.value()))) if self.value() else queryset


class ProblemFilter(admin.SimpleListFilter):
    """By a code that stands in the address, as the desk's first page leads here: too many to choose from."""

    title = "open problem"
    parameter_name = "problem"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        code = self.value()
        return [(code, str(kind_of(code).title))] if code else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Tenant]) -> QuerySet[Tenant]:
        return queryset.filter(_has_problem(self.value() or ""))


class WaitsOnFilter(admin.SimpleListFilter):
    title = "who acts next"
    parameter_name = "waits_on"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        actors = [(str(value), str(label)) for value, label in Problem.Actor.choices]
        return [*actors, ("nobody", "nobody")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Tenant]) -> QuerySet[Tenant]:
        if self.value() == "nobody":
            return queryset.filter(health__waits_on="")
        return queryset.filter(health__waits_on=self.value()) if self.value() else queryset


class ConnectionFilter(admin.SimpleListFilter):
    title = "Lever"
    parameter_name = "lever"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(value), str(label)) for value, label in Connection.Status.choices] + [
            ("none", "never authorized")
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Tenant]) -> QuerySet[Tenant]:
        connections = Connection.objects.filter(tenant=OuterRef("pk"))
        if self.value() == "none":
            return queryset.filter(~Exists(connections))
        return queryset.filter(Exists(connections.filter(status=self.value()))) if self.value() else queryset
