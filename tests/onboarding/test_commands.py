"""`doctor`, `rehearse` and `seed_demo`, as an engineer runs them."""

import io
import json
import time
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

from onboarding.management.commands import rehearse
from onboarding.steps import BY_KEY
from onboarding.steps.rehearsal_part import NAME
from sandbox.server import Server
from sandbox.world import recruiting
from sandbox.world.account import Account
from tenants.models import Tenant
from tests import factories

from .lever import settle
from .rows import make_ready
from .test_rehearsals import TITLES


def run(*args: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(*args, stdout=out, **options)
    return out.getvalue()


@pytest.mark.django_db
def test_the_doctor_tells_every_tenant_in_words(northwind: Tenant, southgate: Tenant) -> None:
    factories.FormCheckFactory.create(tenant=northwind, status="unsupported")
    told = run("doctor")
    assert "northwind (onboarding)" in told
    assert "! forms.unsupported since 20" in told
    assert told.split("southgate (onboarding)")[1].rstrip().endswith("no open problem")
    assert all(f"  {key}" in told for key in BY_KEY)


@pytest.mark.django_db
def test_the_doctor_tells_one_tenant_in_json(northwind: Tenant, southgate: Tenant) -> None:
    make_ready(northwind)
    factories.DeliveryFactory.create(tenant=northwind, status="held")
    (report,) = json.loads(run("doctor", "--tenant", "northwind", "--json"))
    assert (report["tenant"], report["status"]) == ("northwind", "onboarding")
    assert report["steps"].keys() == BY_KEY.keys()
    assert report["steps"]["feed"]["state"] == "done"
    assert report["counts"] == {
        "postings": 2,
        "applications": 2,
        "delivered": 1,
        "events_processed": 2,
        "conversions_sent": 2,
    }
    (problem,) = report["problems"]
    assert (problem["code"], problem["who"], problem["detail"]) == ("delivery.held", "staff", "1 application")
    assert problem["remedy"]


@pytest.mark.django_db
@pytest.mark.parametrize("command", [("doctor", "--tenant", "nobody"), ("rehearse", "nobody")])
def test_an_unknown_tenant_is_named(northwind: Tenant, command: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match="no tenant is called 'nobody'"):
        run(*command)


@pytest.mark.django_db
def test_who_is_off_boarded_is_looked_at_by_name_alone(northwind: Tenant) -> None:
    Tenant.objects.update(status=Tenant.Status.OFFBOARDED)
    assert run("doctor").strip() == ""
    assert "northwind (offboarded)" in run("doctor", "--tenant", "northwind")


@pytest.mark.django_db
def test_a_rehearsal_without_a_job_says_what_is_needed(northwind: Tenant) -> None:
    with pytest.raises(CommandError, match="one published job whose form"):
        run("rehearse", "northwind")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("as_json", [True, False])
def test_a_rehearsal_is_told_part_by_part(
    sandbox: Server, account: Account, northwind: Tenant, monkeypatch: pytest.MonkeyPatch, as_json: bool
) -> None:
    def meanwhile(_: float) -> None:
        settle(sandbox)
        candidates = [it for it in account.opportunities.values() if it.application.name == NAME]
        recruiting.move(sandbox.world, account, candidates[0].id, "Phone screen")
        settle(sandbox)

    monkeypatch.setattr(rehearse, "time", SimpleNamespace(monotonic=time.monotonic, sleep=meanwhile))
    told = run("rehearse", "northwind", json=as_json)
    if as_json:
        *needed, archived = json.loads(told)
        assert [(it["part"], it["state"]) for it in needed] == [(it, "proved") for it in TITLES[:-1]]
        assert archived["part"] == TITLES[-1]
    else:
        assert [line.partition(":")[0] for line in told.splitlines()][: len(TITLES) - 1] == TITLES[:-1]


@pytest.mark.django_db(transaction=True)
def test_what_was_not_proved_in_time_is_named_and_fails(account: Account, northwind: Tenant) -> None:
    with pytest.raises(CommandError, match="Not proved within the time: Delivered into Lever,"):
        run("rehearse", "northwind", "--seconds", "0")


@pytest.mark.django_db
def test_the_demo_refuses_production(settings: Settings) -> None:
    settings.IS_PRODUCTION = True
    with pytest.raises(CommandError, match="ENVIRONMENT is production"):
        run("seed_demo")
    assert not Tenant.objects.exists()
