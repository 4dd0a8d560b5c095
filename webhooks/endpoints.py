"""A tenant's webhook addresses and the signature tokens that prove what comes there."""

import re
import uuid
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from integrations.errors import ConfigurationError, IntegrationError
from integrations.providers import ProviderClient, get_provider
from integrations.services import discoveries, grants, webhook_readings
from integrations.types import CreatedWebhook, EventKind
from tenants import audit
from tenants.models import Tenant, User
from tenants.phrases import Phrase
from tenants.scoping import tenant_scope

from .models import SigningSecret, WebhookEndpoint

# What the portal needs, in the order of the page; the others sharpen what Appcast learns.
NEEDED = (EventKind.APPLICATION_CREATED, EventKind.STAGE_CHANGED)
USEFUL = (EventKind.HIRED, EventKind.ARCHIVED, EventKind.DELETED)
SHORTEST_SECRET = 16
# A replaced token goes by evidence: its successor matched so often, and it was silent for so long.
MATCHES_THAT_PROVE, SILENT_FOR = 3, timedelta(hours=72)
MATCH_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Made:
    """What the API made of one event; `error` says why it made nothing."""

    kind: EventKind
    error: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A token, and how many others went when it was pasted."""

    secret: SigningSecret
    withdrawn: int
    is_new: bool

    @property
    def is_change(self) -> bool:
        return self.is_new or self.withdrawn > 0


def of_tenant(tenant: Tenant) -> list[WebhookEndpoint]:
    """All endpoints of the tenant, made at the first look. In the tenant's scope."""
    known = {endpoint.event_kind: endpoint for endpoint in WebhookEndpoint.objects.all()}
    for kind in (*NEEDED, *USEFUL):
        if kind not in known:
            known[kind] = WebhookEndpoint.objects.get_or_create(tenant=tenant, event_kind=kind)[0]
    return [known[kind] for kind in (*NEEDED, *USEFUL)]


def url_of(endpoint: WebhookEndpoint) -> str:
    path = reverse("webhooks:receive", args=[endpoint.provider, endpoint.key])
    return f"{settings.PUBLIC_URL}{path}"


def event_name(endpoint: WebhookEndpoint) -> str:
    """The provider's own word for the event."""
    return get_provider(endpoint.provider).webhook_names[EventKind(endpoint.event_kind)]


def title_of(event_name: str) -> str:
    """As Lever's page calls it: `applicationCreated` reads “Application Created” there [O]."""
    if event_name == "candidateArchiveChange":
        return "Candidate Archive State Change"
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", event_name).title()


def live_secrets(endpoint: WebhookEndpoint) -> list[SigningSecret]:
    return list(SigningSecret.objects.filter(endpoint=endpoint, withdrawn_at=None))


def set_secret(
    endpoint: WebhookEndpoint, pasted: str, by: User, *, action: str = "webhook.secret_set"
) -> Kept:
    """Raises ConfigurationError that says what was expected and what came."""
    secret = _without_marks(endpoint, pasted)
    with tenant_scope(endpoint.tenant_id):
        _refuse_anothers(endpoint, secret)
        kept = _keep(endpoint, secret, by)
        if kept.is_change:
            _note_change(endpoint, kept, by, action=action)
    return kept


def _without_marks(endpoint: WebhookEndpoint, pasted: str) -> str:
    secret = re.sub(r"\s+", "", pasted).strip("\"'\u201c\u201d")
    if not (SHORTEST_SECRET <= len(secret) <= 200 and secret.isascii() and secret.isalnum()):
        raise ConfigurationError(
            "webhooks.bad_secret",
            Phrase(
                "Expected a signature token: letters and digits, usually 48 of them, without punctuation. What you "
                "pasted has %(count)s characters. In Lever, open Settings > Integrations and API > Webhooks and copy "
                "the signature token of “%(event)s”.",
                count=len(secret),
                event=title_of(event_name(endpoint)),
            ),
        )
    return secret


def _keep(endpoint: WebhookEndpoint, secret: str, by: User) -> Kept:
    """The newest token is live beside the one before it; older ones go, but what has matched by evidence alone.

    One that is kept already, pasted again, says that what came after it was wrong: that goes, unless it has matched.
    """
    live = live_secrets(endpoint)
    same = next((it for it in live if it.secret == secret), None)
    replaced = live[live.index(same) + 1 :] if same else live[:-1]
    withdrawn = _withdraw([it for it in replaced if not it.last_matched_at])
    if same:
        return Kept(same, withdrawn, is_new=False)
    fields = {"tenant_id": endpoint.tenant_id, "endpoint": endpoint, "secret": secret, "set_by": by}
    return Kept(SigningSecret.objects.create(**fields), withdrawn, is_new=True)


def _note_change(endpoint: WebhookEndpoint, kept: Kept, by: User, *, action: str) -> None:
    told: dict[str, str | int] = {"event": endpoint.event_kind}
    if kept.withdrawn:
        told["withdrawn"] = kept.withdrawn
    audit.record(action, endpoint, tenant_id=endpoint.tenant_id, actor=by, **told)
    webhook_readings.hasten()


def _refuse_anothers(endpoint: WebhookEndpoint, secret: str) -> None:
    """Each webhook has a token of its own: the same one twice was pasted into a wrong field, now or before."""
    for other in WebhookEndpoint.objects.exclude(pk=endpoint.pk):
        if any(it.secret == secret for it in live_secrets(other)[-1:]):
            raise ConfigurationError(
                "webhooks.anothers_secret",
                Phrase(
                    "Expected the signature token of “%(event)s”. Received the one that is kept for “%(other)s”; each "
                    "event has its own. In Lever, open Settings > Integrations and API > Webhooks and copy the "
                    "signature token of “%(event)s”. If “%(other)s” has the wrong one, paste its own there first.",
                    event=title_of(event_name(endpoint)),
                    other=title_of(event_name(other)),
                ),
            )


def _withdraw(secrets: Sequence[SigningSecret]) -> int:
    """How many."""
    rows = SigningSecret.objects.filter(pk__in=[it.pk for it in secrets])
    return rows.update(withdrawn_at=timezone.now())


def note_match(secret_id: uuid.UUID, endpoint_id: int) -> None:
    """In the tenant's scope. Once a minute: a flood of deliveries must not queue for this one row."""
    now = timezone.now()
    lately = Q(last_matched_at__gt=now - MATCH_NOTED_EVERY)
    noted = SigningSecret.objects.filter(~lately, pk=secret_id)
    if not noted.update(last_matched_at=now, matches=F("matches") + 1):
        return
    *replaced, newest = SigningSecret.objects.filter(endpoint=endpoint_id, withdrawn_at=None)
    if newest.pk == secret_id and newest.matches >= MATCHES_THAT_PROVE:
        _retire(replaced, silent_since=now - SILENT_FOR)


def _retire(replaced: Sequence[SigningSecret], silent_since: datetime) -> None:
    for secret in replaced:
        if (secret.last_matched_at or secret.created_at) < silent_since:
            _withdraw([secret])
            audit.record(
                "webhook.secret_retired", secret, tenant_id=secret.tenant_id, actor="portal", by="evidence"
            )


def swap_secrets(tenant: Tenant, by: User) -> tuple[WebhookEndpoint, WebhookEndpoint]:
    """The two needed events' newest tokens change places: they were pasted into each other's field.

    One that has matched is where it belongs.
    """
    with tenant_scope(tenant.pk):
        first, second = (it for it in of_tenant(tenant) if it.event_kind in NEEDED)
        newest = [live_secrets(endpoint)[-1:] for endpoint in (first, second)]
        newest = [[it for it in its if not it.last_matched_at] for its in newest]
        _withdraw([it for its in newest for it in its])
        for endpoint, others in ((first, newest[1]), (second, newest[0])):
            for other in others:
                kept = _keep(endpoint, other.secret, by)
                _note_change(endpoint, kept, by, action="webhook.secrets_swapped")
    return first, second


def make_through_api(tenant: Tenant, by: User, changed: Container[int] = ()) -> list[Made]:
    """Needs the permission to manage webhooks. Lever's side must still switch each event on.

    What works already, made by hand, is left alone: a second webhook would deliver everything twice. One whose token
    is gone, or that was `changed` in Lever, is made anew.
    """
    with tenant_scope(tenant.pk):
        live = SigningSecret.objects.filter(withdrawn_at=None)
        kept = set(live.values_list("endpoint", flat=True))
        works = set(live.filter(matches__gt=0).values_list("endpoint", flat=True))
        missing = [
            it
            for it in of_tenant(tenant)
            if it.pk in changed or (it.pk not in works and not (it.external_id and it.pk in kept))
        ]
    return [_make(endpoint, by) for endpoint in missing]


def remove_through_api(tenant: Tenant) -> int:
    """How many of those that the API made are gone at Lever now; those made by hand go by hand.

    Raises IntegrationError.
    """
    with tenant_scope(tenant.pk):
        made = list(WebhookEndpoint.objects.exclude(external_id=""))
    for endpoint in made:
        _delete(endpoint)
    return len(made)


def _delete(endpoint: WebhookEndpoint) -> None:
    grants.call(endpoint.tenant_id, lambda client: client.delete_webhook(endpoint.external_id))
    with tenant_scope(endpoint.tenant_id):
        endpoint.made_by, endpoint.external_id = WebhookEndpoint.MadeBy.HAND, ""
        endpoint.save(update_fields=["made_by", "external_id"])


def _make(endpoint: WebhookEndpoint, by: User) -> Made:
    kind = EventKind(endpoint.event_kind)
    try:
        created = grants.call(endpoint.tenant_id, lambda client: _created(client, kind, endpoint))
    except IntegrationError as error:
        if isinstance(error, discoveries.REFUSALS):
            discoveries.note_refusal(endpoint.tenant_id, "webhooks", error.message)
        return Made(kind, str(error.message))
    set_secret(endpoint, created.signing_secret, by, action="webhook.made")
    with tenant_scope(endpoint.tenant_id):
        endpoint.made_by, endpoint.external_id = WebhookEndpoint.MadeBy.API, created.external_id
        endpoint.save(update_fields=["made_by", "external_id"])
    return Made(kind)


def _created(client: ProviderClient, kind: EventKind, endpoint: WebhookEndpoint) -> CreatedWebhook:
    """What an interrupted try left goes first: its token is lost, and it would deliver beside the new one.

    So does one that we made and that leads elsewhere by now.
    """
    url = url_of(endpoint)
    for leftover in client.webhooks():
        if leftover.url == url or leftover.external_id == endpoint.external_id:
            _remove(client, leftover.external_id)
    return client.create_webhook(kind, url)


def _remove(client: ProviderClient, external_id: str) -> None:
    try:
        client.delete_webhook(external_id)
    except ConfigurationError as error:
        raise ConfigurationError(
            "webhooks.made_by_hand",
            "One was made by hand in Lever for this address. Paste its signature token, or remove it in Lever first.",
            error.detail,
        ) from None
