"""The demo's stories wait for a worker that is at it, and one that gets stuck takes none of the others with it."""

import time
from collections.abc import Iterator
from itertools import count
from types import SimpleNamespace

import pytest
from pytest_django.live_server_helper import LiveServer

from onboarding.demo import stories, way
from onboarding.demo.stories import Story
from onboarding.demo.way import TooSlowError
from onboarding.management.commands import seed_demo
from onboarding.models import LiveRequest
from sandbox.server import Server
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from tests.lever_world import lift_limits

from .lever import settle


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look at it is half of the patience later."""
    seconds: Iterator[int] = count(step=way.STANDS_STILL_SECONDS // 2)
    monkeypatch.setattr(
        way, "time", SimpleNamespace(monotonic=lambda: float(next(seconds)), sleep=lambda _: None)
    )


@pytest.mark.django_db
def test_what_goes_on_is_waited_for_however_long_it_takes(northwind: Tenant, clock: None) -> None:
    left = iter(range(20, -1, -1))
    way.until(northwind, lambda: next(left), "its forms")
    assert next(left, None) is None


@pytest.mark.django_db
def test_what_stands_still_is_given_up(northwind: Tenant, clock: None) -> None:
    with pytest.raises(TooSlowError, match="did nothing about its feed for 180 seconds"):
        way.until(northwind, lambda: 1, "its feed")


@pytest.mark.django_db(transaction=True)
def test_a_story_that_gets_stuck_is_named_and_ends_nothing(northwind: Tenant) -> None:
    def stuck(_: Tenant) -> None:
        raise TooSlowError("the worker did nothing about its feed for 180 seconds")

    warning = seed_demo._tell(Story(northwind.slug, northwind.name, "its feed is late", stuck))
    assert "Not told to its end: Northwind Logistics (its feed is late): the worker did nothing" in warning
    assert seed_demo._tell(Story(northwind.slug, northwind.name, "as it should be", lambda _: None)) == ""


@pytest.mark.django_db
def test_forms_are_mended_in_lever_before_they_are_read(
    northwind: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    for name in [name for name in vars(way) if name.islower() and callable(getattr(way, name))]:
        monkeypatch.setattr(way, name, lambda *_, name=name, **__: done.append(name))
    stories._waiting(northwind)
    assert done.index("clear_forms") < done.index("connect_feed")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("end", "status"), [("asking", "onboarding"), ("live", "live"), ("by-hand", "live")])
def test_a_company_is_taken_all_the_way(
    portal: LiveServer,
    sandbox: Server,
    northwind: Tenant,
    carol: User,
    monkeypatch: pytest.MonkeyPatch,
    end: str,
    status: str,
) -> None:
    def meanwhile(_: float) -> None:
        lift_limits(sandbox)
        settle(sandbox)

    monkeypatch.setattr(way, "time", SimpleNamespace(monotonic=time.monotonic, sleep=meanwhile))
    stories.ENDS[end](northwind)
    with tenant_scope(northwind.pk):
        assert LiveRequest.objects.get().answer == ("" if end == "asking" else "approved")
    northwind.refresh_from_db()
    assert northwind.status == status
