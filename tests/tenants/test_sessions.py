"""Where somebody is signed in: they see it, they end it, and it ends with their place here."""

from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.backends.db import SessionStore as PlainStore
from django.test import Client
from django.utils import timezone
from django.utils.html import escape
from pytest_django import Settings

from tenants import members, sessions, tasks
from tenants.models import AuditEvent, Membership, Session, Tenant, User
from tenants.scoping import across_tenants, tenant_scope
from tests.factories import MembershipFactory
from tests.people import browser_of
from tests.tenants.database import sql
from tests.tenants.keys import new_key

pytestmark = pytest.mark.django_db
PAGE = "/sessions/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"
)


def is_signed_in(browser: Client) -> bool:
    return browser.get(PAGE).status_code == 200


def handles(user: User) -> set[str]:
    return {it.handle for it in sessions.of_user(user, None)}


def test_every_session_is_kept_with_its_person(alice: User, charlie: User) -> None:
    browser_of(alice), browser_of(alice), browser_of(charlie)
    Client().get("/accounts/login/code/")
    assert (alice.sessions.count(), charlie.sessions.count()) == (2, 1)


def test_the_page_names_the_devices_and_no_key(alice: User, charlie: User) -> None:
    browser, other, foreign = browser_of(alice), browser_of(alice), browser_of(charlie)
    for row, agent in ((alice.sessions.exclude(session_key=browser.session.session_key).get(), EDGE),):
        stored = sessions.SessionStore(row.session_key)
        stored[sessions.SIGNED_IN] = {"at": timezone.now().isoformat(), "agent": agent}
        stored.save()
    page = browser.get(PAGE).content.decode()
    assert "Edge, Windows" in page
    assert page.count("This device") == 1
    for it in (browser, other, foreign):
        assert str(it.session.session_key) not in page
    assert not handles(charlie) & {it for it in handles(charlie) if escape(it) in page}


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (FIREFOX, "Firefox, Linux"),
        (EDGE, "Edge, Windows"),
        (PHONE, "Safari, iPhone"),
        ("curl/8", ""),
        ("", ""),
    ],
)
def test_a_device_is_named_in_words(agent: str, said: str) -> None:
    assert sessions.browser_of(agent) == said


def test_a_session_that_its_person_ends_is_over(alice: User) -> None:
    browser, lost = browser_of(alice), browser_of(alice)
    browser.post(PAGE, {"session": sessions.handle_of(lost.session.session_key or "")})
    assert (is_signed_in(browser), is_signed_in(lost)) == (True, False)


def test_all_others_are_ended_at_once(alice: User, charlie: User) -> None:
    browser, *others, foreign = browser_of(alice), browser_of(alice), browser_of(alice), browser_of(charlie)
    answer = browser.post(PAGE, follow=True)
    assert "Signed out on 2 devices." in answer.content.decode()
    assert [is_signed_in(it) for it in (browser, *others, foreign)] == [True, False, False, True]


def test_nobody_ends_what_is_anothers(alice: User, charlie: User) -> None:
    browser, foreign = browser_of(alice), browser_of(charlie)
    answer = browser.post(
        PAGE, {"session": sessions.handle_of(foreign.session.session_key or "")}, follow=True
    )
    assert "Signed out on 0 devices." in answer.content.decode()
    assert is_signed_in(foreign)


def test_who_is_removed_from_their_only_place_is_signed_out(
    alice: User, bob: User, northwind: Tenant
) -> None:
    browser = browser_of(bob)
    members.remove(membership(northwind, bob), alice)
    assert not is_signed_in(browser)
    with tenant_scope(northwind.pk):
        ended = AuditEvent.objects.get(action="session.ended")
    assert (ended.actor, ended.subject, ended.detail) == (alice, f"tenants.user {bob.pk}", {"sessions": 1})


def test_who_has_another_place_or_leaves_by_themselves_stays_signed_in(
    alice: User, bob: User, northwind: Tenant, southgate: Tenant
) -> None:
    MembershipFactory.create(tenant=southgate, user=bob)
    browser = browser_of(bob)
    members.remove(membership(northwind, bob), alice)
    assert is_signed_in(browser)
    members.remove(membership(southgate, bob), bob, may_be_last=True)
    assert is_signed_in(browser)


def membership(tenant: Tenant, user: User) -> Membership:
    with tenant_scope(tenant.pk):
        return Membership.objects.select_related("tenant", "user").get(user=user)


def test_who_is_switched_off_at_the_desk_has_no_session_left(carol: User, bob: User) -> None:
    browser_of(bob)
    browser_of(carol).post(f"/admin/tenants/user/{bob.pk}/change/", {"email": bob.email, "full_name": "Bob"})
    assert not bob.sessions.exists()
    assert carol.sessions.exists()


def test_sessions_that_have_run_out_are_forgotten(alice: User) -> None:
    browser_of(alice), browser_of(alice)
    old = alice.sessions.first()
    assert old
    Session.objects.filter(pk=old.pk).update(expire_date=timezone.now() - timedelta(minutes=1))
    assert len(handles(alice)) == 1
    tasks.forget_ended_sessions()
    assert alice.sessions.count() == 1


def test_a_person_and_their_session_are_told_apart_by_the_database(alice: User) -> None:
    browser_of(alice)
    with across_tenants("a test looks"):
        row = alice.sessions.get()
    assert row.get_session_store_class() is sessions.SessionStore
    assert row.get_decoded()["_auth_user_id"] == str(alice.pk)


def test_what_lies_in_the_database_lets_nobody_in(alice: User) -> None:
    browser = browser_of(alice)
    ((key, data),) = sql("SELECT session_key, session_data FROM tenants_session")
    assert str(browser.session.session_key) not in f"{key} {data}"
    thief = Client()
    thief.cookies[django_settings.SESSION_COOKIE_NAME] = key
    assert (is_signed_in(browser), is_signed_in(thief)) == (True, False)
    assert PlainStore().decode(data) == {}, "it is more than signed"


def test_what_is_in_a_session_opens_in_that_one_alone(alice: User, bob: User) -> None:
    browser = browser_of(alice)
    browser_of(bob)
    foreign = bob.sessions.get().session_data
    alice.sessions.update(session_data=foreign)
    assert not is_signed_in(browser)


def test_a_session_sealed_with_a_key_that_is_gone_is_over(alice: User, settings: Settings) -> None:
    browser = browser_of(alice)
    settings.SEALING_KEYS = [new_key("another")]
    assert not is_signed_in(browser)
