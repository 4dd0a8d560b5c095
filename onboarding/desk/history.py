"""Everything that happened at one tenant, the newest first: each line leads to its stored row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.urls import reverse

from integrations.models import Conversion, Delivery, FeedSync
from tenants.models import AuditEvent, Tenant, User
from tenants.phrases import PhraseField
from webhooks.models import WebhookEvent

from ..models import Problem, ProblemChange
from ..problems.kinds import kind_of

SHOWN = 30
TABLES = {
    "audit": AuditEvent,
    "problem": Problem,
    "change": ProblemChange,
    "sync": FeedSync,
    "event": WebhookEvent,
    "delivery": Delivery,
    "conversion": Conversion,
    "person": User,
}
# Of each kind the latest, by an index, and of these the latest of all.
LINES = """
    (SELECT id::text, 'audit' AS source, at, action AS what, '' AS status, actor_label AS who
     FROM {audit} WHERE tenant_id = %(tenant)s ORDER BY id DESC LIMIT %(shown)s)
    UNION ALL
    (SELECT problem.id::text, 'problem', change.at, problem.code, change.status, coalesce(person.email, '')
     FROM {change} change JOIN {problem} problem ON problem.id = change.problem_id
     LEFT JOIN {person} person ON person.id = change.by_id
     WHERE change.tenant_id = %(tenant)s ORDER BY change.id DESC LIMIT %(shown)s)
    UNION ALL
    (SELECT id::text, 'sync', created_at, status, error_message, trigger
     FROM {sync} WHERE tenant_id = %(tenant)s ORDER BY id DESC LIMIT %(shown)s)
    UNION ALL
    (SELECT id::text, 'event', received_at, name, status, ''
     FROM {event} WHERE tenant_id = %(tenant)s ORDER BY received_at DESC LIMIT %(shown)s)
    UNION ALL
    (SELECT id::text, 'delivery', coalesce(delivered_at, sent_at, created_at), status, error_message, ''
     FROM {delivery} WHERE tenant_id = %(tenant)s ORDER BY id DESC LIMIT %(shown)s)
    UNION ALL
    (SELECT id::text, 'conversion', coalesce(sent_at, received_at), coalesce(nullif(name, ''), 'unmapped'), status, ''
     FROM {conversion} WHERE tenant_id = %(tenant)s ORDER BY id DESC LIMIT %(shown)s)
    ORDER BY 3 DESC LIMIT %(shown)s
"""
# The page of each one's row, and what it is called.
PAGES = {
    "audit": ("tenants_auditevent", ""),
    "problem": ("onboarding_problem", "Problem"),
    "sync": ("integrations_feedsync", "Feed sync"),
    "event": ("webhooks_webhookevent", "Webhook"),
    "delivery": ("integrations_delivery", "Delivery"),
    "conversion": ("integrations_conversion", "Conversion"),
}


@dataclass(frozen=True, slots=True)
class Line:
    row: str
    source: str
    at: datetime
    what: str
    status: str
    who: str

    @property
    def page(self) -> str:
        return reverse(f"admin:{PAGES[self.source][0]}_change", args=[self.row])

    @property
    def title(self) -> str:
        named = PAGES[self.source][1]
        said = str(kind_of(self.what).title) if self.source == "problem" else self.what.replace("_", " ")
        return f"{named}: {said}" if named else said

    @property
    def says(self) -> str:
        told = PhraseField().from_db_value(self.status).english
        return ", ".join(filter(None, [told.rstrip("."), self.who]))


def history(tenant: Tenant) -> Sequence[Line]:
    """Across tenants or in its scope: one statement, whatever the tenant has."""
    quote = connection.ops.quote_name
    statement = LINES.format(**{name: quote(model._meta.db_table) for name, model in TABLES.items()})
    with connection.cursor() as cursor:
        cursor.execute(statement, {"tenant": tenant.pk, "shown": SHOWN})
        return [Line(*row) for row in cursor.fetchall()]
