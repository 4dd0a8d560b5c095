"""The desk's lists and rows: what is Django's own in them, and what is not."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from tenants import audit
from tenants.models import AuditEvent, Membership, Tenant, User
from tenants.scoping import tenant_scope
from tests.people import browser_of

pytestmark = pytest.mark.django_db
CELL = re.compile(r'<t[dh] (data-label="[^"]*"|data-empty) class="([\w-]+)')


@pytest.fixture
def desk(carol: User) -> Client:
    return browser_of(carol)


def test_each_cell_says_what_it_is_and_what_is_empty_says_nothing(
    desk: Client, northwind: Tenant, alice: User
) -> None:
    page = desk.get(reverse("admin:tenants_membership_changelist")).content.decode()
    assert CELL.findall(page) == [
        ('data-label=""', "action-checkbox"),
        ('data-label="User"', "field-user"),
        ('data-label="Tenant"', "field-tenant"),
        ('data-label="Role"', "field-role"),
        ("data-empty", "field-steps"),
        ('data-label="Joined at"', "field-joined_at"),
        ("data-empty", "field-seen_at"),
    ]


def test_a_row_leads_to_what_was_done_to_it(desk: Client, northwind: Tenant, alice: User, bob: User) -> None:
    """Django's own history knows what is typed at the desk alone, which for most rows is nothing."""
    with tenant_scope(northwind.pk):
        ours, other = (Membership.objects.get(user=it) for it in (alice, bob))
        for membership in (ours, other):
            audit.record("member.removed", membership, tenant_id=northwind.pk, actor="a test")
    page = desk.get(reverse("admin:tenants_membership_change", args=[ours.pk])).content.decode()
    (trail,) = re.findall(r'<a href="([^"]+)">Audit trail</a>', page)
    listed = desk.get(unescape(trail)).context["cl"].result_list
    assert [it.subject for it in listed] == [f"tenants.membership {ours.pk}"]


def test_the_audit_trail_has_none_of_its_own(desk: Client, northwind: Tenant) -> None:
    with tenant_scope(northwind.pk):
        audit.record("member.removed", northwind, tenant_id=northwind.pk, actor="a test")
        event = AuditEvent.objects.get(action="member.removed")
    page = desk.get(reverse("admin:tenants_auditevent_change", args=[event.pk])).content.decode()
    assert "Audit trail</a>" not in page
