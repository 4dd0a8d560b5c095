"""Reading a customer's account after consent, part by part; what the grant does not allow is said, not guessed."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.utils import timezone

from tenants.phrases import Phrase
from tenants.scoping import tenant_scope

from ..errors import (
    ConfigurationError,
    IntegrationError,
    RateLimitedError,
    RejectedError,
    TransientError,
)
from ..models import Connection, Discovery
from ..providers import ProviderClient
from ..types import Capability
from . import archive_reasons, bell, grants, stages, work

MOST_ATTEMPTS = 5
REFUSALS = (ConfigurationError, RejectedError)
Finding = dict[str, Any]


def start(connection: Connection) -> Discovery:
    """A new reading, or the one that is under way."""
    with tenant_scope(connection.tenant_id):
        discovery, is_new = Discovery.objects.get_or_create(
            connection=connection,
            finished_at=None,
            defaults={"tenant_id": connection.tenant_id, "next_attempt_at": timezone.now()},
        )
        if is_new:
            bell.ring(discovery)
    return discovery


def note_refusal(tenant_id: int, part: str, why: Phrase) -> None:
    """What could be read but is refused once it is used; reading the account again asks again."""
    with tenant_scope(tenant_id):
        latest = Discovery.objects.select_for_update().first()
        if latest:
            latest.findings = {**latest.findings, part: _without("refused", why)}
            latest.save(update_fields=["findings"])


def look_at_site(tenant_id: int) -> None:
    """A job site can get another name. Where we may not look, or the account tells of none, what is known stays."""
    with suppress(IntegrationError):
        account = grants.call(tenant_id, lambda client: client.account())
        if account.site:
            with tenant_scope(tenant_id):
                Connection.objects.update(site=account.site, region=account.region)


def run(discovery_id: int) -> None:
    discovery = work.claim(Discovery, discovery_id)
    if discovery is None:
        return
    if work.is_worn_out(discovery):
        _end(discovery, Discovery.Status.FAILED, **work.WORN_OUT)
        return
    with tenant_scope(discovery.tenant_id):
        connection = Connection.objects.get(pk=discovery.connection_id)
    findings = dict(discovery.findings)
    for part, read in PARTS.items():
        if findings.get(part, {}).get("state") not in {"found", "refused"}:
            findings[part] = _finding(connection, part, read)
            with tenant_scope(discovery.tenant_id):
                work.note(discovery, findings=findings)
    _finish(discovery, findings)


def _finding(
    connection: Connection, part: str, read: Callable[[Connection, ProviderClient], Finding]
) -> Finding:
    needed = NEEDS.get(part)
    if needed and needed not in grants.capabilities(connection):
        return _without("refused", Phrase("The permission for this was not given."))
    try:
        found = grants.call(connection.tenant_id, lambda client: read(connection, client))
    except REFUSALS as error:
        return _without("refused", error.message)
    except (TransientError, RateLimitedError) as error:
        return _without("waiting", error.message)
    except IntegrationError as error:
        return _without("failed", error.message)
    return {"state": "found", **found}


def _without(state: str, why: Phrase) -> Finding:
    return {"state": state, "message": why.stored}


def _finish(discovery: Discovery, findings: dict[str, Finding]) -> None:
    """What is waited for too often has failed."""
    waiting = [finding for finding in findings.values() if finding["state"] == "waiting"]
    if waiting and discovery.attempts < MOST_ATTEMPTS:
        with tenant_scope(discovery.tenant_id):
            work.record(discovery, next_attempt_at=work.after(timedelta(seconds=15 * discovery.attempts)))
        return
    for finding in waiting:
        finding["state"] = "failed"
    has_failed = any(finding["state"] == "failed" for finding in findings.values())
    _end(discovery, Discovery.Status.FAILED if has_failed else Discovery.Status.DONE, findings=findings)


def _end(discovery: Discovery, status: Discovery.Status, **outcome: Any) -> None:
    with tenant_scope(discovery.tenant_id):
        work.record(discovery, status=status, next_attempt_at=None, finished_at=timezone.now(), **outcome)


def _account(connection: Connection, client: ProviderClient) -> Finding:
    account = client.account()
    with tenant_scope(connection.tenant_id):
        Connection.objects.filter(pk=connection.pk).update(site=account.site, region=account.region)
    return {"site": account.site, "region": account.region}


def _postings(connection: Connection, client: ProviderClient) -> Finding:
    return {"count": client.posting_count()}


def _stages(connection: Connection, client: ProviderClient) -> Finding:
    found = client.stages()
    stages.keep_discovered(connection.tenant_id, found)
    return {"count": len(found)}


def _archive_reasons(connection: Connection, client: ProviderClient) -> Finding:
    found = client.archive_reasons()
    archive_reasons.keep(connection.tenant_id, found)
    return {"count": len(found)}


def _sources(connection: Connection, client: ProviderClient) -> Finding:
    """Applications are attributed by this label alone, so it counts letter by letter."""
    found, label = client.sources(), connection.tenant.source_label
    return {"count": len(found), "label": label, "is_known": label in found}


def _webhooks(connection: Connection, client: ProviderClient) -> Finding:
    return {"count": len(client.webhooks())}


PARTS: dict[str, Callable[[Connection, ProviderClient], Finding]] = {
    "account": _account,
    "postings": _postings,
    "stages": _stages,
    "archive_reasons": _archive_reasons,
    "sources": _sources,
    "webhooks": _webhooks,
}
NEEDS = {
    "account": Capability.READ_FORMS,
    "postings": Capability.READ_FORMS,
    "stages": Capability.READ_STAGES,
    "archive_reasons": Capability.READ_ARCHIVE_REASONS,
    "sources": Capability.READ_SOURCES,
    "webhooks": Capability.MANAGE_WEBHOOKS,
}
