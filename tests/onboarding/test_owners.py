"""Whoever owns tenants at Appcast is told of them: new, still there, over; grouped, not at night, nothing twice."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db.models import F
from django.test import Client
from django.utils import timezone

from integrations import http
from integrations.errors import TransientError, UnconfirmedError
from integrations.models import Delivery
from onboarding import owners, problems, request_mail, tasks
from onboarding.models import Channel, Problem, Told
from onboarding.owners import news
from tenants.models import AuditEvent, Tenant, User
from tenants.phrases import Phrase
from tenants.scoping import across_tenants, tenant_scope
from tests import factories

from .pages import staff_as, text, words

pytestmark = pytest.mark.django_db
HOOK = "https://hooks.slack.example/services/T0/B0/secret"


@pytest.fixture
def channel(carol: User, northwind: Tenant, southgate: Tenant) -> Channel:
    """Carol's e-mail, who owns Northwind."""
    Tenant.objects.filter(pk=northwind.pk).update(owner=carol)
    made: Channel = factories.ChannelFactory.create(user=carol)
    return made


@pytest.fixture
def hook(channel: Channel) -> Channel:
    made: Channel = factories.ChannelFactory.create(user=channel.user, kind="webhook", address=HOOK)
    return made


class Receiver:
    """Where webhooks go: what came, and what it answers next, 200 unless told otherwise."""

    def __init__(self) -> None:
        self.came: list[Any] = []
        self.answers: list[Any] = []

    def send(self, method: str, url: str, **given: Any) -> http.Answer:
        self.came.append((method, url, given["json"]))
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        return http.Answer(answer, {}, b"")


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Receiver:
    made = Receiver()
    monkeypatch.setattr(http, "send", made.send)
    return made


def problem(tenant: Tenant, code: str = "delivery.held", **fields: Any) -> Problem:
    made: Problem = factories.ProblemFactory.create(
        tenant=tenant,
        code=code,
        actor=problems.KINDS[code].actor,
        detail=Phrase("3 applications"),
        **{"since": timezone.now() - timedelta(minutes=10), **fields},
    )
    return made


def tell(channel: Channel) -> None:
    owners.tell(Channel.objects.get(pk=channel.pk))


def later(**by: float) -> None:
    """As if that had passed since it was told last."""
    with across_tenants("a test moves the time"):
        Told.objects.update(last_at=F("last_at") - timedelta(**by))


LONG_AGO = problems.SAME_WITHIN + timedelta(minutes=10)


def resolve(it: Problem, ago: timedelta = LONG_AGO) -> None:
    at = timezone.now() - ago
    with tenant_scope(it.tenant_id):
        Problem.objects.filter(pk=it.pk).update(status="resolved", resolved_at=at, gone_at=at)


def set_status(row: Delivery, status: str) -> None:
    with tenant_scope(row.tenant_id):
        Delivery.objects.filter(pk=row.pk).update(status=status)


def test_a_new_problem_is_told_once(channel: Channel, northwind: Tenant) -> None:
    problem(northwind)
    tell(channel)
    tell(channel)
    (letter,) = mail.outbox
    assert letter.to == [channel.user.email]
    assert letter.subject == "Applications need a person: Northwind Logistics"
    assert problems.KINDS["delivery.held"].remedy in letter.body
    assert "3 applications" in letter.body


def test_another_owners_tenant_is_not_told(channel: Channel, southgate: Tenant) -> None:
    problem(southgate)
    tell(channel)
    assert mail.outbox == []


def test_what_has_come_just_now_may_go_by_itself(channel: Channel, northwind: Tenant) -> None:
    problem(northwind, since=timezone.now())
    tell(channel)
    assert mail.outbox == []


@pytest.mark.parametrize("status", ["acknowledged", "snoozed"])
def test_what_somebody_knows_of_is_not_told(channel: Channel, northwind: Tenant, status: str) -> None:
    problem(northwind, status=status)
    tell(channel)
    assert mail.outbox == []


def test_what_stays_is_told_again_ever_more_seldom(channel: Channel, northwind: Tenant) -> None:
    problem(northwind)
    for days, letters in ((0, 1), (0.9, 1), (0.2, 2), (2.9, 2), (0.2, 3), (6.9, 3), (0.2, 4), (7.1, 5)):
        later(days=days)
        tell(channel)
        assert len(mail.outbox) == letters
    assert "STILL THERE" in str(mail.outbox[-1].body)


def test_what_is_over_is_told_to_whoever_was_told_of_it(channel: Channel, northwind: Tenant) -> None:
    told, untold = problem(northwind), problem(northwind, "feed.late", since=timezone.now())
    tell(channel)
    resolve(told)
    resolve(untold)
    tell(channel)
    tell(channel)
    assert [it.subject for it in mail.outbox[1:]] == ["Over: Applications need a person: Northwind Logistics"]


def test_what_comes_and_goes_is_one_alarm(channel: Channel, northwind: Tenant) -> None:
    delivery = factories.DeliveryFactory.create(tenant=northwind, status="held")
    told = problem(northwind)
    tell(channel)
    for _ in range(3):
        set_status(delivery, "delivered")
        problems.diagnose(northwind)
        resolve(told, ago=problems.SAME_WITHIN * 0.9)
        tell(channel)
        set_status(delivery, "held")
        assert [it.pk for it in problems.diagnose(northwind)] == [told.pk]
        tell(channel)
    assert len(mail.outbox) == 1


def test_what_comes_back_after_its_end_is_new(channel: Channel, northwind: Tenant) -> None:
    delivery = factories.DeliveryFactory.create(tenant=northwind, status="held")
    told = problem(northwind)
    tell(channel)
    set_status(delivery, "delivered")
    problems.diagnose(northwind)
    resolve(told)
    tell(channel)
    set_status(delivery, "held")
    (again,) = problems.diagnose(northwind)
    assert again.pk != told.pk
    with tenant_scope(northwind.pk):
        Problem.objects.filter(pk=again.pk).update(since=timezone.now() - timedelta(minutes=10))
    tell(channel)
    assert ["OVER" in str(it.body) for it in mail.outbox] == [False, True, False]
    assert "NEW" in str(mail.outbox[-1].body)


def test_what_a_person_called_settled_and_has_grown_is_new(
    channel: Channel, northwind: Tenant, carol: User
) -> None:
    factories.DeliveryFactory.create(tenant=northwind, status="held")
    told = problem(northwind)
    tell(channel)
    problems.diagnose(northwind)
    problems.resolve(told, "Known", carol)
    with tenant_scope(northwind.pk):
        Problem.objects.filter(pk=told.pk).update(resolved_at=timezone.now() - LONG_AGO)
    tell(channel)
    factories.DeliveryFactory.create(tenant=northwind, status="held")
    problems.diagnose(northwind)
    tell(channel)
    assert ["OVER" in str(it.body) for it in mail.outbox] == [False, True, False]


def test_what_is_over_for_good_is_not_read_again(channel: Channel, northwind: Tenant) -> None:
    told = problem(northwind)
    tell(channel)
    resolve(told)
    tell(channel)
    with across_tenants("a test looks"):
        assert (Told.objects.count(), news.changeable(channel).count()) == (1, 0)


def test_all_that_is_due_is_one_message_with_the_same_of_many_in_one_line(
    channel: Channel, carol: User
) -> None:
    for number in range(8):
        tenant = factories.TenantFactory.create(name=f"Company {number}", owner=carol)
        problem(tenant, "feed.unanswered")
        if not number:
            problem(tenant, "delivery.held")
    tell(channel)
    (letter,) = mail.outbox
    assert letter.subject == "Applications need a person: Company 0, and 8 more"
    assert "Company 0, Company 1, Company 2, Company 3, Company 4 and 3 more" in letter.body


@pytest.mark.parametrize(
    ("start", "end", "hour", "is_quiet"),
    [
        (20, 7, 23, True),
        (20, 7, 6, True),
        (20, 7, 7, False),
        (20, 7, 12, False),
        (1, 5, 3, True),
        (1, 5, 5, False),
    ],
)
def test_quiet_hours_may_pass_midnight(start: int, end: int, hour: int, is_quiet: bool) -> None:
    made = Channel(quiet_from=start, quiet_until=end, zone="UTC")
    assert made.is_quiet(datetime(2026, 1, 31, hour, 30, tzinfo=UTC)) == is_quiet


def test_quiet_hours_are_its_persons_own() -> None:
    made = Channel(quiet_from=20, quiet_until=7, zone="Asia/Tokyo")
    assert made.is_quiet(datetime(2026, 1, 31, 12, tzinfo=UTC))


def test_what_comes_in_quiet_hours_is_told_after_them(channel: Channel, northwind: Tenant) -> None:
    hour = timezone.now().hour
    Channel.objects.update(quiet_from=hour, quiet_until=(hour + 1) % 24)
    problem(northwind)
    tell(channel)
    assert mail.outbox == []
    Channel.objects.update(quiet_from=(hour + 2) % 24, quiet_until=(hour + 3) % 24)
    tell(channel)
    assert len(mail.outbox) == 1


def test_a_webhook_gets_it_in_slacks_form(hook: Channel, receiver: Receiver, northwind: Tenant) -> None:
    Tenant.objects.filter(pk=northwind.pk).update(name="Wind & <Sons>")
    problem(northwind)
    tell(hook)
    ((method, url, body),) = receiver.came
    assert (method, url) == ("POST", HOOK)
    assert body["text"].startswith("*New*\n• <http")
    assert "Applications need a person: Wind &amp; &lt;Sons&gt;. 3 applications" in body["text"]


def test_its_address_lies_sealed(hook: Channel) -> None:
    assert "hooks.slack.example" not in json.dumps(list(Channel.objects.values("address")))
    assert Channel.objects.get(pk=hook.pk).address == HOOK


@pytest.mark.parametrize("answer", [404, 500, TransientError("http.not_sent", "Not sent.")])
def test_what_is_refused_is_known_and_told_later(
    hook: Channel, receiver: Receiver, northwind: Tenant, answer: Any
) -> None:
    receiver.answers.append(answer)
    problem(northwind)
    tell(hook)
    failing = Channel.objects.get(pk=hook.pk)
    assert failing.failing_since
    assert failing.error
    tell(hook)
    assert len(receiver.came) == 1
    Channel.objects.update(retry_at=timezone.now())
    tell(hook)
    assert len(receiver.came) == 2
    assert Channel.objects.get(pk=hook.pk).failing_since is None


def test_a_channel_that_fails_is_told_once_at_the_desk_until_it_works(
    desk: Client, hook: Channel, northwind: Tenant
) -> None:
    """And is no problem of any tenant, of which its owner may have hundreds."""
    others = factories.TenantFactory.create_batch(6, owner=hook.user)
    Channel.objects.filter(pk=hook.pk).update(failing_since=timezone.now(), error="It answers 404.")
    for tenant in others:
        assert problems.diagnose(tenant) == []
    page = words(desk.get("/admin/"))
    assert page.count("It answers 404.") == 1
    assert f"outgoing webhook (Slack) to {hook.user.email}" in page
    Channel.objects.filter(pk=hook.pk).update(failing_since=None)
    assert "It answers 404." not in words(desk.get("/admin/"))


def test_a_channel_that_nobody_waits_for_is_not_told(hook: Channel, northwind: Tenant) -> None:
    """It is switched off, its person has left the desk, or owns nobody any more."""
    Channel.objects.filter(pk=hook.pk).update(failing_since=timezone.now(), error="It answers 404.")

    def is_told() -> bool:
        with across_tenants("a test looks"):
            return owners.failing() == [hook]

    assert is_told()
    for rows, off, on in (
        (Channel.objects.filter(pk=hook.pk), {"is_on": False}, {"is_on": True}),
        (User.objects.filter(pk=hook.user.pk), {"is_active": False}, {"is_active": True}),
        (Tenant.objects.filter(pk=northwind.pk), {"owner": None}, {"owner": hook.user}),
    ):
        rows.update(**off)
        assert not is_told()
        rows.update(**on)
        assert is_told()


def test_what_may_have_arrived_is_not_told_twice(
    hook: Channel, receiver: Receiver, northwind: Tenant
) -> None:
    receiver.answers.append(UnconfirmedError("http.unconfirmed", "It may have arrived."))
    problem(northwind)
    tell(hook)
    assert Channel.objects.get(pk=hook.pk).failing_since
    Channel.objects.update(retry_at=None)
    tell(hook)
    assert len(receiver.came) == 1


@pytest.mark.parametrize(
    "address", ["http://hooks.slack.example/x", "https://127.0.0.1/x", "https://10.0.0.1/"]
)
def test_an_address_that_we_do_not_ask_is_never_posted_to(
    channel: Channel, northwind: Tenant, address: str
) -> None:
    made = factories.ChannelFactory.create(user=channel.user, kind="webhook", address=address)
    problem(northwind)
    tell(made)
    assert Channel.objects.get(pk=made.pk).failing_since


def test_whoever_owns_a_tenant_is_mailed_until_they_say_otherwise(
    carol: User, northwind: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[Any] = []
    monkeypatch.setattr("integrations.services.bell.send", lambda task, pk: rung.append(pk))
    tasks.ring_for_owners()
    assert rung == []
    Tenant.objects.filter(pk=northwind.pk).update(owner=carol)
    tasks.ring_for_owners()
    made = Channel.objects.get(user=carol)
    assert (rung, made.kind) == ([made.pk], "email")
    Channel.objects.update(is_on=False)
    tasks.ring_for_owners()
    assert rung == [made.pk]
    problem(northwind)
    tasks.tell_owner(str(made.pk))
    assert mail.outbox == []


@pytest.mark.parametrize(
    "withdrawn", [{"is_active": False}, {"is_staff": False}, {"is_superuser": False, "role": ""}]
)
def test_who_has_left_the_desk_is_told_of_no_customer(
    carol: User, northwind: Tenant, monkeypatch: pytest.MonkeyPatch, withdrawn: dict[str, Any]
) -> None:
    rung: list[Any] = []
    monkeypatch.setattr("integrations.services.bell.send", lambda task, pk: rung.append(pk))
    Tenant.objects.filter(pk=northwind.pk).update(owner=carol)
    User.objects.filter(pk=carol.pk).update(**withdrawn)
    tasks.ring_for_owners()
    assert not Channel.objects.exists()
    factories.ChannelFactory.create(user=carol)
    tasks.ring_for_owners()
    assert rung == []
    northwind.refresh_from_db()
    request_mail.send(northwind, factories.LiveRequestFactory.create(tenant=northwind))
    assert mail.outbox == []


def test_staff_set_their_own_channel_and_nobody_reads_its_address(carol: User, hook: Channel) -> None:
    desk = staff_as(carol, "cs")
    page = f"/admin/onboarding/channel/{hook.pk}/change/"
    assert HOOK not in text(desk.get(page))
    fields = {"user": carol.pk, "kind": "webhook", "is_on": "on", "zone": "Europe/Berlin"}
    assert desk.post(page, fields).status_code == 302
    assert Channel.objects.get(pk=hook.pk).address == HOOK
    assert desk.post(page, {**fields, "new_address": "http://hooks.slack.com/x"}).status_code == 200
    assert desk.post(page, {**fields, "zone": "Berlin"}).status_code == 200
    assert desk.post(page, {**fields, "new_address": "https://hooks.slack.com/x"}).status_code == 302
    assert Channel.objects.get(pk=hook.pk).address == "https://hooks.slack.com/x"
    with across_tenants("a test looks"):
        assert "hooks.slack" not in str(list(AuditEvent.objects.values("detail")))


def channel_fields(user: User, **given: Any) -> dict[str, Any]:
    return {"user": user.pk, "kind": "webhook", "is_on": "on", "zone": "Europe/Berlin", **given}


@pytest.mark.parametrize(
    ("given", "is_mended"),
    [
        ({"new_address": "https://hooks.slack.com/new"}, True),
        ({"is_on": ""}, True),
        ({"zone": "UTC"}, False),
    ],
)
def test_a_channel_that_was_corrected_fails_no_more(
    carol: User, hook: Channel, given: dict[str, str], is_mended: bool
) -> None:
    later = timezone.now() + timedelta(minutes=15)
    Channel.objects.update(failing_since=timezone.now(), retry_at=later, error="It answers 404.")
    page = f"/admin/onboarding/channel/{hook.pk}/change/"
    assert staff_as(carol, "cs").post(page, channel_fields(carol, **given)).status_code == 302
    kept = Channel.objects.get(pk=hook.pk)
    assert (kept.failing_since is None, kept.retry_at is None, kept.error == "") == (is_mended,) * 3


@pytest.mark.parametrize(
    ("hours", "status"), [(("20", "7"), 302), (("20", ""), 200), (("", "7"), 200), (("7", "7"), 200)]
)
def test_quiet_hours_have_a_beginning_and_another_end(
    carol: User, hook: Channel, hours: tuple[str, str], status: int
) -> None:
    page = f"/admin/onboarding/channel/{hook.pk}/change/"
    given = channel_fields(carol, quiet_from=hours[0], quiet_until=hours[1])
    assert staff_as(carol, "cs").post(page, given).status_code == status


def test_staff_set_nobody_elses(carol: User, northwind: Tenant) -> None:
    other = factories.ChannelFactory.create()
    desk: Client = staff_as(carol, "cs")
    page = f"/admin/onboarding/channel/{other.pk}/change/"
    answer = desk.post(page, {"user": carol.pk, "kind": "email", "zone": "UTC"})
    assert answer.status_code == 403
    assert "Go to the desk" in answer.content.decode()
