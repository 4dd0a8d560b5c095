"""Conversions on their way to Appcast: signed, oldest first, until they arrive or are given up."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone

from tenants import audit
from tenants.models import Tenant, User
from tenants.scoping import across_tenants, tenant_scope

from .. import http
from ..appcast import conversions as contract
from ..appcast import signature
from ..errors import IntegrationError, RateLimitedError, RejectedError, TransientError
from ..models import Application, Conversion
from ..retry import conversion_delay, parse_retry_after
from . import bell, grants, turns, work

# Well within the lease of a conversion.
LIMITS = http.Limits(whole_seconds=60)
# What another try would not change: with one event that it does not understand, a receiver refuses the whole batch.
REFUSED_FOR_GOOD = {
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
}
# What is held has no name yet, and what was sent has arrived.
SENT_AGAIN = (Conversion.Status.READY, Conversion.Status.DEAD)
# So many failures one after the other are one: that is more than a minute.
OUTAGE = 5


def send_due(tenant_id: int) -> None:
    """What waits of the tenant, as far as its turn goes."""
    tenant = Tenant.objects.filter(pk=tenant_id).first()
    if tenant:
        turns.take(Conversion, tenant_id, _receiver(tenant), lambda: _send_oldest(tenant))


def _send_oldest(tenant: Tenant) -> bool:
    batch = _claimed(tenant.pk)
    if batch:
        _deliver(tenant, batch)
        if turns.forget_trouble(_receiver(tenant)) >= OUTAGE:
            _send_what_waited(tenant)
    return bool(batch)


def _deliver(tenant: Tenant, batch: Sequence[Conversion]) -> None:
    """One that is refused for good is found by halves, so that the others go on. Raises TroubleError."""
    try:
        _post(tenant, _body(tenant, batch))
    except RejectedError as error:
        if len(batch) == 1:
            _give_up(batch[0], error)
            return
        middle = len(batch) // 2
        _deliver(tenant, batch[:middle])
        _deliver(tenant, batch[middle:])
    except IntegrationError as error:
        raise turns.TroubleError(_try_later(tenant, batch, error)) from error
    else:
        _note_sent(tenant, batch)


def _body(tenant: Tenant, batch: Sequence[Conversion]) -> bytes:
    with tenant_scope(tenant.pk):
        applications = Application.objects.select_related("posting").in_bulk(
            {it.application_id for it in batch}
        )
        provider = grants.provider_slug()
        return contract.batch_body(
            [_event(tenant, provider, it, applications[it.application_id]) for it in batch]
        )


def _note_sent(tenant: Tenant, batch: Sequence[Conversion]) -> None:
    sent = {"status": Conversion.Status.SENT, "sent_at": timezone.now(), "next_attempt_at": None}
    with tenant_scope(tenant.pk):
        work.record_all(batch, **sent, **work.NO_ERROR)


def _give_up(conversion: Conversion, error: IntegrationError) -> None:
    with tenant_scope(conversion.tenant_id):
        work.record(conversion, status=Conversion.Status.DEAD, next_attempt_at=None, **work.failure(error))


def _send_what_waited(tenant: Tenant) -> None:
    """After an outage the oldest go first again, of every tenant with this receiver."""
    with across_tenants("an outage of the receiver is over"):
        waiting = Conversion.objects.filter(status=Conversion.Status.READY, next_attempt_at__gt=Now())
        waiting.filter(tenant__conversions_url=tenant.conversions_url).update(next_attempt_at=Now())


def _receiver(tenant: Tenant) -> str:
    return tenant.conversions_url or settings.APPCAST_CONVERSIONS_URL


def send_again(conversion: Conversion, by: User) -> bool:
    """One that was given up, or is waiting long: at once. The receiver knows it by its event_id."""
    with tenant_scope(conversion.tenant_id):
        waiting = Conversion.objects.filter(pk=conversion.pk, status__in=SENT_AGAIN)
        if not waiting.update(status=Conversion.Status.READY, next_attempt_at=timezone.now(), attempts=0):
            return False
        audit.record("conversion.sent_again", conversion, tenant_id=conversion.tenant_id, actor=by)
        bell.ring(conversion)
        return True


def _claimed(tenant_id: int) -> list[Conversion]:
    claimed = work.claim_oldest(Conversion, tenant_id, contract.MOST_EVENTS)
    with tenant_scope(tenant_id):
        for worn_out in filter(work.is_worn_out, claimed):
            work.record(worn_out, status=Conversion.Status.DEAD, next_attempt_at=None, **work.WORN_OUT)
    return [it for it in claimed if it.status != Conversion.Status.DEAD]


def _event(
    tenant: Tenant, provider: str, conversion: Conversion, application: Application
) -> contract.ConversionEvent:
    return contract.ConversionEvent(
        event_id=conversion.event_id,
        name=contract.ConversionName(conversion.name),
        raw_status=conversion.raw_status,
        raw_stage_id=conversion.raw_stage_id,
        occurred_at=conversion.occurred_at,
        received_at=conversion.received_at,
        sequence=conversion.sequence,
        is_test=application.is_test,
        client_id=tenant.client_id,
        ent_id=tenant.ent_id,
        job_reference=application.job_reference,
        application_id=application.sender_id,
        ats_name=provider,
        click_id=application.click_id,
        opportunity_external_id=application.opportunity_external_id,
    )


def _post(tenant: Tenant, body: bytes) -> None:
    header = signature.sign([settings.APPCAST_CONVERSIONS_SECRET], body, datetime.now(UTC))
    answer = http.send(
        "POST",
        _receiver(tenant),
        data=body,
        headers={"Content-Type": "application/json", signature.HEADER: header},
        limits=LIMITS,
        is_repeatable=True,
    )
    if answer.status in range(200, 300):
        return
    detail = f"{answer.place}: {answer.status}"
    if answer.status in REFUSED_FOR_GOOD:
        raise RejectedError("appcast.rejected", "Appcast refuses this conversion.", detail)
    wait = parse_retry_after(answer.headers.get("Retry-After", ""), datetime.now(UTC))
    if wait is not None:
        raise RateLimitedError("appcast.busy", "Appcast asks us to come back later.", detail, wait)
    raise TransientError("appcast.refused", "Appcast did not take these conversions.", detail)


def _try_later(tenant: Tenant, batch: Sequence[Conversion], error: IntegrationError) -> timedelta | None:
    """How long the receiver wants to be left alone."""
    asked = error.retry_after if isinstance(error, RateLimitedError) else None
    with tenant_scope(tenant.pk):
        for conversion in batch:
            delay = conversion_delay(conversion.attempts)
            if delay is None:
                outcome = {"status": Conversion.Status.DEAD, "next_attempt_at": None}
            else:
                outcome = {"next_attempt_at": work.after(max(delay, asked or timedelta()))}
            work.record(conversion, **outcome, **work.failure(error))
    return asked
