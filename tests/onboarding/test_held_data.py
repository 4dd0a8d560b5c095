"""What is held on a person is told whole, and nothing with it that opens something."""

import io
import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.utils import timezone

from integrations.services import applications
from integrations.services.applications import fingerprint
from onboarding.held_data import held_on
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import across_tenants, tenant_scope
from tests.factories import (
    ApplicationFactory,
    ApplicationFileFactory,
    ConversionFactory,
    DeliveryFactory,
    InvitationFactory,
    WebhookEndpointFactory,
    WebhookEventFactory,
)
from tests.people import browser_of
from tests.tenants.belongings import furnish

pytestmark = pytest.mark.django_db
ADA = "ada@mail.example"


def applied(tenant: Tenant) -> Any:
    row = ApplicationFactory.create(tenant=tenant, email_hash=fingerprint(tenant.pk, ADA))
    ApplicationFileFactory.create(tenant=tenant, application=row, file_name="ada.pdf")
    return row


def test_an_applicant_is_told_what_they_submitted_at_every_tenant(
    northwind: Tenant, southgate: Tenant
) -> None:
    for tenant in (northwind, southgate):
        applied(tenant)
    held = held_on(" Ada@mail.example", "test")
    assert [it["tenant_id"] for it in held["applications"]] == [northwind.pk, southgate.pk]
    first = held["applications"][0]
    assert first["submitted"]["candidacy"]["email"] == ADA
    assert [it["file_name"] for it in first["files"]] == ["ada.pdf"]
    assert held_on("bob@mail.example", "test")["applications"] == []


def test_after_an_erasure_it_is_told_that_there_was_one_and_nothing_more(northwind: Tenant) -> None:
    applications.erase(applied(northwind), reason="retention")
    (left,) = held_on(ADA, "test")["applications"]
    assert (left["submitted"], left["files"]) == (None, [])
    assert left["erased_at"]


def test_a_member_is_told_all_that_refers_to_them(northwind: Tenant, southgate: Tenant, alice: User) -> None:
    browser_of(alice)
    InvitationFactory.create(tenant=southgate, email=alice.email)
    Authenticator.objects.create(user=alice, type="totp", data={"secret": "sealed"})
    furnish(southgate)
    held = held_on(alice.email, "test")
    assert held["account"]["email"] == alice.email
    assert {"tenants.Membership", "tenants.Invitation", "tenants.Session", "mfa.Authenticator"} <= held[
        "rows"
    ].keys()
    assert [it["tenant_id"] for it in held["rows"]["tenants.Membership"]] == [northwind.pk]
    text = json.dumps(held, default=str)
    assert not any(it in text for it in ("sealed", "token_hash", "session_key", "password", "canary-of"))


def test_of_what_a_person_had_a_hand_in_nobody_elses_data_are_told(northwind: Tenant, alice: User) -> None:
    browser_of(alice)
    Tenant.objects.filter(pk=northwind.pk).update(owner=alice, note="hard to reach")
    invitation = InvitationFactory.create(tenant=northwind, email="zoe@mail.example", invited_by=alice)
    held = held_on(alice.email, "test")
    told = held["had_a_hand_in"]
    (invited,) = told["tenants.Invitation"]
    assert (invited["id"], invited["tenant_id"], invited["as"]) == (
        str(invitation.pk),
        northwind.pk,
        "invited_by",
    )
    assert invited["created_at"]
    assert [it["tenant_id"] for it in told["tenants.Tenant"]] == [northwind.pk]
    text = json.dumps(held, default=str)
    assert not any(it in text for it in ("zoe@mail.example", "hard to reach", northwind.name))
    assert len(held["account"]["signed_in"]) == 1


def test_what_hangs_on_an_application_is_told_with_it(northwind: Tenant) -> None:
    row = applied(northwind)
    row.opportunity_external_id = "candidacy-of-ada"
    with tenant_scope(northwind.pk):
        row.save()
    delivery = DeliveryFactory.create(tenant=northwind, application=row)
    with tenant_scope(northwind.pk):
        delivery.tries.create(
            tenant=northwind, number=1, started_at=timezone.now(), finished_at=timezone.now()
        )
    ConversionFactory.create(tenant=northwind, application=row)
    endpoint = WebhookEndpointFactory.create(tenant=northwind)
    for candidacy in ("candidacy-of-ada", "of-another"):
        told = {"opportunity_external_id": candidacy, "body": b'{"of": "Ada"}'}
        WebhookEventFactory.create(tenant=northwind, endpoint=endpoint, **told)
    (told,) = held_on(ADA, "test")["applications"]
    assert told["rows"].keys() == {"integrations.Delivery", "integrations.Conversion"}
    assert "integrations.DeliveryAttempt" in told["rows"]["integrations.Delivery"][0]["rows"]
    assert [(it["opportunity_external_id"], it["body"]) for it in told["webhooks"]] == [
        ("candidacy-of-ada", '{"of": "Ada"}')
    ]


def test_who_asked_stands_in_the_trail_of_each_tenant_concerned(northwind: Tenant, southgate: Tenant) -> None:
    applied(northwind)
    out = io.StringIO()
    call_command("held_data", ADA, stdout=out)
    assert json.loads(out.getvalue())["email"] == ADA
    with across_tenants("a test looks"):
        events = AuditEvent.objects.filter(action="person.told")
        assert [(it.tenant_id, it.actor_label) for it in events] == [(northwind.pk, "command line")]
        assert not any(ADA in f"{it.subject}{it.detail}" for it in events)
