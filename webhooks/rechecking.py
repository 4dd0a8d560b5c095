"""Requests that were not believed, once more: a token that was mended since may prove them."""

from collections.abc import Sequence
from functools import cache
from uuid import UUID

from integrations.errors import RejectedError
from integrations.providers import get_provider
from integrations.types import SignedEvent
from tenants.scoping import tenant_scope

from . import endpoints
from .models import RejectedRequest, WebhookEndpoint
from .storing import Proof, count_repeat, store

CHECKED_AT_ONCE = 20


def check_again(endpoint: WebhookEndpoint) -> int:
    """Rejected requests that a corrected token now proves are stored as if they came today; how many events."""
    with tenant_scope(endpoint.tenant_id):
        rejected = RejectedRequest.objects.filter(endpoint=endpoint).order_by("received_at", "pk")
        waiting = list(rejected.values_list("pk", flat=True))
    proved: set[bytes] = set()
    for start in range(0, len(waiting), CHECKED_AT_ONCE):
        with tenant_scope(endpoint.tenant_id):
            proved |= check(waiting[start : start + CHECKED_AT_ONCE])
    return len(proved)


def check(ids: Sequence[UUID]) -> set[bytes]:
    """The bodies that are proved now. In the tenant's scope; what somebody else is checking is theirs."""
    rejected = RejectedRequest.objects.filter(pk__in=ids).select_related("endpoint").order_by("received_at")
    proofs = Proofs()
    return {
        it.body for it in rejected.select_for_update(skip_locked=True, of=("self",)) if _is_taken(it, proofs)
    }


class Proofs:
    """What the tokens of the tenant in scope, as they stand now, say of requests that were rejected."""

    def __init__(self) -> None:
        self.live_secrets = cache(endpoints.live_secrets)

    def of(self, request: RejectedRequest) -> tuple[SignedEvent, Proof] | None:
        endpoint = request.endpoint
        provider, secrets = get_provider(endpoint.provider), self.live_secrets(endpoint)
        try:
            event = provider.parse_event(request.body)
        except RejectedError:
            return None
        matched = provider.is_signed_with(event, [secret.secret for secret in secrets])
        if matched is None:
            return None
        return event, Proof(endpoint.tenant_id, endpoint.pk, endpoint.event_kind, secrets[matched].pk)


def _is_taken(request: RejectedRequest, proofs: Proofs) -> bool:
    """Kept where its token is withdrawn at this moment: then it is neither stored nor a repetition."""
    proved = proofs.of(request)
    if proved is None:
        return False
    event, proof = proved
    if not (store(proof, event, request.body) or count_repeat(proof, event, request.body)):
        return False
    if proof.is_own(event):
        endpoints.note_match(proof.secret_id, proof.endpoint_id)
    RejectedRequest.objects.filter(pk=request.pk).delete()
    return True
