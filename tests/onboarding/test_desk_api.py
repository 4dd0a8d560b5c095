"""The desk's figures as JSON: for whoever has a key, read-only, the same as the desk and the doctor tell."""

import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from onboarding import problems
from onboarding.desk_api import keys, reports
from onboarding.health import counting, pulses
from onboarding.models import DeskKey, Pulse
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import across_tenants
from tests import factories
from tests.tenants.belongings import canary, furnish

from .pages import text
from .queries import counted
from .rows import make_ready

pytestmark = pytest.mark.django_db
MOST_QUERIES = 15
ADDRESSES = ("fleet", "tenants", "tenants/northwind")


@pytest.fixture
def key(db: None) -> str:
    return keys.issue("The wall in the office", by="a test")


def ask(address: str, key: str = "", **asked: str) -> Any:
    headers = {keys.HEADER: key} if key else {}
    return Client().get(f"/api/v1/desk/{address}", asked, headers=headers)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("sent", ["", "x" * 43])
def test_without_a_live_key_there_is_nothing(northwind: Tenant, address: str, sent: str) -> None:
    answer = ask(address, sent)
    assert (answer.status_code, answer.json()["error"]) == (401, "key_invalid")


def test_a_withdrawn_key_reads_nothing(northwind: Tenant, key: str, carol: User) -> None:
    with across_tenants("a test withdraws"):
        keys.withdraw(DeskKey.objects.get(), carol)
        assert AuditEvent.objects.filter(action="desk_key.withdrawn", actor=carol).count() == 1
    assert ask("fleet", key).status_code == 401


def test_its_hash_alone_is_kept(key: str) -> None:
    assert key not in str(list(DeskKey.objects.values()))


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_it_changes_nothing(northwind: Tenant, key: str, address: str, method: str) -> None:
    answer = getattr(Client(), method)(f"/api/v1/desk/{address}", headers={keys.HEADER: key})
    assert answer.status_code == 405


def test_a_tenant_that_is_not_there_is_told_so(key: str) -> None:
    answer = ask("tenants/nobody", key)
    assert (answer.status_code, answer.json()["error"]) == (404, "tenant_unknown")


def test_a_tenant_is_told_as_the_doctor_tells_it(northwind: Tenant, key: str) -> None:
    make_ready(northwind)
    factories.DeliveryFactory.create(tenant=northwind, status="held")
    out = io.StringIO()
    call_command("doctor", tenant="northwind", json=True, stdout=out)
    (doctor,) = json.loads(out.getvalue())
    told = ask("tenants/northwind", key).json()
    assert told == doctor
    assert [it["code"] for it in told["problems"]] == ["delivery.held"]
    assert told["problems"][0]["weight"] == "high"
    assert set(told["steps"]) == {
        *("authorize", "feed", "webhooks", "stages"),
        *("policies", "forms", "rehearsal", "go-live"),
    }


def test_the_fleet_is_told_as_the_desk_tells_it(
    northwind: Tenant, southgate: Tenant, key: str, carol: User
) -> None:
    for tenant in factories.TenantFactory.create_batch(6):
        factories.ProblemFactory.create(tenant=tenant, code="feed.unanswered")
    problems.diagnose(northwind)
    counting.recount()
    long_ago = timezone.now() - 2 * pulses.STILL_AFTER
    Pulse.objects.create(queue="upkeep", first_at=long_ago, at=timezone.now())
    Pulse.objects.create(queue="events", first_at=long_ago, at=long_ago)
    told = ask("fleet", key).json()
    assert told["tenants"]["onboarding"] == 8
    assert [(it["code"], it["tenants"]) for it in told["incidents"]] == [("feed.unanswered", 6)]
    assert {it["who"]: it["tenants"] for it in told["waits"]}["customer"] == 1
    still = {it["queue"]: it["since"] is not None for it in told["still"]}
    assert (still["events"], still["deliveries"], "upkeep" in still) == (True, False, False)
    assert {it["who"] for it in told["still"]} == {"engineer"}
    assert told["silent_since"] is None


def test_tenants_come_page_by_page(northwind: Tenant, southgate: Tenant, key: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(reports, "AT_ONCE", 1)
    counting.recount()
    first = ask("tenants", key).json()
    second = ask("tenants", key, after=first["next"]).json()
    assert [it["tenant"] for it in (*first["tenants"], *second["tenants"])] == ["northwind", "southgate"]
    assert (first["next"], second["next"]) == ("northwind", "")


@pytest.mark.parametrize("address", ["fleet", "tenants"])
def test_its_statements_are_few_whatever_the_number_of_tenants(key: str, address: str) -> None:
    numbers = []
    for more in (2, 20):
        factories.TenantFactory.create_batch(more)
        counting.recount()
        with counted() as statements:
            assert ask(address, key).status_code == 200
        numbers.append(len(statements))
    assert abs(numbers[0] - numbers[1]) <= 1  # the first use of a key is noted
    assert max(numbers) <= MOST_QUERIES


def test_one_tenants_figures_say_nothing_of_another(northwind: Tenant, southgate: Tenant, key: str) -> None:
    furnish(northwind)
    furnish(southgate)
    for tenant in (northwind, southgate):
        problems.diagnose(tenant)
    assert canary(southgate) not in text(ask("tenants/northwind", key))


def test_a_key_is_withdrawn_at_the_desk_and_its_use_is_seen(desk: Client, key: str) -> None:
    ask("fleet", key)
    made = DeskKey.objects.get()
    assert made.last_used_at
    assert timezone.now() >= made.last_used_at
    chosen = {"action": "withdraw", "_selected_action": [made.pk]}
    desk.post(reverse("admin:onboarding_deskkey_changelist"), chosen)
    assert ask("fleet", key).status_code == 401


def test_a_key_is_issued_by_a_command(db: None) -> None:
    out = io.StringIO()
    call_command("desk_key", "The wall", stdout=out)
    assert ask("fleet", out.getvalue().strip()).status_code == 200
