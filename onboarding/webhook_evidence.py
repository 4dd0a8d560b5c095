"""What is stored of a tenant's webhooks, by address."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Max, Q
from django.utils import timezone

from integrations.types import EventKind
from tenants.models import Tenant
from webhooks import drift, endpoints, silence, unconfirmed
from webhooks.drift import Drift
from webhooks.models import RejectedRequest, SigningSecret, WebhookEndpoint, WebhookEvent
from webhooks.silence import Silence
from webhooks.unconfirmed import Unconfirmed

# Lever's pages are in English, whatever the reader's language.
WHERE = "Settings > Integrations and API > Webhooks"
Times = dict[str, datetime | None]
NEVER: Times = {"proved_at": None, "tested_at": None}


@dataclass(frozen=True, slots=True)
class EndpointEvidence:
    """What came to one webhook address; a test is Lever's own "Verify connection".

    `put_aside` is the latest signed delivery that proves nothing: another event's, or one out of time. `drift` tells
    that it is not in Lever any more as it was set up; `silence` that its event has stopped, and `unconfirmed` that some
    of what it should have told never came.
    """

    endpoint: WebhookEndpoint
    name: str
    url: str
    is_needed: bool
    secrets: tuple[SigningSecret, ...]
    proved_at: datetime | None
    tested_at: datetime | None
    rejected: RejectedRequest | None
    waiting_for_token: int
    put_aside: WebhookEvent | None
    drift: Drift | None = None
    silence: Silence | None = None
    unconfirmed: Unconfirmed | None = None

    @property
    def has_secret(self) -> bool:
        return bool(self.secrets)

    @property
    def secret_set_at(self) -> datetime | None:
        return max((it.created_at for it in self.secrets), default=None)

    @property
    def is_proved(self) -> bool:
        """A delivery proves nothing of what comes once no token is left that has signed anything."""
        return self.proved_at is not None and any(it.last_matched_at for it in self.secrets)

    @property
    def waits_since(self) -> datetime | None:
        """For the first delivery, of which there is no sign at all."""
        has_sign = self.proved_at or self.tested_at or self.rejected or self.put_aside
        return None if has_sign else self.secret_set_at

    @property
    def is_made_by_api(self) -> bool:
        return bool(self.endpoint.external_id) and self.has_secret

    @property
    def title(self) -> str:
        return endpoints.title_of(self.name)


def of_tenant(
    tenant: Tenant, ended_at: datetime | None, *, has_open_jobs: bool, may_look: bool
) -> tuple[EndpointEvidence, ...]:
    """In its scope; what came before the connection ended proves nothing.

    Without an open job nothing is expected. Where we may read candidacies, the catch-up finds what was not told.
    """
    drifts, times, secrets = drift.of_tenant(ended_at), _times(ended_at), _live_secrets()
    rejected, put_aside, waiting = _rejected(), _put_aside(ended_at), _waiting_for_token()
    missing = None if may_look else unconfirmed.look()
    return tuple(
        EndpointEvidence(
            endpoint=it,
            name=endpoints.event_name(it),
            url=endpoints.url_of(it),
            is_needed=it.event_kind in endpoints.NEEDED,
            secrets=tuple(secrets.get(it.pk, ())),
            rejected=rejected.get(it.pk),
            waiting_for_token=waiting.get(it.pk, 0),
            put_aside=put_aside.get(it.pk),
            drift=drifts.get(it.pk),
            silence=_silence(it, times.get(it.pk, NEVER)) if has_open_jobs else None,
            unconfirmed=missing if it.event_kind == EventKind.APPLICATION_CREATED else None,
            **times.get(it.pk, NEVER),
        )
        for it in endpoints.of_tenant(tenant)
    )


def _times(ended_at: datetime | None) -> dict[int, Times]:
    """By endpoint, when its event and Lever's test came last."""
    is_present = Q(events__received_at__gt=ended_at) if ended_at else Q()
    is_in_place = ~Q(events__status=WebhookEvent.Status.QUARANTINED) & is_present
    rows = WebhookEndpoint.objects.values("pk").annotate(
        proved_at=Max("events__received_at", filter=Q(events__kind=F("event_kind")) & is_in_place),
        tested_at=Max("events__received_at", filter=Q(events__kind=EventKind.TEST) & is_in_place),
    )
    return {row["pk"]: {"proved_at": row["proved_at"], "tested_at": row["tested_at"]} for row in rows}


def _silence(endpoint: WebhookEndpoint, times: Times) -> Silence | None:
    last_at = times["proved_at"]
    return silence.of_endpoint(endpoint, last_at, timezone.now()) if last_at else None


def _live_secrets() -> dict[int, list[SigningSecret]]:
    """By endpoint, the oldest first, and still sealed."""
    live: dict[int, list[SigningSecret]] = {}
    for secret in SigningSecret.objects.filter(withdrawn_at=None).defer("secret"):
        live.setdefault(secret.endpoint_id, []).append(secret)
    return live


def _rejected() -> dict[int, RejectedRequest]:
    """By endpoint, the latest."""
    latest = (
        RejectedRequest.objects.defer("body").order_by("endpoint_id", "-received_at").distinct("endpoint_id")
    )
    return {it.endpoint_id: it for it in latest}


def _waiting_for_token() -> dict[int, int]:
    """By endpoint, how many."""
    waiting = RejectedRequest.objects.filter(reason=RejectedRequest.Reason.NO_TOKEN_YET).order_by()
    return dict(waiting.values_list("endpoint").annotate(Count("pk")))


def _put_aside(ended_at: datetime | None) -> dict[int, WebhookEvent]:
    """By endpoint, the latest."""
    is_anothers = ~Q(kind=F("endpoint__event_kind")) & ~Q(kind=EventKind.TEST)
    is_quarantined = Q(status=WebhookEvent.Status.QUARANTINED)
    is_present = Q(received_at__gt=ended_at) if ended_at else Q()
    found = WebhookEvent.objects.filter(is_anothers | is_quarantined, is_present)
    return {
        it.endpoint_id: it for it in found.order_by("endpoint_id", "-received_at").distinct("endpoint_id")
    }
