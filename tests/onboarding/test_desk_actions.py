"""Every button on a tenant's page: what it does, what is said, and what it refuses with a reason."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.models import Discovery, Feed, FeedSync, SenderSecret
from onboarding import clock, leaving, problems
from onboarding.admin.actions import ACTIONS
from onboarding.models import Departure, LiveRequest, Notice, Problem, StepOverride
from tenants.models import AuditEvent, Invitation, Tenant, User
from tenants.scoping import tenant_scope
from tests import factories
from webhooks.models import Replay

from .pages import text
from .rows import make_ready

pytestmark = pytest.mark.django_db


def press(desk: Client, tenant: Tenant, action: str, **data: str) -> str:
    """What the page says afterwards; what asks first is answered."""
    address = reverse("admin:tenants_tenant_act", args=[tenant.pk, action])
    answer = desk.post(address, {**data, "sure": "1"}, follow=True)
    assert answer.status_code == 200
    return text(answer)


def buttons(desk: Client, tenant: Tenant) -> set[str]:
    page = desk.get(reverse("admin:tenants_tenant_change", args=[tenant.pk]))
    return {name for name, _ in page.context["plain_actions"]}


def count(tenant: Tenant, model: Any, **only: object) -> int:
    with tenant_scope(tenant.pk):
        return int(model.objects.filter(**only).count())


def status(tenant: Tenant) -> str:
    return Tenant.objects.get(pk=tenant.pk).status


def held(tenant: Tenant) -> None:
    factories.FeedSyncFactory.create(tenant=tenant, status=FeedSync.Status.HELD, closed=9)


def paused(tenant: Tenant) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(status="paused")


def ended(tenant: Tenant) -> None:
    leaving.end(tenant, factories.UserFactory.create())


def unfinished(tenant: Tenant) -> None:
    make_ready(tenant)
    factories.FormCheckFactory.create(tenant=tenant, status="unsupported")


def replayable(tenant: Tenant) -> None:
    factories.WebhookEventFactory.create(tenant=tenant, status="dead", next_attempt_at=None)


def troubled(tenant: Tenant) -> None:
    """One that a look finds again."""
    factories.FeedFactory.create(tenant=tenant, synced_at=timezone.now() - timedelta(hours=3))
    factories.ProblemFactory.create(tenant=tenant, pk=ROW, code="feed.late")
    problems.diagnose(tenant)


ROW = 4_711
# What must be there, what is pressed with what, what is said, and what is so then.
DONE: dict[str, tuple[Callable[[Tenant], object], dict[str, str], str, Callable[[Tenant], object]]] = {
    "diagnose": (
        unfinished,
        {},
        "Looked again: 1 problem is open.",
        lambda it: count(it, Problem, code="forms.unsupported"),
    ),
    "sync": (
        lambda it: factories.FeedFactory.create(tenant=it),
        {},
        "The feed is being synced.",
        lambda it: count(it, FeedSync, trigger="staff"),
    ),
    "accept_drop": (
        held,
        {},
        "Accepted: the feed is read again",
        lambda it: count(it, FeedSync, may_close=9),
    ),
    "largest_drop": (
        lambda it: factories.FeedFactory.create(tenant=it),
        {"percent": "5"},
        "A sync that would close more than 5 % of the jobs is held.",
        lambda it: count(it, Feed, largest_drop_percent=5),
    ),
    "reject_drop": (
        held,
        {},
        "Rejected: the jobs stay open",
        lambda it: count(it, FeedSync, decision="rejected"),
    ),
    "discover": (make_ready, {}, "The account is being read.", lambda it: count(it, Discovery)),
    "allow_account": (
        make_ready,
        {},
        "The customer may authorize another Lever account now",
        lambda it: count(it, AuditEvent, action="connection.other_account_allowed"),
    ),
    "approve": (make_ready, {}, "Northwind Logistics is live.", lambda it: status(it) == "live"),
    "pause": (make_ready, {}, "Paused: what comes is stored and waits.", lambda it: status(it) == "paused"),
    "resume": (
        paused,
        {},
        "Resumed: what waited goes on.",
        lambda it: count(it, AuditEvent, action="tenant.resumed"),
    ),
    "invite": (
        make_ready,
        {"email": "kim@northwind.example"},
        "An invitation is on its way to kim@northwind.example.",
        lambda it: count(it, Invitation, steps=[], role="owner"),
    ),
    "override": (
        make_ready,
        {"step": "forms", "reason": "Not advertised", "days": "7"},
        "The step passes for 7 days; the customer sees the reason.",
        lambda it: count(it, StepOverride, step="forms"),
    ),
    "off_board": (
        make_ready,
        {"confirmed": "northwind"},
        "The customer still has to press “Revoke access” in Lever",
        lambda it: status(it) == "offboarded" and count(it, Departure, status="closing"),
    ),
    "take_back": (
        ended,
        {},
        "Taken back: the customer authorizes Lever again",
        lambda it: count(it, Departure, status="taken_back"),
    ),
    "ask_back": (
        lambda it: factories.LiveRequestFactory.create(tenant=it),
        {"comment": "Which jobs shall we leave out?"},
        "Asked back: the customer sees your comment",
        lambda it: count(it, LiveRequest, answer="asked_back", comment="Which jobs shall we leave out?"),
    ),
    "remind": (
        lambda it: factories.NoticeFactory.create(tenant=it),
        {},
        "1 person is reminded now",
        lambda it: (
            count(it, Notice, asked_at__isnull=False) and count(it, AuditEvent, action="notice.reminded")
        ),
    ),
    "change_owner": (
        lambda it: Tenant.objects.filter(pk=it.pk).update(owner=factories.UserFactory.create(is_staff=True)),
        {"owner": ""},
        "Nobody owns it now",
        lambda it: (
            Tenant.objects.filter(pk=it.pk, owner=None).exists()
            and count(it, AuditEvent, action="tenant.owner_changed")
        ),
    ),
    "note": (
        make_ready,
        {"note": "They move to another Lever account in March."},
        "Kept: staff alone read it.",
        lambda it: Tenant.objects.filter(pk=it.pk, note__contains="in March").count(),
    ),
    "acknowledge": (
        troubled,
        {"row": str(ROW), "note": "I am on it"},
        "Acknowledged: nobody is reminded of it while it lasts.",
        lambda it: count(it, Problem, status="acknowledged", note="I am on it"),
    ),
    "resolve": (
        troubled,
        {"row": str(ROW), "note": "Settled by phone"},
        "Resolved: it opens again by itself should it grow, or still be there after a day.",
        lambda it: count(it, Problem, status="resolved", note="Settled by phone"),
    ),
    "snooze": (
        troubled,
        {"row": str(ROW), "until": (timezone.now() + timedelta(days=9)).date().isoformat()},
        "nobody is reminded of it before",
        lambda it: count(it, Problem, status="snoozed"),
    ),
    "withdraw_override": (
        lambda it: factories.StepOverrideFactory.create(tenant=it, pk=ROW),
        {"row": str(ROW)},
        "Withdrawn: the step is told by its evidence again.",
        lambda it: count(it, StepOverride, expires_at__lt=timezone.now()),
    ),
    "stop_notice": (
        lambda it: factories.NoticeFactory.create(tenant=it, pk=ROW),
        {"row": str(ROW)},
        "Stopped: this person gets no more mail about it.",
        lambda it: count(it, Notice, stopped_at__isnull=False),
    ),
    "resume_notice": (
        lambda it: factories.NoticeFactory.create(tenant=it, pk=ROW, stopped_at=timezone.now()),
        {"row": str(ROW)},
        "Resumed: this person is reminded again",
        lambda it: count(it, Notice, stopped_at=None),
    ),
    "replay": (
        replayable,
        {"kinds": "stage_changed"},
        "Stored events: 1 to go.",
        lambda it: count(it, Replay, source="events", kinds=["stage_changed"]),
    ),
    "check_rejected": (
        lambda it: factories.RejectedRequestFactory.create(tenant=it),
        {},
        "Rejected requests: 1 to go.",
        lambda it: count(it, Replay, source="rejected"),
    ),
    "cancel_replay": (
        lambda it: factories.ReplayFactory.create(tenant=it, pk=ROW, status="running"),
        {"row": str(ROW)},
        "Cancelled after 0 of 1; what was done stays done.",
        lambda it: count(it, Replay, status="cancelled"),
    ),
    "issue_secret": (
        make_ready,
        {},
        "The new secret for signing applications, shown this once.",
        lambda it: count(it, SenderSecret),
    ),
}


def test_a_button_reaches_no_row_of_another_tenant(
    desk: Client, northwind: Tenant, southgate: Tenant
) -> None:
    factories.NoticeFactory.create(tenant=southgate, pk=ROW)
    assert "That is not there any more." in press(desk, northwind, "stop_notice", row=str(ROW))
    assert count(southgate, Notice, stopped_at=None) == 1


def test_every_action_is_tried_here() -> None:
    assert DONE.keys() == ACTIONS.keys()


@pytest.mark.parametrize("action", DONE)
def test_it_does_its_one_thing_and_says_so(
    desk: Client, northwind: Tenant, southgate: Tenant, action: str
) -> None:
    prepare, data, says, is_done = DONE[action]
    prepare(northwind)
    assert not is_done(northwind)
    assert says in press(desk, northwind, action, **data)
    assert is_done(northwind)
    assert not is_done(southgate)


@pytest.mark.parametrize("percent", ["101", "-1", "1.5", "", "9" * 5000])
def test_a_share_is_a_number_up_to_100(desk: Client, northwind: Tenant, percent: str) -> None:
    factories.FeedFactory.create(tenant=northwind)
    assert "Expected a share from 0 to 100 percent." in press(
        desk, northwind, "largest_drop", percent=percent
    )


def test_a_sync_that_lever_asked_to_put_off_says_until_when(desk: Client, northwind: Tenant) -> None:
    until = timezone.now() + timedelta(hours=1)
    factories.FeedSyncFactory.create(
        tenant=northwind,
        status="queued",
        finished_at=None,
        error_code="lever.rate_limited",
        error_message="Lever asked us to slow down.",
        next_attempt_at=until,
    )
    says = press(desk, northwind, "sync")
    assert f"Lever asked us to wait: the feed is synced at {clock.told(until)}." in says


@pytest.mark.parametrize(
    ("action", "data", "why"),
    [
        ("sync", {}, "The customer has not connected a feed yet."),
        ("accept_drop", {}, "The latest sync is not held."),
        ("reject_drop", {}, "The latest sync is not held."),
        ("largest_drop", {"percent": "5"}, "The customer has not connected a feed yet."),
        ("discover", {}, "Lever is not authorized."),
        ("approve", {}, "These steps are still open: Authorize Lever,"),
        ("resume", {}, "Expected a company that is paused; this one is being set up."),
        ("invite", {"email": "kim"}, "Expected an e-mail address to invite, such as kim@example.com."),
        ("invite", {}, "Expected an e-mail address to invite"),
        ("override", {"step": "forms", "days": "7"}, "Expected a step, a reason and 1 to 90 days."),
        ("override", {"step": "forms", "reason": "r", "days": "91"}, "Expected a step, a reason"),
        ("override", {"step": "go-live", "reason": "r", "days": "7"}, "Expected a step, a reason"),
        ("off_board", {}, "Expected 'northwind', typed"),
        ("off_board", {"confirmed": "Northwind"}, "Expected 'northwind', typed"),
        ("ask_back", {"comment": "Why?"}, "The customer has not asked to go live."),
        ("ask_back", {}, "Expected a comment"),
        ("remind", {}, "Nothing waits for anybody who gets e-mails."),
        ("resolve", {"row": "1"}, "that says how it was settled"),
        ("acknowledge", {"row": "999999999"}, "That is not there any more."),
        ("note", {"note": "x" * 4001}, "Expected a note of at most 4,000 characters."),
        ("snooze", {"row": "1", "until": "2020-01-01"}, "Expected a day within the next 90 days."),
        ("snooze", {"row": "1"}, "Expected a day within the next 90 days."),
        ("withdraw_override", {"row": "999999999"}, "That is not there any more."),
        ("replay", {}, "There is nothing to replay."),
        ("replay", {"kinds": "everything"}, "Expected kinds of events, statuses and times"),
        ("check_rejected", {}, "There is nothing to replay."),
        ("cancel_replay", {"row": "999999999"}, "That is not there any more."),
        ("stop_notice", {"row": "x"}, "That is not there any more."),
        ("explode", {}, "There is no such action."),
    ],
)
def test_what_cannot_be_done_is_a_message_with_its_reason(
    desk: Client, northwind: Tenant, action: str, data: dict[str, str], why: str
) -> None:
    page = press(desk, northwind, action, **data)
    assert why in page
    assert 'class="error"' in page
    assert status(northwind) == "onboarding"


def test_approving_says_that_a_step_can_be_overridden(desk: Client, northwind: Tenant) -> None:
    unfinished(northwind)
    assert "Check the application forms. A lead may override a step, with a reason" in press(
        desk, northwind, "approve"
    )


def test_only_the_buttons_that_apply_stand_on_the_page(desk: Client, northwind: Tenant) -> None:
    assert buttons(desk, northwind) == {"diagnose", "approve", "issue_secret", "pause", "remind"}
    make_ready(northwind)
    connected = {"sync", "discover", "allow_account"}
    assert buttons(desk, northwind) == {"diagnose", "approve", "issue_secret", "pause", "remind", *connected}
    paused(northwind)
    assert "resume" in buttons(desk, northwind)
    assert not {"pause", "approve", "remind"} & buttons(desk, northwind)


def test_a_drop_can_be_accepted_while_it_is_held(desk: Client, northwind: Tenant) -> None:
    held(northwind)
    assert {"accept_drop", "reject_drop"} <= buttons(desk, northwind)


def test_a_secret_is_in_the_answer_alone_and_nowhere_in_plain(desk: Client, northwind: Tenant) -> None:
    answer = desk.post(
        reverse("admin:tenants_tenant_act", args=[northwind.pk, "issue_secret"]), {"sure": "1"}
    )
    with tenant_scope(northwind.pk):
        secret = SenderSecret.objects.get().secret
    assert secret in text(answer)
    assert "no-store" in answer.headers["Cache-Control"]
    assert secret not in "".join(it.value for it in desk.cookies.values())
    assert secret not in text(desk.get(reverse("admin:tenants_tenant_change", args=[northwind.pk])))
    assert tables_with(secret) == []


def tables_with(secret: str) -> list[str]:
    """All rows of all tables, as the database itself would print them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.across_tenants', 'a test looks for a secret', true)")
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        found = []
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT 1 FROM "{table}" AS it WHERE it::text LIKE %s', [f"%{secret}%"])
            found += [table] if cursor.fetchone() else []
    return found


def test_off_boarding_warns_where_another_product_shares_the_app(desk: Client, northwind: Tenant) -> None:
    change = reverse("admin:tenants_tenant_change", args=[northwind.pk])
    assert "also uses the StepStone product" not in text(desk.get(change)).split("tenant_form")[0]
    Tenant.objects.filter(pk=northwind.pk).update(uses_stepstone=True)
    assert "This customer also uses the StepStone product" in text(desk.get(change))


def test_an_invitation_from_the_desk_is_mailed(
    desk: Client, northwind: Tenant, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        press(desk, northwind, "invite", email="kim@northwind.example")
    assert mail.outbox[0].to == ["kim@northwind.example"]


def test_staff_who_may_only_look_cannot_act(auditor: Client, northwind: Tenant) -> None:
    factories.FeedFactory.create(tenant=northwind)
    assert "You may look at tenants, but not act on them." in press(auditor, northwind, "sync")
    assert count(northwind, FeedSync) == 0
    assert count(northwind, Feed) == 1
    problem = factories.ProblemFactory.create(tenant=northwind)
    auditor.post("/admin/onboarding/problem/", {"action": "acknowledge", "_selected_action": [problem.pk]})
    assert count(northwind, Problem, status="open") == 1


ASKING = {
    "approve": (make_ready, "Appcast advertises 1 open job from then on"),
    "pause": (make_ready, "Nothing is delivered to Lever until it is resumed"),
    "accept_drop": (held, "9 are closed at Appcast"),
    "allow_account": (make_ready, "takes the place of"),
    "issue_secret": (make_ready, "It is shown once. 0 secrets are live now"),
}


def test_all_that_is_dangerous_is_asked_first() -> None:
    assert ASKING.keys() == {name for name, action in ACTIONS.items() if action.asks}


@pytest.mark.parametrize("action", ASKING)
def test_it_says_what_will_be_so_and_does_nothing_yet(desk: Client, northwind: Tenant, action: str) -> None:
    prepare, asks = ASKING[action]
    prepare(northwind)
    answer = desk.post(reverse("admin:tenants_tenant_act", args=[northwind.pk, action]))
    assert answer.status_code == 200
    assert asks in text(answer)
    assert 'name="sure"' in text(answer)
    assert not DONE[action][3](northwind)


def test_every_action_that_changed_something_is_on_record(
    desk: Client, northwind: Tenant, carol: User
) -> None:
    factories.FeedFactory.create(tenant=northwind)
    factories.ConnectionFactory.create(tenant=northwind)
    for action in ("diagnose", "sync", "discover"):
        press(desk, northwind, action)
    assert count(northwind, AuditEvent, actor=carol) == 3


def test_acting_takes_a_post(desk: Client, northwind: Tenant) -> None:
    assert desk.get(reverse("admin:tenants_tenant_act", args=[northwind.pk, "approve"])).status_code == 405
