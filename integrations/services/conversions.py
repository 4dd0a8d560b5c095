"""What happened to our applications in the ATS, told to Appcast: each happening once, oldest first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TypedDict

from django.conf import settings
from django.db.models import Max, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from tenants.models import Tenant
from tenants.scoping import across_tenants, tenant_scope

from .. import http
from ..appcast import conversions as contract
from ..appcast import signature
from ..errors import IntegrationError, RateLimitedError, RejectedError, TransientError
from ..models import Application, ArchiveReason, Conversion, Stage, StageMapping
from ..retry import conversion_delay, parse_retry_after
from . import bell, grants, locks, turns, work

# Well within the lease of a conversion.
LIMITS = http.Limits(whole_seconds=60)
# What another try would not change: with one event that it does not understand, a receiver refuses the whole batch.
REFUSED_FOR_GOOD = {
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
}
# So many failures one after the other are one: that is more than a minute.
OUTAGE = 5
# A webhook and the ATS's own record may give the same move other times.
SAME_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Happening:
    """`key` names it within the application. Stage and archive reason are looked up in what the tenant decided; a
    `name` is final, and None is not reported.

    `moved_at` is when the ATS's own record has the move, where it could be read.
    """

    key: str
    occurred_at: datetime
    received_at: datetime
    is_verified: bool
    stage_external_id: str = ""
    archive_reason_external_id: str = ""
    name: str | None = ""
    raw_status: str = ""
    is_caught_up: bool = False
    moved_at: datetime | None = None


class Meaning(TypedDict, total=False):
    key: str
    name: str | None
    raw_status: str


# One happening, whichever way it is told.
HIRED: Meaning = {"key": "hired", "name": contract.ConversionName.HIRED.value, "raw_status": "Hired"}


def report(application: Application, happening: Happening) -> None:
    """Once per key, in the tenant's scope; held while nobody said what it means, none when it is not reported."""
    locks.take_until_commit(_mapping_of(application.tenant_id))
    Application.objects.select_for_update().get(pk=application.pk)
    happening = by_reason(happening)
    if _is_known(application, happening):
        _note_earlier(application, happening)
        return
    found = _found_before(application, happening)
    if found:
        Conversion.objects.filter(pk=found.pk).update(late_key=happening.key)
        return
    name = name_of(happening.name, happening.stage_external_id)
    if name is None:
        return
    stage = Stage.objects.filter(external_id=happening.stage_external_id).first()
    last = Conversion.objects.filter(application=application).aggregate(Max("sequence"))["sequence__max"]
    conversion = Conversion.objects.create(
        tenant_id=application.tenant_id,
        application=application,
        key=happening.key,
        name=name,
        raw_status=happening.raw_status or (stage.name if stage else ""),
        raw_stage_id=happening.stage_external_id,
        archive_reason_external_id=happening.archive_reason_external_id,
        sequence=(last or 0) + 1,
        occurred_at=happening.occurred_at,
        received_at=happening.received_at,
        is_verified=happening.is_verified,
        is_caught_up=happening.is_caught_up,
        status=Conversion.Status.READY if name else Conversion.Status.HELD,
        next_attempt_at=timezone.now() if name else None,
    )
    if name:
        bell.ring(conversion)


def is_told(application: Application, happening: Happening) -> bool:
    return _is_known(application, happening) or _found_before(application, happening) is not None


def by_reason(happening: Happening) -> Happening:
    """What the archive's reason says; as it is while nobody knows that."""
    external_id = happening.archive_reason_external_id
    reason = ArchiveReason.objects.filter(external_id=external_id).first() if external_id else None
    return replace(happening, **_meaning_of(reason)) if reason else happening


def _meaning_of(reason: ArchiveReason) -> Meaning:
    return HIRED if reason.is_hired else {"name": reason.conversion or None, "raw_status": reason.name}


def name_of(name: str | None, stage_external_id: str) -> str | None:
    """Appcast's name for it: none where it is not reported, empty while nobody said what it means."""
    if name or name is None:
        return name
    mapping = StageMapping.objects.filter(stage_external_id=stage_external_id).first()
    return (mapping.conversion or None) if mapping else ""


def _is_known(application: Application, happening: Happening) -> bool:
    same = Q(key=happening.key) | Q(late_key=happening.key)
    return Conversion.objects.filter(same, application=application).exists()


def _note_earlier(application: Application, happening: Happening) -> None:
    """The same told twice, a moment apart, has the earlier time, whichever came first, until it is on its way."""
    untried = Conversion.objects.filter(application=application, key=happening.key, attempts=0)
    untried.filter(occurred_at__gt=happening.occurred_at).update(occurred_at=happening.occurred_at)


def _found_before(application: Application, happening: Happening) -> Conversion | None:
    """A late webhook and what was found before it are one happening; each finding takes one webhook."""
    if not happening.stage_external_id or happening.is_caught_up:
        return None
    at, moved_at = happening.occurred_at, happening.moved_at
    near = Conversion.objects.filter(
        application=application,
        raw_stage_id=happening.stage_external_id,
        is_caught_up=True,
        late_key="",
        occurred_at__range=(at - SAME_WITHIN, at + SAME_WITHIN),
    )
    same = near.filter(occurred_at=moved_at) if moved_at else near
    return min(same, key=lambda it: abs(it.occurred_at - at), default=None)


def release_decided(tenant_id: int) -> None:
    """Held conversions whose stage or archive reason is decided by now go out, or away where it is not reported."""
    with tenant_scope(tenant_id):
        locks.take_until_commit(_mapping_of(tenant_id))
        mapped = dict(StageMapping.objects.values_list("stage_external_id", "conversion"))
        for held in _held().filter(raw_stage_id__in=mapped):
            _release(held, {"name": mapped[held.raw_stage_id]})
        reasons = {it.external_id: it for it in ArchiveReason.objects.all()}
        for held in _held().filter(archive_reason_external_id__in=reasons):
            _release(held, _meaning_of(reasons[held.archive_reason_external_id]))


def _held() -> QuerySet[Conversion]:
    return Conversion.objects.filter(status=Conversion.Status.HELD)


def _release(held: Conversion, meaning: Meaning) -> None:
    """Once per key here too: what an archive means may have been told by another event before."""
    key = meaning.get("key", held.key)
    others = Conversion.objects.filter(application=held.application_id, key=key).exclude(pk=held.pk)
    if not meaning["name"] or others.exists():
        held.delete()
        return
    held.key, held.name, held.status = key, meaning["name"], Conversion.Status.READY
    held.raw_status, held.next_attempt_at = meaning.get("raw_status", held.raw_status), timezone.now()
    held.save(update_fields=["key", "name", "raw_status", "status", "next_attempt_at"])
    bell.ring(held)


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
    with tenant_scope(tenant.pk):
        for conversion in batch:
            work.record(
                conversion,
                status=Conversion.Status.SENT,
                sent_at=timezone.now(),
                next_attempt_at=None,
                **work.NO_ERROR,
            )


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


def send_again(conversion: Conversion) -> None:
    """One that was given up, or is waiting long: at once. The receiver knows it by its event_id."""
    with tenant_scope(conversion.tenant_id):
        nameable = Conversion.objects.filter(pk=conversion.pk).exclude(status=Conversion.Status.HELD)
        if nameable.update(status=Conversion.Status.READY, next_attempt_at=timezone.now(), attempts=0):
            bell.ring(conversion)


def _claimed(tenant_id: int) -> list[Conversion]:
    claimed = work.claim_oldest(Conversion, tenant_id, contract.MOST_EVENTS)
    with tenant_scope(tenant_id):
        for worn_out in filter(work.is_worn_out, claimed):
            work.record(worn_out, status=Conversion.Status.DEAD, next_attempt_at=None, **work.WORN_OUT)
    return [it for it in claimed if it.status != Conversion.Status.DEAD]


def _mapping_of(tenant_id: int) -> str:
    """Held under this name: a happening is either reported by the new mapping, or seen by the release."""
    return f"mapping:{tenant_id}"


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
