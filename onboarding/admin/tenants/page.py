"""The page of one tenant: is it healthy, what is missing, what happened last, and what can be pressed."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from tenants.models import Tenant, User
from tenants.rights import Right

from ... import problems
from ...desk.sheet import sheet_of
from ...models import Health
from .. import actions, replays
from ..actions import people, standing
from ..actions import problems as of_problems
from ..handles import handled


def shown(request: HttpRequest, tenant: Tenant) -> dict[str, Any]:
    assert isinstance(request.user, User)
    sheet = sheet_of(tenant, health_of(tenant))
    allowed = {it.name: request.user.has_perm(it) for it in Right}
    applicable = actions.applicable(sheet, request.user)
    return {
        "tenant": tenant,
        "sheet": sheet,
        "may": allowed,
        "may_act": allowed["ACT"],
        "title": tenant.name,
        "subtitle": None,
        "plain_actions": applicable,
        "problems": [handled(it, dict(applicable), sheet.feed) for it, _ in sheet.problems],
        "room": reverse("admin:tenants_tenant_replays", args=[tenant.pk]),
        **replays.progress([replays.Progress(it) for it in sheet.replays]),
        **_forms(tenant),
    }


def health_of(tenant: Tenant) -> Health:
    """Whoever was never looked at is looked at now; nobody looks at who has left."""
    health: Health | None = getattr(tenant, "health", None)
    if tenant.has_ended:
        return health or Health(tenant=tenant)
    if health is None or health.looked_at is None:
        problems.diagnose(tenant)
        health = Health.objects.get(tenant=tenant)
    return health


def _forms(tenant: Tenant) -> dict[str, Any]:
    return {
        "note_form": people.NoteForm(initial={"note": tenant.note}),
        "invite_form": people.InviteForm(),
        "owner_form": people.OwnerForm(initial={"owner": tenant.owner_id}),
        "override_form": standing.OverrideForm(),
        "ask_back_form": standing.AskBackForm(),
        "snooze_form": of_problems.SnoozeForm(auto_id=False),
    }
