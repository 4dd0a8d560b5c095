"""Sending again in bulk, at the desk: what is meant and how long it takes, a press, and how far it is."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.models import Delivery
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import across_tenants, tenant_scope
from tests import factories
from tests.people import browser_of
from webhooks.models import Replay

from . import on_the_way
from .pages import LIVE, text, words

pytestmark = pytest.mark.django_db


def room(desk: Client, headers: Any = None, **asked: Any) -> Any:
    address = reverse("admin:integrations_delivery_retries")
    return desk.get(f"{address}?{urlencode(asked, doseq=True)}", headers=headers)


def press(desk: Client, **data: Any) -> str:
    return words(desk.post(reverse("admin:integrations_delivery_retry"), data, follow=True))


def confirm(desk: Client, looked: Any) -> str:
    """Press what the preview offers, with what its form says."""
    form = re.search(r'<form method="post" action="[^"]*/retries/start/".*?</form>', text(looked), re.DOTALL)
    assert form
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form[0]):
        fields.setdefault(name, []).append(value)
    return press(desk, **fields)


def started() -> list[Replay]:
    with across_tenants("a test looks"):
        return list(Replay.objects.select_related("tenant").order_by("tenant__name"))


def test_the_preview_counts_by_reason_and_changes_nothing(
    desk: Client, northwind: Tenant, southgate: Tenant
) -> None:
    for _ in range(3):
        on_the_way.misfit(northwind)
    on_the_way.refused(southgate)
    on_the_way.in_doubt(southgate)
    on_the_way.reported(northwind)
    gone = on_the_way.refused(northwind)
    with tenant_scope(northwind.pk):
        type(gone.application).objects.filter(pk=gone.application_id).update(erased_at=timezone.now())
    said = words(room(desk, preview="1"))
    assert re.search(r"does not fit the job's form any more delivery.required_missing .* 3 3 It may", said)
    assert re.search(r"It may have arrived in Lever delivery.unconfirmed .* 1 0 Lever refused", said)
    assert re.search(r"Lever refused it lever.refused .* 2 1 1 of them may", said)
    assert "1 of them may have arrived : each is decided by itself" in said
    assert "1 of them was erased" in said
    assert "2 companies. At 2 a second for each it takes at least 2 seconds." in said
    assert "Send 4 again" in said
    assert started() == []


def test_how_long_it_takes_is_the_longest_companys(desk: Client, northwind: Tenant) -> None:
    made = on_the_way.misfit(northwind)
    rows = [
        Delivery(
            tenant=northwind,
            application=factories.ApplicationFactory.create(
                tenant=northwind, posting=made.application.posting, document=b""
            ),
            status="held",
            error_code="lever.refused",
        )
        for _ in range(40)
    ]
    with tenant_scope(northwind.pk):
        Delivery.objects.bulk_create(rows)
    assert "it takes at least 21 seconds" in words(room(desk, preview="1"))


def test_what_was_looked_at_is_started_for_each_company(
    desk: Client, northwind: Tenant, southgate: Tenant, carol: User
) -> None:
    for tenant in (northwind, southgate):
        on_the_way.refused(tenant)
        on_the_way.misfit(tenant)
    looked = room(desk, preview="1", reasons=["lever.refused"])
    on_the_way.refused(northwind)
    said = confirm(desk, looked)
    assert "2 to go, of 2 companies." in said
    assert [(it.tenant, it.source, it.kinds, it.total, it.by_id) for it in started()] == [
        (tenant, "deliveries", ["lever.refused"], 1, carol.pk) for tenant in (northwind, southgate)
    ], "what came after the look is not part of it"
    with across_tenants("a test looks"):
        assert AuditEvent.objects.filter(action="delivery.replay_started", actor=carol).count() == 2
    said = confirm(desk, looked)
    assert "Northwind Logistics: A replay is running." in said
    assert len(started()) == 2


def test_of_one_company_nothing_of_another_is_meant(
    desk: Client, northwind: Tenant, southgate: Tenant
) -> None:
    on_the_way.refused(northwind)
    on_the_way.refused(southgate)
    looked = room(desk, preview="1", tenant=northwind.pk)
    assert "Send 1 again" in words(looked)
    confirm(desk, looked)
    assert [it.tenant for it in started()] == [northwind]


def test_times_and_reasons_choose(desk: Client, northwind: Tenant) -> None:
    old, _ = on_the_way.refused(northwind), on_the_way.misfit(northwind)
    with tenant_scope(northwind.pk):
        Delivery.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=3))
    day_ago = (timezone.now() - timedelta(days=1)).isoformat()
    assert "Send 1 again" in words(room(desk, preview="1", since=day_ago))
    assert "Send 1 again" in words(room(desk, preview="1", until=day_ago))
    said = words(room(desk, preview="1", until=day_ago, reasons=["delivery.required_missing"]))
    assert "There is nothing to send again." in said


def test_an_off_boarded_company_is_left_out(desk: Client, northwind: Tenant) -> None:
    on_the_way.refused(northwind)
    Tenant.objects.filter(pk=northwind.pk).update(status="offboarded")
    assert "There is nothing to send again." in words(room(desk, preview="1"))
    assert "There is nothing to send again." in press(desk)
    assert started() == []


@pytest.mark.parametrize("asked", [{"tenant": "0"}, {"since": "yesterday"}])
def test_what_cannot_be_chosen_is_said_so(desk: Client, northwind: Tenant, asked: dict[str, str]) -> None:
    on_the_way.refused(northwind)
    page = room(desk, preview="1", **asked)
    assert "errorlist" in text(page)
    assert page.context["preview"] is None
    assert "Expected a choice as the preview names it." in press(desk, **asked)
    assert started() == []


def test_how_far_they_are_is_shown_live_and_can_be_cancelled(
    desk: Client, northwind: Tenant, southgate: Tenant
) -> None:
    running = factories.ReplayFactory.create(
        tenant=northwind,
        source="deliveries",
        status="running",
        kinds=["delivery.required_missing"],
        total=9,
        done=4,
        outcomes={"held": 1, "delivered": 3},
    )
    factories.ReplayFactory.create(tenant=southgate, source="events", status="running", total=7, done=5)
    page = room(desk)
    assert "Northwind Logistics Deliveries that rest (delivery.required_missing)" in words(page)
    assert "4 of 9 1 needs a person, 3 delivered" in words(page)
    assert "5 of 7" not in words(page)
    part = room(desk, LIVE)
    assert text(part).strip().startswith('<section id="live"')
    assert room(desk, LIVE | {"If-None-Match": part.headers["ETag"]}).status_code == 304
    cancel = reverse("admin:tenants_tenant_act", args=[northwind.pk, "cancel_replay"])
    assert f'action="{cancel}"' in text(part)
    assert "Cancelled after 4 of 9" in words(desk.post(cancel, {"row": running.pk}, follow=True))
    assert "hx-get" not in text(room(desk, LIVE))


def test_the_list_of_deliveries_and_a_tenants_page_lead_there(desk: Client, northwind: Tenant) -> None:
    there = reverse("admin:integrations_delivery_retries")
    assert f'href="{there}"' in text(desk.get(reverse("admin:integrations_delivery_changelist")))
    page = text(desk.get(reverse("admin:tenants_tenant_change", args=[northwind.pk])))
    assert f'href="{there}?preview=1&tenant={northwind.pk}"' in page


def test_who_may_only_look_has_nothing_to_press(auditor: Client, carol: User, northwind: Tenant) -> None:
    on_the_way.refused(northwind)
    factories.ReplayFactory.create(tenant=northwind, source="deliveries", status="running", total=9, done=4)
    page = room(auditor, preview="1")
    assert "4 of 9" in words(page)
    assert not re.search(r"/act/|/start/|Preview", text(page))
    assert auditor.post(reverse("admin:integrations_delivery_retry")).status_code == 403
    User.objects.filter(pk=carol.pk).update(role="")
    assert room(browser_of(carol)).status_code == 403
