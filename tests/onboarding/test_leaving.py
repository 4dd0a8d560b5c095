"""Ending a connection: at once what opens anything, by its date all the rest, and until then it can be taken back."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.utils import formats, timezone
from pytest_django import Settings

from integrations.models import (
    Application,
    AuthorizationAttempt,
    Connection,
    Feed,
    FormCheck,
    SenderSecret,
    Stage,
    TokenSet,
)
from integrations.services import connections, outgoing
from onboarding import departures, erasure, golive, leaving, problems
from onboarding.models import Departure
from sandbox.server import Server
from tenants import data_keys
from tenants.invitations import hash_token, remind
from tenants.models import AuditEvent, DataKey, Invitation, Membership, Tenant, User
from tenants.scoping import across_tenants, tenant_scope
from tenants.sealing import SealError
from tests import factories
from tests.lever_world import connect, make_due, work_off
from tests.people import browser_of
from tests.tenants.belongings import canary, furnish
from tests.tenants.database import sql
from webhooks import endpoints
from webhooks.models import RejectedRequest, SigningSecret, WebhookEndpoint

from .rows import delivered, endpoint, listed, make_ready, rehearsed, told

pytestmark = pytest.mark.django_db(transaction=True)
Status = Departure.Status
OPENING = (TokenSet, SenderSecret, SigningSecret, AuthorizationAttempt, RejectedRequest)


def departure(tenant: Tenant) -> Departure:
    with tenant_scope(tenant.pk):
        return Departure.objects.order_by("-pk")[0]


def audited(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant.pk):
        return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


def its_date_has_come(tenant: Tenant) -> None:
    with tenant_scope(tenant.pk):
        ended = Departure.objects.filter(status=Status.ENDED)
        ended.update(next_attempt_at=timezone.now() - timedelta(minutes=1))


@pytest.fixture
def furnished(sandbox: Server, northwind: Tenant, southgate: Tenant) -> None:
    for tenant in (northwind, southgate):
        furnish(tenant)
        with tenant_scope(tenant.pk):
            Feed.objects.update(url=f"{sandbox.url}/v0/postings/nobody?mode=xml")


@pytest.mark.usefixtures("furnished")
def test_what_opens_anything_goes_at_once(northwind: Tenant, southgate: Tenant, carol: User) -> None:
    leaving.end(northwind, carol)
    work_off()
    with tenant_scope(northwind.pk):
        assert {it.__name__: it.objects.count() for it in OPENING} == {it.__name__: 0 for it in OPENING}
        assert Connection.objects.get().status == "disconnected"
    with tenant_scope(southgate.pk):
        assert all(it.objects.exists() for it in OPENING)
    assert Tenant.objects.get(pk=northwind.pk).has_ended
    assert {"tenant.offboarded", "connection.disconnected"} <= set(audited(northwind))


@pytest.mark.parametrize("lead_on", [golive.pause, golive.resume, leaving.resume])
def test_what_was_ended_meanwhile_is_neither_paused_nor_resumed(
    northwind: Tenant, carol: User, lead_on: Callable[[Tenant, User], None]
) -> None:
    if lead_on is not golive.pause:
        golive.pause(northwind, carol)
    as_shown = Tenant.objects.get(pk=northwind.pk)
    leaving.end(northwind, carol)
    with pytest.raises(golive.NotReadyError, match="this one is off-boarded"):
        lead_on(as_shown, carol)
    assert Tenant.objects.get(pk=northwind.pk).has_ended


@pytest.mark.parametrize("days", [-1, 1])
def test_who_was_invited_comes_no_more(northwind: Tenant, carol: User, days: int) -> None:
    expires_at = timezone.now() + timedelta(days=days)
    invited = factories.InvitationFactory.create(
        tenant=northwind, token_hash=hash_token("token"), expires_at=expires_at
    )
    leaving.end(northwind, carol)
    mail.outbox.clear()
    browser = browser_of(None)
    assert browser.post("/invitations/token/").status_code == 410
    browser.post("/invitations/token/new/")
    assert not remind(invited.email)
    assert mail.outbox == []
    with tenant_scope(northwind.pk):
        assert list(Invitation.objects.values_list("accepted_at", flat=True)) == [None]


def test_who_pauses_while_it_is_being_ended_comes_after(northwind: Tenant, carol: User) -> None:
    refused: list[str] = []

    def pause() -> None:
        try:
            golive.pause(Tenant.objects.get(pk=northwind.pk), carol)
        except golive.NotReadyError as error:
            refused.append(str(error))
        finally:
            connection.close()

    other = threading.Thread(target=pause)
    with tenant_scope(northwind.pk):
        leaving.end(northwind, carol)
        other.start()
        other.join(timeout=1)
        assert (other.is_alive(), refused) == (True, [])
    other.join(timeout=10)
    assert refused == ["Expected a company that is being set up or live; this one is off-boarded."]
    assert Tenant.objects.get(pk=northwind.pk).has_ended


def test_a_tenant_that_never_authorized_ends_too_and_once(northwind: Tenant, carol: User) -> None:
    leaving.end(northwind, carol)
    with pytest.raises(leaving.LeavingError, match="ended already"):
        leaving.end(northwind, carol)


def test_those_who_run_the_set_up_are_told_by_mail_when_all_is_erased(
    northwind: Tenant, alice: User, bob: User
) -> None:
    northwind.retention_days = 12
    northwind.save()
    leaving.end(northwind, alice)
    [sent] = mail.outbox
    assert sent.to == [alice.email]
    assert formats.date_format(timezone.now() + timedelta(days=12)) in str(sent.body)


def test_webhooks_that_we_made_are_removed_at_lever_while_we_may(
    sandbox: Server, northwind: Tenant, alice: User, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://portal.example"
    account = connect(sandbox, northwind, alice)
    endpoints.make_through_api(northwind, alice)
    assert len(account.webhooks) == 5
    leaving.end(northwind, alice)
    work_off()
    assert not account.webhooks
    seen = departure(northwind).seen
    assert (seen["webhooks_removed"], seen["access"]) == (5, "accepted")


def test_access_that_was_revoked_before_is_seen(sandbox: Server, northwind: Tenant, alice: User) -> None:
    connect(sandbox, northwind, alice)
    sandbox.world.grants.access_tokens.clear()
    sandbox.world.grants.refresh_tokens.clear()
    leaving.end(northwind, alice)
    work_off()
    assert departure(northwind).seen["access"] == "refused"


def test_for_an_hour_it_is_looked_whether_access_was_revoked(
    sandbox: Server, northwind: Tenant, alice: User
) -> None:
    connect(sandbox, northwind, alice)
    leaving.end(northwind, alice)
    work_off()
    assert (departure(northwind).status, departure(northwind).seen["access"]) == (Status.CLOSING, "accepted")
    sandbox.world.grants.access_tokens.clear()
    sandbox.world.grants.refresh_tokens.clear()
    make_due(Departure)
    work_off()
    assert (departure(northwind).status, departure(northwind).seen["access"]) == (Status.ENDED, "refused")


def test_after_the_hour_our_access_goes_unused(sandbox: Server, northwind: Tenant, alice: User) -> None:
    connect(sandbox, northwind, alice)
    leaving.end(northwind, alice)
    work_off()
    with tenant_scope(northwind.pk):
        assert TokenSet.objects.exists()
        Departure.objects.update(ended_at=timezone.now() - timedelta(minutes=61))
    make_due(Departure)
    work_off()
    with tenant_scope(northwind.pk):
        assert not TokenSet.objects.exists()
    assert departure(northwind).status == Status.ENDED


@pytest.mark.usefixtures("furnished")
def test_the_outgoing_feed_is_as_unknown_as_any(northwind: Tenant, southgate: Tenant, carol: User) -> None:
    leaving.end(northwind, carol)
    with across_tenants("a test"):
        keys = {it.tenant_id: it.key for it in Feed.objects.all()}
    assert outgoing.document_of(keys[northwind.pk]) is None
    assert outgoing.document_of(keys[southgate.pk]) is not None


@pytest.mark.usefixtures("furnished")
def test_nothing_of_it_is_left_in_any_table_once_its_date_has_come(
    northwind: Tenant, southgate: Tenant, carol: User
) -> None:
    Tenant.objects.filter(pk=northwind.pk).update(note=f"Call {canary(northwind)} on Monday")
    before = {it: set(rows(it, southgate)) for it in erasure.erased_models()}
    leaving.end(northwind, carol)
    work_off()
    its_date_has_come(northwind)
    work_off()
    assert {it.__name__: rows(it, northwind) for it in erasure.erased_models()} == {
        it.__name__: [] for it in erasure.erased_models()
    }
    assert all(kept <= set(rows(it, southgate)) for it, kept in before.items())
    with across_tenants("a test looks into every table"):
        told = {table: found for table in tables() if (found := words_in(table, canary(northwind)))}
    # The trail is never changed; here it holds what the furnishing wrote into it, and what the portal never does.
    assert set(told) <= {"tenants_auditevent"}
    gone = departure(northwind)
    assert (gone.status, gone.by, gone.erased_at is not None) == (Status.ERASED, None, True)
    assert gone.erased["integrations.application"] == 1
    assert audited(northwind)[-1] == "tenant.erased"


def rows(model: type, tenant: Tenant) -> list[object]:
    with tenant_scope(tenant.pk):
        return list(model.objects.values_list("pk", flat=True))  # type: ignore[attr-defined]


def tables() -> list[str]:
    return [name for (name,) in sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]


def words_in(table: str, word: str) -> list[object]:
    return list(sql(f"SELECT 1 FROM \"{table}\" t WHERE t::text LIKE '%%{word}%%'"))


def killed_after(steps: int, monkeypatch: pytest.MonkeyPatch, tenant: Tenant) -> None:
    real, turns = erasure._erase_some, iter(range(steps))

    def killed(it: Departure, model: type) -> int:
        if next(turns, None) is None:
            raise KeyboardInterrupt
        return real(it, model)

    monkeypatch.setattr(erasure, "_erase_some", killed)
    with pytest.raises(KeyboardInterrupt):
        departures.run(departure(tenant).pk)
    monkeypatch.undo()


@pytest.mark.usefixtures("furnished")
def test_its_key_goes_first(northwind: Tenant, carol: User, monkeypatch: pytest.MonkeyPatch) -> None:
    leaving.end(northwind, carol)
    work_off()
    its_date_has_come(northwind)
    with tenant_scope(northwind.pk):
        assert Application.objects.all()[0].document
    killed_after(1, monkeypatch, northwind)
    with tenant_scope(northwind.pk), pytest.raises(SealError, match="was erased with it"):
        assert Application.objects.all()[0].document


def test_whoever_has_no_other_place_is_signed_out_by_the_erasure(
    northwind: Tenant, southgate: Tenant, alice: User, bob: User, carol: User
) -> None:
    factories.MembershipFactory.create(tenant=southgate, user=bob)
    factories.MembershipFactory.create(tenant=northwind, user=carol)
    for person in (alice, bob, carol):
        browser_of(person)
    leaving.end(northwind, carol)
    work_off()
    assert alice.sessions.exists()
    its_date_has_come(northwind)
    work_off()
    assert [it.sessions.count() for it in (alice, bob, carol)] == [0, 1, 1]
    assert audited(northwind).count("session.ended") == 1


@pytest.mark.usefixtures("furnished")
def test_an_erasure_that_was_killed_goes_on_where_it_stopped(
    northwind: Tenant, carol: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaving.end(northwind, carol)
    work_off()
    its_date_has_come(northwind)
    killed_after(6, monkeypatch, northwind)
    half = departure(northwind)
    assert half.erased
    assert half.status == Status.ENDED
    with pytest.raises(leaving.LeavingError, match="nothing left to take back"):
        leaving.take_back(northwind, carol)
    with tenant_scope(northwind.pk):
        Departure.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    work_off()
    assert departure(northwind).status == Status.ERASED
    assert sum(departure(northwind).erased.values()) > sum(half.erased.values())


def test_before_its_date_nothing_is_erased(northwind: Tenant, alice: User) -> None:
    leaving.end(northwind, alice)
    work_off()
    assert departure(northwind).status == Status.ENDED


@pytest.mark.usefixtures("furnished")
def test_taken_back_everything_but_the_secrets_is_still_there(northwind: Tenant, carol: User) -> None:
    leaving.end(northwind, carol)
    leaving.take_back(northwind, carol)
    work_off()
    assert Tenant.objects.get(pk=northwind.pk).status == Tenant.Status.ONBOARDING
    assert departure(northwind).status == Status.TAKEN_BACK
    with tenant_scope(northwind.pk):
        assert Feed.objects.exists()
        assert Membership.objects.exists()
    assert "tenant.end_taken_back" in audited(northwind)
    leaving.end(northwind, carol)
    work_off()
    assert departure(northwind).status == Status.ENDED


def test_taken_back_what_was_proved_before_proves_nothing_of_the_connection_now(
    northwind: Tenant, alice: User
) -> None:
    make_ready(northwind)
    golive.request(northwind, alice)
    assert listed(northwind).may_go_live
    leaving.end(northwind, alice)
    with tenant_scope(northwind.pk):
        connections.disconnect(Connection.objects.get(), alice)
    leaving.take_back(northwind, alice)
    open_steps = {it.step.key: it.told.state for it in listed(northwind).entries if not it.told.is_settled}
    assert open_steps == {
        "authorize": "needs_attention",
        "feed": "not_started",
        "webhooks": "needs_attention",
        "forms": "not_started",
        "rehearsal": "not_started",
        "go-live": "not_started",
    }
    webhooks = told(northwind, "webhooks")
    assert (webhooks.actor, webhooks.mismatch and webhooks.mismatch.expected) == (
        "customer",
        "the signature token of “Application Created” and the signature token of “Candidate Stage Change”",
    )
    with pytest.raises(golive.NotReadyError):
        golive.request(northwind, alice)


def test_taken_back_it_is_proved_by_what_comes_from_then_on(northwind: Tenant, alice: User) -> None:
    make_ready(northwind)
    golive.request(northwind, alice)
    leaving.end(northwind, alice)
    leaving.take_back(northwind, alice)
    addresses = [endpoint(northwind, kind) for kind in endpoints.NEEDED]
    assert told(northwind, "webhooks").state == "waiting"
    for address in addresses:
        delivered(address)
    with tenant_scope(northwind.pk):
        Connection.objects.update(status=Connection.Status.ACTIVE)
    assert told(northwind, "feed").state == "checking"
    with tenant_scope(northwind.pk):
        Feed.objects.update(synced_at=timezone.now())
    forms = told(northwind, "forms")
    assert (forms.state, forms.says, forms.at) == ("checking", "0 of 1 forms read.", None)
    with tenant_scope(northwind.pk):
        FormCheck.objects.update(checked_at=timezone.now())
    rehearsed(northwind)
    assert listed(northwind).may_go_live
    golive.request(northwind, alice)
    assert told(northwind, "go-live").state == "checking"


def test_taken_back_no_stage_is_found_in_lever_before_it_is_read_again(
    northwind: Tenant, alice: User
) -> None:
    make_ready(northwind)
    assert "each found in Lever" in told(northwind, "stages").says
    leaving.end(northwind, alice)
    leaving.take_back(northwind, alice)
    with tenant_scope(northwind.pk):
        Connection.objects.update(status=Connection.Status.ACTIVE)
    assert "found in Lever" not in told(northwind, "stages").says
    found_at = timezone.now()
    with tenant_scope(northwind.pk):
        Stage.objects.update(known_at=found_at)
    stages = told(northwind, "stages")
    assert ("each found in Lever" in stages.says, stages.at) == (True, found_at)


def test_who_uses_stepstone_asks_and_customer_success_is_told(northwind: Tenant, alice: User) -> None:
    for _ in range(2):
        leaving.ask(northwind, alice)
    assert [it.code for it in problems.diagnose(northwind)] == ["leaving.asked"]
    assert audited(northwind) == ["tenant.leaving_asked"]
    leaving.end(northwind, alice)
    work_off()
    assert departure(northwind).status == Status.ENDED


def test_the_feed_is_looked_at_again(sandbox: Server, northwind: Tenant, alice: User) -> None:
    account = sandbox.world.accounts["northwind"]
    account.is_feed_on = True
    factories.FeedFactory.create(tenant=northwind, url=f"{sandbox.url}/v0/postings/{account.key}?mode=xml")
    leaving.end(northwind, alice)
    work_off()
    assert departure(northwind).seen["feed"] is True
    account.is_feed_on = False
    leaving.look(northwind)
    assert departure(northwind).seen["feed"] is False


def test_what_was_sealed_opens_in_no_copy_before_the_first_row_is_gone(northwind: Tenant) -> None:
    """However long the erasure of the rest takes."""
    row = factories.SenderSecretFactory.create(tenant=northwind, secret="a sender's")
    assert erasure.erased_models()[0] is DataKey
    with tenant_scope(northwind.pk):
        DataKey.objects.all().delete()
        data_keys.forget(northwind.pk)
        with pytest.raises(SealError, match="erased"):
            _ = type(row).objects.get().secret


def test_endpoints_stay_until_the_erasure(northwind: Tenant, alice: User) -> None:
    factories.WebhookEndpointFactory.create(tenant=northwind)
    leaving.end(northwind, alice)
    with tenant_scope(northwind.pk):
        assert WebhookEndpoint.objects.exists()
