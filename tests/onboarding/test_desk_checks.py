"""Many tenants are checked at once: how far it is can be seen, and what is left can be called off."""

from collections.abc import Callable

import pytest
from django.test import Client

from onboarding import problems
from onboarding.health import counting
from onboarding.models import Health
from onboarding.problems import asked, rounds
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import across_tenants
from tests import factories

from .pages import LIVE, staff_as, words

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/admin/tenants/tenant/"
CHECKS = f"{LIST}checks/"


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    heard: list[int] = []
    monkeypatch.setattr("integrations.services.bell.send", lambda task, pk, **_: heard.append(pk))
    monkeypatch.setattr(rounds, "OTHERS_AT_ONCE", 0)
    return heard


@pytest.fixture
def three() -> list[Tenant]:
    """Looked at, and nothing happened since."""
    tenants: list[Tenant] = factories.TenantFactory.create_batch(3)
    for _ in range(2):
        counting.recount()
        for tenant in tenants:
            problems.diagnose(tenant)
    return tenants


@pytest.fixture
def check(desk: Client, rung: list[int]) -> Callable[[list[Tenant]], None]:
    def ask(tenants: list[Tenant]) -> None:
        desk.post(LIST, {"action": "check_again", "_selected_action": [it.pk for it in tenants]})
        rung.clear()

    return ask


def left() -> list[tuple[int, int]]:
    with across_tenants("a test looks"):
        return [(it.done, it.total) for it in asked.latest()]


def call_off(browser: Client) -> int:
    with across_tenants("a test looks"):
        (line,) = asked.latest()
    return browser.post(CHECKS, {"at": line.at.isoformat()}).status_code


def test_they_are_rung_for_at_once(desk: Client, three: list[Tenant], rung: list[int]) -> None:
    desk.post(LIST, {"action": "check_again", "_selected_action": [it.pk for it in three]})
    assert rung == [it.pk for it in three]
    with across_tenants("a test looks"):
        assert AuditEvent.objects.filter(action="tenant.checked").count() == 3


def test_how_far_it_is(
    desk: Client, three: list[Tenant], check: Callable[[list[Tenant]], None], carol: User
) -> None:
    check(three)
    assert left() == [(0, 3)]
    problems.diagnose(three[0])
    assert left() == [(1, 3)]
    told = words(desk.get(CHECKS, headers=LIVE))
    assert f"1 of 3, asked for by {carol.email}" in told
    for tenant in three:
        problems.diagnose(tenant)
    assert b"every 2s" not in desk.get(CHECKS, headers=LIVE).content


def test_whoever_was_not_looked_at_is_rung_for_again(
    three: list[Tenant], check: Callable[[list[Tenant]], None], rung: list[int]
) -> None:
    check(three)
    problems.diagnose(three[1])
    problems.ring_for_diagnoses()
    assert set(rung) >= {three[0].pk, three[2].pk}


def test_what_is_left_is_called_off(
    desk: Client, three: list[Tenant], check: Callable[[list[Tenant]], None], rung: list[int]
) -> None:
    check(three)
    problems.diagnose(three[0])
    assert call_off(desk) == 302
    assert left() == [(1, 1)]
    with across_tenants("a test looks"):
        assert AuditEvent.objects.get(action="tenant.check_called_off").detail == {"count": 2}
        assert Health.objects.filter(asked_at=None).count() == 2
    rung.clear()
    problems.ring_for_diagnoses()
    assert rung == []


def test_who_may_only_look_calls_nothing_off(
    carol: User, three: list[Tenant], check: Callable[[list[Tenant]], None]
) -> None:
    check(three)
    auditor = staff_as(carol, User.Role.AUDITOR)
    assert "0 of 3" in words(auditor.get(LIST))
    assert "Call off" not in words(auditor.get(LIST))
    assert call_off(auditor) == 403
    assert left() == [(0, 3)]
