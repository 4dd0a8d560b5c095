"""The worker's part of a rehearsal: its candidate is no person, and goes into the ATS's archive in the end.

Where the grant lets us, we archive it ourselves; where it lets us only read, we see when the customer has.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from integrations.appcast.suggestions import suggest_for_archive_reason
from integrations.errors import IntegrationError, RejectedError
from integrations.models import Connection
from integrations.providers import ProviderClient
from integrations.services import applications, grants, work
from integrations.types import ArchiveReasonRecord, Capability, OpportunityRecord
from tenants.scoping import tenant_scope

from .evidence import gather
from .models import Rehearsal
from .steps import rehearsal_parts

LOOKED_FOR = timedelta(days=7)
SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(seconds=3), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done now about the candidate of a rehearsal."""

    opportunity_external_id: str
    is_ours_to_archive: bool


def run(rehearsal_id: int) -> None:
    rehearsal = work.claim(Rehearsal, rehearsal_id)
    if rehearsal is None:
        return
    with tenant_scope(rehearsal.tenant_id):
        plan = _plan(rehearsal)
        if plan is None:
            work.record(rehearsal, next_attempt_at=None)
            return
    try:
        found = grants.call(rehearsal.tenant_id, lambda client: _looked_after(client, plan))
    except RejectedError as error:  # it is gone from the ATS, or cannot be archived by us
        with tenant_scope(rehearsal.tenant_id):
            work.record(rehearsal, next_attempt_at=None, **work.failure(error))
    except IntegrationError as error:
        with tenant_scope(rehearsal.tenant_id):
            work.record(rehearsal, next_attempt_at=_again(rehearsal), **work.failure(error))
    else:
        with tenant_scope(rehearsal.tenant_id):
            _note(rehearsal, found)


def _plan(rehearsal: Rehearsal) -> Plan | None:
    """None where nothing is left to be done, or to be seen."""
    application, connection = rehearsal.application, Connection.objects.first()
    may = grants.capabilities(connection) if connection else frozenset()
    is_over = timezone.now() > rehearsal.started_at + LOOKED_FOR or work.is_worn_out(rehearsal)
    is_known = application.archived_at and application.is_attributed is not None
    if is_known or is_over or Capability.READ_OPPORTUNITIES not in may:
        return None
    is_ours = Capability.ARCHIVE in may and _is_done_with(rehearsal)
    return Plan(application.opportunity_external_id, is_ours)


def _is_done_with(rehearsal: Rehearsal) -> bool:
    """It went the whole way, or another one was started instead."""
    if Rehearsal.objects.filter(pk__gt=rehearsal.pk).exists():
        return True
    return rehearsal_parts.went_the_whole_way(rehearsal_parts.progress(rehearsal, gather(rehearsal.tenant)))


def _looked_after(client: ProviderClient, plan: Plan) -> OpportunityRecord | None:
    """The ATS's record, read before and after: what it shows is the proof."""
    if not plan.opportunity_external_id:  # its webhook has not come yet
        return None
    found = client.opportunity(plan.opportunity_external_id)
    if plan.is_ours_to_archive and not found.archive_reason_external_id:
        reason = _reason(client)
        if reason:
            client.archive(found.external_id, reason.external_id)
            found = client.opportunity(plan.opportunity_external_id)
    return found


def _reason(client: ProviderClient) -> ArchiveReasonRecord | None:
    """One that rejects nobody, if there is one."""
    reasons = [it for it in client.archive_reasons() if it.is_active and not it.is_hired]
    harmless = (it for it in reasons if suggest_for_archive_reason(it.name, is_hired=False) == "withdrawn")
    return next(harmless, next(iter(reasons), None))


def _note(rehearsal: Rehearsal, found: OpportunityRecord | None) -> None:
    """Where its source could not be read when its webhook came, it is read here."""
    application = rehearsal.application
    is_archived = found is not None and bool(found.archive_reason_external_id)
    if found and application.is_attributed is None:
        applications.note_source(application, found.sources)
    if found and is_archived:
        applications.note_archived(application, found.archived_at or timezone.now())
    pause = None if is_archived else _again(rehearsal)
    work.record(rehearsal, next_attempt_at=pause, **work.NO_ERROR)


def _again(rehearsal: Rehearsal) -> Any:
    """Soon while somebody watches, then ever more rarely."""
    waited = timezone.now() - rehearsal.started_at
    return work.after(min(max(waited / 20, SHORTEST_PAUSE), LONGEST_PAUSE))
