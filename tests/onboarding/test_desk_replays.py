"""The room of a tenant's replays at the desk: first a look, then a press, then how far it is; who may, and of whom."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from tests import factories
from tests.lever_world import make_due, work_off
from tests.webhooks.lever import delivery
from webhooks.models import Replay, WebhookEndpoint, WebhookEvent

from .pages import text

pytestmark = pytest.mark.django_db
OPPORTUNITY = "3410c8b9-5c31-4bab-b7e9-9f710206d647"
LIVE = {"HX-Request": "true", "HX-Target": "live"}


def room(desk: Client, tenant: Tenant, headers: Any = None, **asked: Any) -> Any:
    address = reverse("admin:tenants_tenant_replays", args=[tenant.pk])
    return desk.get(f"{address}?{urlencode(asked, doseq=True)}", headers=headers)


def words(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text(answer)).split())


def press(desk: Client, tenant: Tenant, action: str, **data: Any) -> str:
    address = reverse("admin:tenants_tenant_act", args=[tenant.pk, action])
    return words(desk.post(address, data, follow=True))


def confirm(desk: Client, tenant: Tenant, looked: Any) -> str:
    """Press what the preview offers, with what its form says."""
    form = re.search(r'<form method="post" action="[^"]*/act/replay/".*?</form>', text(looked), re.DOTALL)
    assert form
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form[0]):
        fields.setdefault(name, []).append(value)
    return press(desk, tenant, "replay", **fields)


def moved(tenant: Tenant, **facts: Any) -> WebhookEvent:
    made: WebhookEvent = factories.WebhookEventFactory.create(
        tenant=tenant,
        endpoint=address_of(tenant),
        **{"status": "dead", "next_attempt_at": None, "opportunity_external_id": OPPORTUNITY, **facts},
    )
    return made


def address_of(tenant: Tenant) -> WebhookEndpoint:
    with tenant_scope(tenant.pk):
        return WebhookEndpoint.objects.get_or_create(tenant=tenant, event_kind="stage_changed")[0]


def running(tenant: Tenant) -> Replay:
    with tenant_scope(tenant.pk):
        return Replay.objects.get()


def test_first_a_look_then_a_press_then_its_end(desk: Client, northwind: Tenant, southgate: Tenant) -> None:
    for tenant in (northwind, southgate):
        factories.ApplicationFactory.create(tenant=tenant, opportunity_external_id=OPPORTUNITY)
        factories.StageMappingFactory.create(tenant=tenant, stage_external_id="talk", conversion="interview")
        for _ in range(2):
            moved(tenant, stage_external_id="talk")
    moved(northwind, kind="test", status="ignored")
    looked = room(desk, northwind, preview="1")
    said = words(looked)
    assert "stage changed given up 2 test nothing to do 1" in said
    assert "1 of them stay as they are" in said
    assert "tells Appcast something new 2" in said
    assert "New to Appcast: 2 interview." in said
    with tenant_scope(northwind.pk):
        assert not Replay.objects.exists()
        assert not WebhookEvent.objects.exclude(next_attempt_at=None).exists()
    late = moved(northwind, stage_external_id="talk")
    assert "Stored events: 2 to go." in confirm(desk, northwind, looked)
    assert "0 of 2" in words(room(desk, northwind, LIVE))
    for _ in range(2):
        work_off(Replay)
        make_due(Replay)
    assert "done 2 of 2 2 processed" in words(room(desk, northwind, LIVE))
    with tenant_scope(northwind.pk):
        assert WebhookEvent.objects.get(status="dead") == late
    with tenant_scope(southgate.pk):
        assert WebhookEvent.objects.filter(status="dead").count() == 2
    assert "tells Appcast something new 1" in words(room(desk, northwind, preview="1"))


def test_what_was_chosen_is_what_is_replayed(desk: Client, northwind: Tenant) -> None:
    moved(northwind)
    since = timezone.now() - timedelta(hours=1)
    looked = room(
        desk,
        northwind,
        preview="1",
        kinds=["stage_changed", "hired"],
        statuses=["dead", "quarantined"],
        since=since.isoformat(),
        until="2100-01-01T00:00",
    )
    confirm(desk, northwind, looked)
    replay = running(northwind)
    assert (replay.kinds, replay.statuses) == (["stage_changed", "hired"], ["dead", "quarantined"])
    assert replay.since == since
    assert replay.until < timezone.now()
    assert "Stored events (stage changed, hired; given up, kept aside)" in words(room(desk, northwind))


@pytest.mark.parametrize("asked", [{"kinds": "everything"}, {"statuses": "odd"}, {"since": "yesterday"}])
def test_what_cannot_be_chosen_is_said_so(desk: Client, northwind: Tenant, asked: dict[str, str]) -> None:
    page = room(desk, northwind, preview="1", **asked)
    assert page.status_code == 200
    assert page.context["preview"] is None
    assert "errorlist" in text(page)


def test_with_nothing_to_replay_there_is_nothing_to_press(desk: Client, northwind: Tenant) -> None:
    page = room(desk, northwind, preview="1")
    assert "There is nothing to replay." in words(page)
    assert "/act/replay/" not in text(page)


def test_of_very_many_it_says_how_many_were_looked_at(
    desk: Client, northwind: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webhooks.foresight.MOST_LOOKED_AT", 2)
    for _ in range(3):
        moved(northwind)
    said = words(room(desk, northwind, preview="1"))
    assert "Of the oldest 2; the others were not looked at." in said
    assert "Replay 3 events" in said


def test_rejected_requests_are_looked_at_and_taken(desk: Client, northwind: Tenant) -> None:
    secret = factories.SigningSecretFactory.create(tenant=northwind)
    for body in (delivery(), delivery(), delivery(secret="a" * 48)):
        factories.RejectedRequestFactory.create(tenant=northwind, endpoint=secret.endpoint, body=body)
    looked = room(desk, northwind, recheck="1")
    assert "Rejected requests: 3 kept" in words(looked)
    assert "2 of 3 would now verify; without repetitions that is 2 events." in words(looked)
    assert "Rejected requests: 3 to go." in press(desk, northwind, "check_rejected")
    work_off(Replay)
    assert "2 proved, 1 still rejected" in words(room(desk, northwind))
    again = room(desk, northwind, recheck="1")
    assert "0 of 1 would now verify." in words(again)
    assert "/act/check_rejected/" not in text(again)


def test_how_far_it_is_stands_on_the_tenants_page_and_is_live(desk: Client, northwind: Tenant) -> None:
    change = reverse("admin:tenants_tenant_change", args=[northwind.pk])
    assert "None yet." in words(desk.get(change))
    assert "hx-get" not in text(desk.get(change))
    replay = factories.ReplayFactory.create(tenant=northwind, status="running", total=9, done=4)
    page = text(desk.get(change))
    assert "4 of 9" in page
    assert f'hx-get="{reverse("admin:tenants_tenant_replays", args=[northwind.pk])}"' in page
    part = room(desk, northwind, LIVE)
    assert text(part).strip().startswith('<section id="live"')
    seen = LIVE | {"If-None-Match": part.headers["ETag"]}
    assert room(desk, northwind, seen).status_code == 304
    with tenant_scope(northwind.pk):
        Replay.objects.filter(pk=replay.pk).update(status="done")
    over = room(desk, northwind, seen)
    assert over.status_code == 200
    assert "hx-get" not in text(over)


def test_a_replay_is_cancelled_where_it_is_shown(desk: Client, northwind: Tenant, southgate: Tenant) -> None:
    theirs = factories.ReplayFactory.create(tenant=southgate, status="running")
    assert "That is not there any more." in press(desk, northwind, "cancel_replay", row=str(theirs.pk))
    own = factories.ReplayFactory.create(tenant=northwind, status="running", total=9, done=4)
    assert f'name="row" value="{own.pk}"' in text(room(desk, northwind))
    assert "Cancelled after 4 of 9" in press(desk, northwind, "cancel_replay", row=str(own.pk))
    assert "It is not running any more." in press(desk, northwind, "cancel_replay", row=str(own.pk))
    assert running(southgate).status == "running"


def test_a_paused_tenants_replay_says_that_it_waits(desk: Client, northwind: Tenant) -> None:
    factories.ReplayFactory.create(tenant=northwind, status="running")
    Tenant.objects.filter(pk=northwind.pk).update(status="paused")
    assert "It waits while the company is paused." in words(room(desk, northwind))


def test_who_may_only_look_has_nothing_to_press(auditor: Client, northwind: Tenant) -> None:
    factories.RejectedRequestFactory.create(tenant=northwind, endpoint=address_of(northwind))
    event = moved(northwind)
    replay = factories.ReplayFactory.create(tenant=northwind, status="running", done=4, total=9)
    for page in (
        room(auditor, northwind),
        room(auditor, northwind, LIVE),
        room(auditor, northwind, preview="1"),
    ):
        assert "4 of 9" in words(page)
        assert "/act/" not in text(page)
        assert "Preview" not in words(page)
    for action in ("replay", "check_rejected", "cancel_replay"):
        said = press(auditor, northwind, action, row=str(replay.pk))
        assert "You may look at tenants, but not act on them." in said
    chosen = {"action": "replay", "_selected_action": [str(event.pk)]}
    auditor.post(reverse("admin:webhooks_webhookevent_changelist"), chosen)
    assert running(northwind).status == "running"
    with tenant_scope(northwind.pk):
        assert not WebhookEvent.objects.exclude(next_attempt_at=None).exists()


def test_who_may_not_even_look_sees_nothing(auditor: Client, carol: User, northwind: Tenant) -> None:
    User.objects.filter(pk=carol.pk).update(role="")
    assert room(auditor, northwind).status_code == 403
