"""Whom a word means: a name, a site, somebody's e-mail address, or an id of Lever's."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from integrations.models import Application, Connection, Feed
from integrations.services import applications
from tenants.models import Invitation, Membership, Tenant


def search(tenants: QuerySet[Tenant], words: str) -> QuerySet[Tenant]:
    if not words:
        return tenants
    found = _by_email(words) if "@" in words else _by_name(words) | _by_id(words)
    return tenants.filter(found)


def _by_name(words: str) -> Q:
    named = Q()
    for field in ("name", "slug", "client_id", "ent_id"):
        named |= Q(**{f"{field}__icontains": words})
    sites = Q(site__icontains=words)
    return named | _owns(Connection, sites) | _owns(Feed, sites)


def _by_id(words: str) -> Q:
    """As Lever writes them: of an account, an opportunity or an application."""
    is_application = Q(external_id=words) | Q(opportunity_external_id=words)
    return _owns(Connection, Q(account_external_id=words)) | _owns(Application, is_application)


def _by_email(words: str) -> Q:
    """One of the customer's people, or an applicant, whose address is kept as each tenant's own hash alone."""
    email = words.lower()
    hashes = [applications.fingerprint(pk, email) for pk in Tenant.objects.values_list("pk", flat=True)]
    applied = Application.objects.filter(email_hash__in=hashes).values("tenant")
    people = _owns(Membership, Q(user__email=email)) | _owns(Invitation, Q(email=email))
    return people | Q(pk__in=applied)


def _owns(model: type[Connection | Feed | Application | Membership | Invitation], which: Q) -> Q:
    return Q(Exists(model.objects.filter(which, tenant=OuterRef("pk"))))
