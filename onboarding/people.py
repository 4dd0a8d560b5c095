"""The people of a tenant as its pages tell of them."""

from dataclasses import dataclass

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from integrations.models import Connection
from tenants import members
from tenants.models import Invitation, Membership

from .steps import BY_KEY


@dataclass(frozen=True, slots=True)
class Place:
    """A member, or somebody invited, and in words what they do here."""

    of: Membership | Invitation
    does: str


def people() -> list[Place]:
    """In the tenant's scope."""
    return [Place(it, does(it)) for it in members.of_tenant()]


def waiting() -> list[Place]:
    """In the tenant's scope."""
    return [Place(it, does(it)) for it in members.waiting()]


def does(place: Membership | Invitation) -> str:
    if place.role == Membership.Role.OWNER:
        return _("Runs the set-up")
    if not place.steps:
        return _("Does every step")
    titles = [BY_KEY[key].title for key in place.steps if key in BY_KEY]
    return _("Helps with: %(steps)s") % {"steps": ", ".join(map(str, titles))}


def host(membership: Membership) -> str:
    """Whom a member turns to: who asked them, or others who run the set-up by now. In the tenant's scope."""
    asked = members.request_to(membership)
    owners = [it.user for it in members.of_tenant() if it.is_owner and it != membership]
    if asked and asked.invited_by in owners:
        return str(asked.invited_by)
    return get_text_list([str(it) for it in owners], _("or")) or _("Appcast Customer Success")


@dataclass(frozen=True, slots=True)
class Authorizer:
    """Who authorised the connection; `has_left` once they are no member any more."""

    connection: Connection
    has_left: bool


def authorizer() -> Authorizer | None:
    """In the tenant's scope."""
    connection = Connection.objects.select_related("authorized_by").first()
    if connection is None or connection.status == Connection.Status.DISCONNECTED:
        return None
    is_member = Membership.objects.filter(user=connection.authorized_by_id).exists()
    return Authorizer(connection, has_left=not is_member)
