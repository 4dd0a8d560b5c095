"""What happened to our applications in the ATS becomes conversions: one for each happening."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypedDict

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from tenants.scoping import tenant_scope

from ..appcast.conversions import ConversionName
from ..models import Application, ArchiveReason, Conversion, Stage, StageMapping
from . import bell, locks

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
HIRED: Meaning = {"key": "hired", "name": ConversionName.HIRED.value, "raw_status": "Hired"}


def report(application: Application, happening: Happening) -> bool:
    """Once per key, in the tenant's scope and under the application's lock; whether it is held.

    Held while nobody said what it means, none when it is not reported.
    """
    locks.share_until_commit(_mapping_of(application.tenant_id))
    happening = by_reason(happening)
    told = _told(application, happening)
    if told["known"]:
        _note_earlier(application, happening)
        return bool(told["held"])
    found = _found_before(application, happening) if told["caught_up"] else None
    if found:
        Conversion.objects.filter(pk=found.pk).update(late_key=happening.key)
        return found.status == Conversion.Status.HELD
    name = name_of(happening.name, happening.stage_external_id)
    if name is None:
        return False
    stage = Stage.objects.filter(external_id=happening.stage_external_id).first()
    conversion = Conversion.objects.create(
        tenant_id=application.tenant_id,
        application=application,
        key=happening.key,
        name=name,
        raw_status=happening.raw_status or (stage.name if stage else ""),
        raw_stage_id=happening.stage_external_id,
        archive_reason_external_id=happening.archive_reason_external_id,
        sequence=(told["last"] or 0) + 1,
        occurred_at=happening.occurred_at,
        received_at=happening.received_at,
        is_verified=happening.is_verified,
        is_caught_up=happening.is_caught_up,
        status=Conversion.Status.READY if name else Conversion.Status.HELD,
        next_attempt_at=timezone.now() if name else None,
    )
    if name:
        bell.ring(conversion)
    return not name


def is_told(application: Application, happening: Happening) -> bool:
    return bool(_told(application, happening)["known"]) or _found_before(application, happening) is not None


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


def _told(application: Application, happening: Happening) -> dict[str, int | None]:
    """How often it was told and is held, how many others catch-up found, and the last number."""
    same = Q(key=happening.key) | Q(late_key=happening.key)
    return Conversion.objects.filter(application=application).aggregate(
        known=Count("pk", filter=same),
        held=Count("pk", filter=same & Q(status=Conversion.Status.HELD)),
        caught_up=Count("pk", filter=Q(is_caught_up=True)),
        last=Max("sequence"),
    )


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


def _mapping_of(tenant_id: int) -> str:
    """Held under this name: a happening is either reported by the new mapping, or seen by the release."""
    return f"mapping:{tenant_id}"
