"""Finding in the ATS what no webhook told of our applications; told as if by a webhook, and never twice.

A webhook is given time to come, a pass looks back a little further than the last one reached, and the parts of a long
list are read one by one at a pace that leaves most of the ATS's calls to others. Tests are passed over: what they prove
is the webhooks. Where candidates may not be read, it is seen instead that the access works.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from time import sleep
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from integrations.errors import ConfigurationError, RejectedError
from integrations.models import Application, Conversion, Delivery
from integrations.services import grants, readings, work
from integrations.types import EventKind, OpportunityPage, OpportunityRecord, StageMove
from tenants.scoping import tenant_scope

from . import findings, parking
from .findings import Finding
from .handlers import HANDLERS
from .models import CatchUp, WebhookEvent

# As far as Lever's own history of deliveries reaches.
FIRST_LOOKS_BACK = timedelta(days=14)
OVERLAP = timedelta(hours=1)
WEBHOOKS_MAY_TAKE = timedelta(minutes=10)
# Lever takes ten calls a second of an account.
PAUSE_SECONDS = 0.5
NOT_ACTED_ON = (WebhookEvent.Status.IGNORED, WebhookEvent.Status.QUARANTINED, WebhookEvent.Status.DEAD)


def catch_up(catch_up_id: int) -> None:
    readings.read_again(CatchUp, catch_up_id, _pass, instead=_prove_access)


def _pass(row: CatchUp) -> None:
    """Goes on where the last try ended."""
    since, until = _reach(row)
    while True:
        page = _page(row, since)
        for application_id, record in _ours(row.tenant_id, page.opportunities):
            _tell(row.tenant_id, application_id, record, since, until)
        if not page.cursor:
            break
        _note(row, cursor=page.cursor)
        sleep(PAUSE_SECONDS)
    _tell_deletions(row.tenant_id, since, until)
    _note(row, covered_until=until, since=None, until=None, cursor="")


def _prove_access(row: CatchUp) -> None:
    """Nothing else asks the ATS so often: access that was revoked would be found a day later."""
    with suppress(ConfigurationError):  # what is not allowed shows where it is needed
        grants.call(row.tenant_id, lambda client: client.account())


def _reach(row: CatchUp) -> tuple[datetime, datetime]:
    """The same for all tries of a pass: a cursor is good for the question alone that it came with."""
    if row.since and row.until:
        return row.since, row.until
    now = timezone.now()
    since = row.covered_until - OVERLAP if row.covered_until else now - FIRST_LOOKS_BACK
    until = now - WEBHOOKS_MAY_TAKE
    _note(row, since=since, until=until, cursor="")
    return since, until


def _page(row: CatchUp, since: datetime) -> OpportunityPage:
    try:
        return grants.call(row.tenant_id, lambda client: client.updated_opportunities(since, row.cursor))
    except RejectedError:
        # Lever may have forgotten the place: the next try begins the list anew.
        _note(row, cursor="")
        raise


def _note(row: CatchUp, **progress: object) -> None:
    with tenant_scope(row.tenant_id):
        work.note(row, **progress)


def _ours(tenant_id: int, records: Sequence[OpportunityRecord]) -> Iterator[tuple[UUID, OpportunityRecord]]:
    named = {it: record for record in records for it in record.application_external_ids}
    known = {record.external_id: record for record in records}
    with tenant_scope(tenant_id):
        ours = list(
            Application.objects.filter(is_test=False)
            .filter(Q(external_id__in=named) | Q(external_id="", opportunity_external_id__in=known))
            .values_list("pk", "external_id", "opportunity_external_id")
        )
    for pk, external_id, opportunity_id in ours:
        yield pk, named.get(external_id) or known[opportunity_id]


def _tell(
    tenant_id: int, application_id: UUID, record: OpportunityRecord, since: datetime, until: datetime
) -> None:
    """Under the lock that the processing of webhooks takes too: each sees what the other has done."""
    with tenant_scope(tenant_id):
        application = Application.objects.select_for_update().get(pk=application_id)
        was_known = bool(application.opportunity_external_id)
        for finding in _findings(application, record, until):
            if finding.kind == EventKind.APPLICATION_CREATED or since < finding.triggered_at <= until:
                HANDLERS[finding.kind](finding, application, record)
    if not was_known:
        parking.wake_candidacy(tenant_id, record.external_id)


def _tell_deletions(tenant_id: int, since: datetime, until: datetime) -> None:
    """What is deleted is in no list of candidacies any more, but in one of its own."""
    deleted = grants.call(tenant_id, lambda client: client.deleted_opportunities(since, until))
    gone = {it.external_id: it for it in deleted}
    with tenant_scope(tenant_id):
        kept = Application.objects.filter(is_test=False, erased_at=None)
        ours = list(
            kept.filter(opportunity_external_id__in=gone).values_list("pk", "opportunity_external_id")
        )
    for pk, candidacy in ours:
        with tenant_scope(tenant_id):
            application = Application.objects.select_for_update().get(pk=pk)
            HANDLERS[EventKind.DELETED](findings.of_deletion(gone[candidacy]), application, None)


def _findings(application: Application, record: OpportunityRecord, until: datetime) -> list[Finding]:
    """An arrival counts however long ago it was, but for one whose webhook may be on its way."""
    is_fresh = Delivery.objects.filter(application=application, delivered_at__gt=until).exists()
    return [
        *(() if is_fresh else findings.of_arrival(application, record)),
        *findings.of_moves(record, _untold(application, record)),
        *findings.of_archive(record),
    ]


def _untold(application: Application, record: OpportunityRecord) -> list[StageMove]:
    """Neither by a webhook, waiting ones included, nor by an earlier pass with what came late for it."""
    caught = Conversion.objects.filter(application=application, is_caught_up=True)
    keys = {key for pair in caught.values_list("key", "late_key") for key in pair}
    told = defaultdict[str, list[datetime]](list)
    events = WebhookEvent.objects.filter(
        opportunity_external_id=record.external_id, kind=EventKind.STAGE_CHANGED
    ).exclude(status__in=NOT_ACTED_ON)
    for key, stage, at in events.values_list("key", "stage_external_id", "triggered_at"):
        if f"stage:{key}" not in keys:
            told[stage].append(at)
    new = [move for move in record.moves if f"stage:{findings.move_key(move)}" not in keys]
    return findings.untold(new, told)
