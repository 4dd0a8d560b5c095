"""Many tenants with applications that wait to be delivered: made by the portal's own services, let go by SQL."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from urllib3 import PoolManager, Timeout

from .control_room import Sandbox
from .postgres import DATABASE, SUPERUSER
from .processes import StackError
from .stack import Stack

LIKE = "orchard"
# Those of a grant that may not look for what it sent.
SCOPES = "offline_access postings:read:admin postings:write:admin uploads:write:admin"
SECONDS = 1800
# Names a file of what is to be made, and writes what a delivery sends beside it.
MAKE = """
import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from uuid import uuid4
from integrations.appcast import applications as contract
from integrations.models import Connection, Delivery, Posting
from integrations.providers import get_provider
from integrations.services import applications, grants
from integrations.types import Grant
from tenants.models import Tenant
from tenants.scoping import tenant_scope

file, now, form = Path({file!r}), datetime.now(timezone.utc), None


def application():
    body = dict(
        application_id=str(uuid4()), submitted_at=now.isoformat(), answers=answers,
        job=dict(job_reference=posting.external_id),
        applicant=dict(full_name="Pat Doe", email=f"{{uuid4()}}@mail.example"),
    )
    return contract.parse(json.dumps(body).encode())


for asked in json.loads(file.read_text()):
    tenant, is_new = Tenant.objects.get_or_create(slug=asked["key"], defaults=dict(name=asked["key"]))
    with tenant_scope(tenant.pk):
        if is_new:
            scopes = asked["scope"].split()
            connection = Connection.objects.create(
                tenant=tenant, account_external_id=asked["account_id"], scopes=scopes, authorized_at=now
            )
            grant = Grant(asked["access_token"], asked["refresh_token"], timedelta(days=1), frozenset(scopes), "")
            grants.store(connection, grant)
            Posting.objects.create(
                tenant=tenant, external_id=asked["posting"], title=asked["title"], first_seen_at=now, changed_at=now
            )
        posting = Posting.objects.get()
    if form is None:
        form = grants.call(tenant.pk, lambda client: client.form(posting.external_id))
        required = [it for it in form.asked if it.is_required and it.options]
        answers = [dict(question_id=it.external_id, value=it.options[0]) for it in required]
    with tenant_scope(tenant.pk):
        for _ in range(asked["applications"]):
            submitted = application()
            applications.store(tenant.pk, submitted, posting, str(submitted.application_id))
        Delivery.objects.filter(status="ready").update(next_attempt_at=now + timedelta(days=7))
body = get_provider("lever").application_body(form, application().candidacy, {{}})
file.with_suffix(".body").write_text(json.dumps(body))
"""
LET_GO = (
    "UPDATE integrations_delivery SET next_attempt_at = now()"
    " WHERE status = 'ready' AND next_attempt_at > now() + interval '1 day' AND tenant_id IN"
    " (SELECT id FROM tenants_tenant WHERE slug = ANY(%s)) RETURNING id"
)
LEFT = "SELECT count(*) FROM integrations_delivery WHERE id = ANY(%s) AND delivered_at IS NULL"
RATE = (
    "SELECT (count(*) - 1) / extract(epoch FROM max(delivered_at) - min(delivered_at))"
    " FROM integrations_delivery WHERE id = ANY(%s)"
)
P95 = (
    "SELECT percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM sent_at - %s::timestamptz))"
    " FROM integrations_delivery WHERE id = ANY(%s)"
)


@dataclass(frozen=True, slots=True)
class Wave:
    """The deliveries that were let go together, and when."""

    ids: Sequence[int]
    began: Any


class Crowd:
    """Members of the sandbox's crowd, as tenants of the portal once they have applied."""

    def __init__(
        self, stack: Stack, folder: Path, count: int, named: str = "crowd", scopes: str = SCOPES
    ) -> None:
        self._stack, self._folder = stack, folder
        self._sandbox = Sandbox(stack.ports.sandbox_url, LIKE)
        self.members = self._sandbox.ask(
            "crowd", {"of": LIKE, "count": count, "scopes": scopes, "named": named}
        )
        place = stack.variables["DATABASE_URL"].partition("host=")[2]
        self._database = psycopg.connect(host=place, user=SUPERUSER, dbname=DATABASE, autocommit=True)
        self._body = b""

    def apply(self, members: Sequence[dict[str, Any]], each: int) -> None:
        """They wait until they are let go."""
        if not members:
            return
        file = self._folder / "crowd.json"
        file.write_text(json.dumps([{**it, "applications": each} for it in members]))
        self._stack.manage("shell", "-c", MAKE.format(file=str(file)), seconds=SECONDS)
        self._body = (self._folder / "crowd.body").read_bytes()

    def let_go(self, members: Sequence[dict[str, Any]]) -> Wave:
        """Of these members all that wait."""
        [(began,)] = self._database.execute("SELECT clock_timestamp()")
        ids = self._database.execute(LET_GO, [[it["key"] for it in members]]).fetchall()
        return Wave([pk for (pk,) in ids], began)

    def are_delivered(self, wave: Wave) -> bool:
        return self._number(LEFT, wave.ids) == 0

    def rate(self, wave: Wave) -> float:
        """Deliveries a second, from the first to the last."""
        return self._number(RATE, wave.ids)

    def p95(self, wave: Wave) -> float:
        """Seconds until they left."""
        return self._number(P95, wave.began, wave.ids)

    def bare(self, members: Sequence[dict[str, Any]], count: int) -> None:
        """The same calls as a delivery makes, and nothing else, one after the other."""
        origin = self._stack.ports.sandbox_url
        for number in range(count):
            member = members[number % len(members)]
            path = f"{origin}/v1/postings/{member['posting']}/apply"
            headers = {"Authorization": f"Bearer {member['access_token']}"}
            self._call("GET", f"{path}?distribution=external", headers)
            self._call("POST", path, headers | {"Content-Type": "application/json"}, self._body)

    def refusals(self) -> int:
        """How often somebody was told to slow down."""
        return sum(
            it["status"] == 429 for it in self._sandbox.ask("log?path_prefix=/v1/postings")["requests"]
        )

    def _call(self, method: str, url: str, headers: dict[str, str], body: bytes | None = None) -> None:
        with PoolManager(timeout=Timeout(30)) as pool:
            answer = pool.request(method, url, headers=headers, body=body, retries=False)
        if answer.status >= 300:
            raise StackError(f"{method} {url} was answered by {answer.status}: {answer.data[:200]!r}")

    def _number(self, question: str, *values: object) -> float:
        [(number,)] = self._database.execute(question, values)
        return float(number)
