"""Conversions on their way to Appcast: signed, oldest first, 25 at a time, until they arrive or are given up."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings
from time_machine import TimeMachineFixture

from integrations.models import Conversion
from integrations.retry import CONVERSION_GAPS
from integrations.services import conversion_sending, turns
from sandbox.server import Server
from sandbox.world.faults import Fault
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import tenant_scope
from tests.factories import ApplicationFactory, ConnectionFactory, ConversionFactory
from tests.lever_world import make_due, work_off

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def appcast(sandbox: Server, northwind: Tenant) -> Server:
    ConnectionFactory.create(tenant=northwind)
    return sandbox


def ready(tenant: Tenant, count: int = 1, **values: Any) -> list[Conversion]:
    """The first is the newest."""
    application = values.pop("application", None) or ApplicationFactory.create(tenant=tenant)
    return [
        ConversionFactory.create(
            tenant=tenant,
            application=application,
            sequence=number + 1,
            **{"occurred_at": NOW - timedelta(minutes=number), **values},
        )
        for number in range(count)
    ]


def again(conversion: Conversion) -> Conversion:
    with tenant_scope(conversion.tenant_id):
        return Conversion.objects.get(pk=conversion.pk)


def came(server: Server) -> list[dict[str, Any]]:
    return [it.event for it in server.world.appcast.conversions]


def requests(server: Server) -> int:
    return sum(it.path == "/appcast/conversions" for it in server.world.log)


def order(server: Server, kind: str, **how: Any) -> None:
    server.world.faults.order(Fault(kind, "appcast", **how))


def test_a_conversion_arrives_with_all_that_the_contract_names(appcast: Server, northwind: Tenant) -> None:
    application = ApplicationFactory.create(
        tenant=northwind, click_id="ccuid-1", opportunity_external_id="opportunity", is_test=True
    )
    (conversion,) = ready(northwind, application=application, raw_status="Phone", raw_stage_id="s-1")
    conversion_sending.send_due(conversion.tenant_id)
    (event,) = came(appcast)
    assert event["event_id"] == str(conversion.event_id)
    assert (event["event"], event["raw_status"], event["raw_stage_id"]) == ("interview", "Phone", "s-1")
    assert (event["click_id"], event["test"], event["sequence"]) == ("ccuid-1", True, 1)
    assert event["tenant"] == {"client_id": northwind.client_id, "ent_id": northwind.ent_id}
    assert event["application_id"] == str(application.sender_id)
    assert event["ats"]["name"] == "lever"
    assert "opportunity" not in event["ats"]["opportunity_hash"]
    sent = again(conversion)
    assert (sent.status, sent.next_attempt_at, sent.error_code) == ("sent", None, "")
    assert sent.sent_at


def test_at_most_25_go_in_a_request_oldest_first(appcast: Server, northwind: Tenant) -> None:
    ready(northwind, 27)
    conversion_sending.send_due(northwind.pk)
    assert (len(came(appcast)), requests(appcast)) == (27, 2)
    sequences = [it["sequence"] for it in came(appcast)]
    assert (sequences[:25], sequences[25:]) == (list(range(25, 0, -1)), [27, 26])


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Of these events the receiver understands none, and takes no batch that holds one."""
    events: set[str] = set()

    def problems_of(body: Any) -> list[str]:
        return [it["event_id"] for it in body["events"] if it["event_id"] in events]

    monkeypatch.setattr("sandbox.appcast.conversions.problems_of", problems_of)
    return events


def test_one_that_is_refused_for_good_holds_up_none_of_its_batch(
    appcast: Server, northwind: Tenant, refused: set[str]
) -> None:
    batch = ready(northwind, 25)
    refused.update(str(it.event_id) for it in batch[7:9])
    conversion_sending.send_due(northwind.pk)
    assert len(came(appcast)) == 23
    assert [again(it).status for it in batch[6:10]] == ["sent", "dead", "dead", "sent"]
    assert (again(batch[7]).error_code, again(batch[7]).error_detail[-3:]) == ("appcast.rejected", "422")


def test_while_the_receiver_is_in_trouble_nobody_asks_it_and_all_wait_in_order(
    appcast: Server, northwind: Tenant, southgate: Tenant
) -> None:
    ConnectionFactory.create(tenant=southgate)
    order(appcast, "503")
    tried, waiting = ready(northwind, 30), ready(southgate)
    conversion_sending.send_due(northwind.pk)
    conversion_sending.send_due(southgate.pk)
    assert requests(appcast) == 1
    assert sorted(again(it).attempts for it in tried) == [0] * 5 + [1] * 25
    assert again(waiting[0]).attempts == 0


def test_after_an_outage_the_oldest_go_first(
    appcast: Server, northwind: Tenant, time_machine: TimeMachineFixture
) -> None:
    order(appcast, "500", times_left=conversion_sending.OUTAGE)
    application = ApplicationFactory.create(tenant=northwind)
    for conversion in ready(northwind, conversion_sending.OUTAGE, application=application):
        keep_only_due(conversion)
        conversion_sending.send_due(northwind.pk)
        time_machine.move_to(timezone.now() + turns.LONGEST_REST)
    new = ConversionFactory.create(
        tenant=northwind, application=application, sequence=99, next_attempt_at=NOW
    )
    conversion_sending.send_due(northwind.pk)
    assert [it["sequence"] for it in came(appcast)] == [99, 5, 4, 3, 2, 1]
    assert not turns.rests_for(conversion_sending._receiver(northwind))
    assert again(new).status == "sent"


def keep_only_due(conversion: Conversion) -> None:
    with tenant_scope(conversion.tenant_id):
        waiting = Conversion.objects.filter(next_attempt_at__isnull=False)
        waiting.update(next_attempt_at=NOW + timedelta(hours=12))
        waiting.filter(pk=conversion.pk).update(next_attempt_at=NOW)


def test_a_worker_that_crashed_shortens_no_wait(appcast: Server, northwind: Tenant) -> None:
    order(appcast, "500")
    (conversion,) = ready(northwind, attempts=4, unfinished=2)
    conversion_sending.send_due(northwind.pk)
    assert again(conversion).attempts == 4


def test_each_tenants_conversions_travel_alone(appcast: Server, northwind: Tenant, southgate: Tenant) -> None:
    ours, theirs = ready(northwind)[0], ready(southgate)[0]
    conversion_sending.send_due(ours.tenant_id)
    assert [it["event_id"] for it in came(appcast)] == [str(ours.event_id)]
    assert again(theirs).status == "ready"


def test_what_is_held_or_sent_does_not_go_along(appcast: Server, northwind: Tenant) -> None:
    application = ApplicationFactory.create(tenant=northwind)
    held = {"status": "held", "name": "", "next_attempt_at": None, "sequence": 2}
    ConversionFactory.create(tenant=northwind, application=application, **held)
    (conversion,) = ready(northwind, application=application, key="x")
    conversion_sending.send_due(conversion.tenant_id)
    conversion_sending.send_due(conversion.tenant_id)
    assert len(came(appcast)) == 1


def test_a_tenant_may_have_an_address_of_its_own(
    appcast: Server, northwind: Tenant, settings: Settings
) -> None:
    Tenant.objects.update(conversions_url=settings.APPCAST_CONVERSIONS_URL)
    settings.APPCAST_CONVERSIONS_URL = "http://127.0.0.1:1/nowhere"
    (conversion,) = ready(northwind)
    conversion_sending.send_due(conversion.tenant_id)
    assert again(conversion).status == "sent"


def test_a_wrong_secret_is_refused_and_tried_again(
    appcast: Server, northwind: Tenant, settings: Settings
) -> None:
    settings.APPCAST_CONVERSIONS_SECRET = "another"
    (conversion,) = ready(northwind)
    conversion_sending.send_due(conversion.tenant_id)
    kept = again(conversion)
    assert (kept.status, kept.error_code) == ("ready", "appcast.refused")
    assert kept.error_detail.endswith("401")
    assert came(appcast) == []


@pytest.mark.parametrize(("asked", "waits"), [(7200, 7200), (1, 60)])
def test_the_receivers_retry_after_is_honoured_and_never_shortens_our_own_wait(
    appcast: Server, northwind: Tenant, asked: int, waits: int
) -> None:
    order(appcast, "503", retry_after=asked)
    (conversion,) = ready(northwind)
    conversion_sending.send_due(conversion.tenant_id)
    kept = again(conversion)
    assert kept.error_code == "appcast.busy"
    assert kept.next_attempt_at
    assert abs((kept.next_attempt_at - timezone.now()).total_seconds() - waits) < 5


def test_an_answer_that_was_lost_is_sent_again_under_the_same_id(appcast: Server, northwind: Tenant) -> None:
    order(appcast, "lose_answer", times_left=1)
    (conversion,) = ready(northwind)
    for _ in range(2):
        make_due(Conversion)
        conversion_sending.send_due(conversion.tenant_id)
    assert again(conversion).status == "sent"
    kept = appcast.world.appcast.conversions
    assert [it.is_repeat for it in kept] == [False, True]


def test_the_gaps_grow_and_after_three_days_it_is_given_up(appcast: Server, northwind: Tenant) -> None:
    assert sum(CONVERSION_GAPS, timedelta()) >= timedelta(hours=72)
    order(appcast, "500")
    (conversion,) = ready(northwind)
    waits = []
    for _ in CONVERSION_GAPS:
        make_due(Conversion)
        conversion_sending.send_due(conversion.tenant_id)
        kept = again(conversion)
        assert kept.next_attempt_at
        waits.append(kept.next_attempt_at - timezone.now())
    assert waits == sorted(waits, key=lambda wait: round(wait.total_seconds()))
    make_due(Conversion)
    conversion_sending.send_due(conversion.tenant_id)
    kept = again(conversion)
    assert (kept.status, kept.next_attempt_at, kept.error_code) == ("dead", None, "appcast.refused")


def test_what_was_given_up_is_sent_again_by_hand(appcast: Server, northwind: Tenant, carol: User) -> None:
    (dead,) = ready(northwind, status="dead", next_attempt_at=None, attempts=13)
    assert conversion_sending.send_again(dead, carol)
    with tenant_scope(northwind.pk):
        assert AuditEvent.objects.get(action="conversion.sent_again").actor == carol
    assert (again(dead).status, again(dead).attempts) == ("ready", 0)
    work_off(Conversion)
    assert again(dead).status == "sent"


@pytest.mark.parametrize(("status", "name"), [("held", ""), ("sent", "hire")])
def test_what_has_no_name_or_has_arrived_cannot_be_sent_by_hand(
    appcast: Server, northwind: Tenant, carol: User, status: str, name: str
) -> None:
    (row,) = ready(northwind, status=status, name=name, next_attempt_at=None)
    assert not conversion_sending.send_again(row, carol)
    assert (again(row).status, again(row).next_attempt_at) == (status, None)
    with tenant_scope(northwind.pk):
        assert not AuditEvent.objects.filter(action="conversion.sent_again").exists()


def test_a_tenant_without_a_connection_reports_all_the_same(sandbox: Server, northwind: Tenant) -> None:
    (conversion,) = ready(northwind)
    conversion_sending.send_due(conversion.tenant_id)
    assert again(conversion).status == "sent"


def test_a_row_that_is_gone_is_nothing_to_send(appcast: Server) -> None:
    conversion_sending.send_due(987_654)
    assert requests(appcast) == 0
