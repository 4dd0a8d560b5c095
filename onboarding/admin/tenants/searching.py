"""Whom a word means: a name, a site, somebody's e-mail address, or an id of Lever's."""

from collections.abc import Iterator

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.crypto import salted_hmac

from integrations.models import Application, Connection, Feed
from integrations.services import applications
from tenants import audit
from tenants.models import Invitation, Membership, Tenant, User

MOST = 1000
# A text goes to the database in a fifth of the time of an array. How many hashes a subquery gives is not known before
# it is run: else the planner would rather read the whole table than the index.
APPLIED = "SELECT tenant_id FROM {} WHERE email_hash = ANY ((SELECT string_to_array(%s, ' '))::text[])"
SALT = "onboarding.admin.searching"


def search(tenants: QuerySet[Tenant], words: str) -> QuerySet[Tenant]:
    """They are found once, and then counted, sorted and shown."""
    if not words:
        return tenants
    found = _by_email(words.lower()) if is_email(words) else _by_name(words)
    return tenants.filter(pk__in=set(found))


def is_email(words: str) -> bool:
    return "@" in words


def on_record(email: str, by: User) -> None:
    """That somebody was looked up, and for whoever knows the address, that it was this one."""
    told = salted_hmac(SALT, email.lower(), algorithm="sha256").hexdigest()
    audit.record("person.looked_up", "e-mail address", tenant_id=None, actor=by, email_hash=told)


def _by_name(words: str) -> Iterator[int]:
    """Neither a site nor an id of Lever's has a space."""
    named = Q()
    for field in ("name", "slug", "client_id", "ent_id"):
        named |= Q(**{f"{field}__icontains": words})
    yield from Tenant.objects.filter(named).values_list("pk", flat=True)[:MOST]
    if " " not in words:
        for model in (Connection, Feed):
            yield from model.objects.filter(site__icontains=words).values_list("tenant", flat=True)[:MOST]
        yield from _by_id(words)


def _by_id(words: str) -> Iterator[int]:
    """As Lever writes them: of an account, an opportunity or an application."""
    yield from Connection.objects.filter(account_external_id=words).values_list("tenant", flat=True)
    is_it = Q(external_id=words) | Q(opportunity_external_id=words)
    owned = Application.objects.filter(is_it, tenant=OuterRef("pk"))
    yield from Tenant.objects.filter(Exists(owned)).values_list("pk", flat=True)[:MOST]


def _by_email(email: str) -> Iterator[int]:
    """One of the customer's people, or an applicant, whose address is kept as each tenant's own hash alone."""
    yield from Membership.objects.filter(user__email=email).values_list("tenant", flat=True)
    yield from Invitation.objects.filter(email=email).values_list("tenant", flat=True)
    hashes = " ".join(applications.fingerprints(Tenant.objects.values_list("pk", flat=True), email))
    with connection.cursor() as cursor:
        cursor.execute(APPLIED.format(connection.ops.quote_name(Application._meta.db_table)), [hashes])
        yield from (pk for (pk,) in cursor.fetchall())
