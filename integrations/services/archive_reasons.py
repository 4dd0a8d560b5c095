"""What an archive reason means: read from every account again daily, and at once when an event names an unknown one.

Where we may not read them, a person says it of each that waits: Lever shows no ids of reasons, but it shows the
candidate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Max
from django.utils import timezone

from tenants import audit
from tenants.models import User
from tenants.scoping import tenant_scope

from ..appcast.conversions import ConversionName
from ..appcast.suggestions import suggest_for_archive_reason
from ..models import ArchiveReason, ArchiveReasonReading, Conversion
from ..types import ArchiveReasonRecord
from . import conversions, grants, readings

CHOICES = (
    ConversionName.REJECTED,
    ConversionName.HIRED,
    ConversionName.DECLINED,
    ConversionName.WITHDRAWN,
)
READING_MAY_TAKE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Undecided:
    """`opportunity_external_id` is one of the candidacies that were archived for it."""

    external_id: str
    opportunity_external_id: str
    count: int


def read(reading_id: int) -> None:
    readings.read_again(ArchiveReasonReading, reading_id, _read)


def hasten() -> None:
    """In the tenant's scope."""
    readings.hasten(ArchiveReasonReading)


def keep(tenant_id: int, records: Sequence[ArchiveReasonRecord]) -> None:
    """What waited for one of these goes out."""
    with tenant_scope(tenant_id):
        decided = dict(
            ArchiveReason.objects.exclude(decided_at=None).values_list("external_id", "conversion")
        )
        for record in sorted(records, key=lambda it: it.external_id):
            meant = suggest_for_archive_reason(record.name, record.is_hired).value
            ArchiveReason.objects.update_or_create(
                tenant_id=tenant_id,
                external_id=record.external_id,
                defaults={
                    "name": record.name,
                    "is_hired": record.is_hired,
                    "conversion": meant if record.is_hired else decided.get(record.external_id, meant),
                },
            )
        conversions.release_decided(tenant_id)


def undecided() -> tuple[Undecided, ...]:
    """In the tenant's scope: what conversions wait for although a reading had its time, the rehearsal's left out."""
    waiting = Conversion.objects.filter(
        status=Conversion.Status.HELD,
        received_at__lt=timezone.now() - READING_MAY_TAKE,
        application__is_test=False,
    ).exclude(archive_reason_external_id="")
    counted = waiting.order_by("archive_reason_external_id").values_list("archive_reason_external_id")
    found = counted.annotate(Max("application__opportunity_external_id"), Count("pk"))
    return tuple(Undecided(*it) for it in found)


def decide(tenant_id: int, decisions: Mapping[str, str], by: User) -> None:
    """`decisions` maps ids of reasons to one of CHOICES, or to "" for not reported."""
    with tenant_scope(tenant_id):
        for external_id, conversion in sorted(decisions.items()):
            ArchiveReason.objects.update_or_create(
                tenant_id=tenant_id,
                external_id=external_id,
                defaults={
                    "is_hired": conversion == ConversionName.HIRED,
                    "conversion": conversion,
                    "decided_by": by,
                    "decided_at": timezone.now(),
                },
            )
        audit.record(
            "archive_reasons.decided",
            "archive reasons",
            tenant_id=tenant_id,
            actor=by,
            decided=dict(decisions),
        )
        conversions.release_decided(tenant_id)


def _read(row: ArchiveReasonReading) -> None:
    keep(row.tenant_id, grants.call(row.tenant_id, lambda client: client.archive_reasons()))
