import base64
from typing import Any
from urllib.parse import quote

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone

from sandbox.mail.totp import code_at
from tenants.models import AuditEvent, Invitation, Membership, Tenant, User
from tenants.scoping import across_tenants
from tests.factories import InvitationFactory, MembershipFactory, UserFactory
from tests.people import browser_of, confirm_again

from .mailed import ask, code_in, guess, new_address, new_browser

pytestmark = pytest.mark.django_db
DESK, FACTOR, AGAIN = "/admin/", "/accounts/2fa/authenticate/", "/accounts/2fa/reauthenticate/"
SECRET = base64.b32encode(b"twenty bytes in here").decode()


@pytest.fixture
def dora(db: None) -> User:
    """Staff of the first day: no second factor yet."""
    user: User = UserFactory.create(email="dora@appcast.example", is_staff=True, is_superuser=True)
    return user


def actions_of(action: str) -> list[AuditEvent]:
    with across_tenants("a test reads the trail"):
        return list(AuditEvent.objects.filter(action=action))


def test_somebody_unknown_is_sent_to_sign_in_by_code_and_comes_back() -> None:
    answer = browser_of(None).get("/admin/tenants/tenant/", follow=True)
    assert [url for url, _ in answer.redirect_chain] == [
        "/admin/login/?next=/admin/tenants/tenant/",
        "/accounts/login/?next=%2Fadmin%2Ftenants%2Ftenant%2F",
    ]


@pytest.mark.parametrize("who", [None, "alice", "carol"])
def test_nobody_is_shown_a_form_for_a_password(
    who: str | None, request: pytest.FixtureRequest, northwind: Tenant
) -> None:
    browser = browser_of(request.getfixturevalue(who) if who else None)
    for path in (
        *("/admin/login/", "/admin/password_change/", "/accounts/login/", "/accounts/signup/"),
        *("/accounts/password/set/", "/accounts/password/change/", "/accounts/password/reset/"),
        "/accounts/reauthenticate/",
    ):
        for answer in (
            browser.get(path, follow=True),
            browser.post(path, {"username": "carol@appcast.example", "password": "x"}, follow=True),
        ):
            assert b'type="password"' not in answer.content


def test_who_is_no_staff_is_not_let_in_and_learns_nothing(alice: User) -> None:
    answer = browser_of(alice).get(DESK, follow=True)
    assert answer.status_code == 403
    assert b"Onboarding desk" not in answer.content


def test_staff_without_a_second_factor_are_sent_to_set_one_up(dora: User, northwind: Tenant) -> None:
    browser = browser_of(dora)
    for path in (DESK, "/admin/tenants/tenant/", f"/admin/tenants/tenant/{northwind.pk}/change/"):
        answer = browser.get(path)
        assert (answer.status_code, answer["Location"]) == (302, "/accounts/2fa/")
    assert "Staff use two factors" in str(next(iter(get_messages(answer.wsgi_request))))


def test_recovery_codes_alone_are_no_second_factor(dora: User) -> None:
    Authenticator.objects.create(user=dora, type=Authenticator.Type.RECOVERY_CODES, data={})
    assert browser_of(dora).get(DESK)["Location"] == "/accounts/2fa/"


def test_staff_with_a_second_factor_see_every_tenant(
    carol: User, northwind: Tenant, southgate: Tenant
) -> None:
    page = browser_of(carol).get("/admin/tenants/tenant/").content.decode()
    assert northwind.name in page
    assert southgate.name in page


def test_a_person_removed_from_a_tenant_is_named_in_the_trail(carol: User, bob: User) -> None:
    with across_tenants("a test looks up a row"):
        membership = Membership.objects.get(user=bob)
    press(carol, "tenants/membership", "remove", membership.pk)
    assert browser_of(bob).get("/t/northwind/").status_code == 404
    assert [str(it.actor) for it in actions_of("membership.removed")] == ["carol@appcast.example"]


def test_rows_of_several_tenants_are_worked_on_one_tenant_after_the_other(
    carol: User, bob: User, charlie: User, northwind: Tenant, southgate: Tenant
) -> None:
    """Else two who press at once could each hold the audit trail that the other waits for."""
    late = MembershipFactory.create(tenant=northwind)
    with across_tenants("a test looks up rows"):
        rows = Membership.objects.filter(user__in=[bob, charlie, late.user])
        chosen = [str(it.pk) for it in rows]
    browser_of(carol).post("/admin/tenants/membership/", {"action": "remove", "_selected_action": chosen})
    removed = [it.tenant_id for it in reversed(actions_of("membership.removed"))]
    assert removed == [northwind.pk, northwind.pk, southgate.pk]


def test_a_revoked_invitation_opens_nothing(carol: User) -> None:
    invitation = InvitationFactory.create()
    press(carol, "tenants/invitation", "revoke", invitation.pk)
    with across_tenants("a test looks up a row"):
        invitation.refresh_from_db()
    assert invitation.revoked_at
    assert len(actions_of("invitation.revoked")) == 1


def test_a_new_link_goes_to_open_invitations_alone(carol: User, northwind: Tenant, southgate: Tenant) -> None:
    now = timezone.now()
    kim = {"tenant": northwind, "email": "kim@northwind.example"}
    Tenant.objects.filter(pk=southgate.pk).update(status="offboarded")
    chosen = [
        InvitationFactory.create(**kim, role="member"),
        InvitationFactory.create(**kim, role="owner", revoked_at=now),
        InvitationFactory.create(tenant=northwind, accepted_at=now),
        InvitationFactory.create(tenant=southgate),
    ]
    press(carol, "tenants/invitation", "send_again", *(it.pk for it in chosen))
    with across_tenants("a test looks up rows"):
        sent = Invitation.objects.exclude(pk__in=[it.pk for it in chosen])
        assert [(it.email, it.role) for it in sent] == [("kim@northwind.example", "member")]


def test_a_lost_second_factor_is_removed_and_the_desk_asks_for_a_new_one(carol: User, dora: User) -> None:
    factor = Authenticator.objects.create(user=dora, type=Authenticator.Type.TOTP, data={"secret": "sealed"})
    assert b"sealed" not in browser_of(carol).get(f"/admin/mfa/authenticator/{factor.pk}/change/").content
    press(carol, "mfa/authenticator", "remove", factor.pk)
    assert browser_of(dora).get(DESK)["Location"] == "/accounts/2fa/"
    assert len(actions_of("second_factor.removed")) == 1


def test_a_person_added_at_the_desk_has_no_password_and_an_address_in_small_letters(carol: User) -> None:
    browser_of(carol).post("/admin/tenants/user/add/", {"email": "Kim@Northwind.example", "is_active": "on"})
    kim = User.objects.get(email="kim@northwind.example")
    assert not kim.has_usable_password()
    assert [it.detail["is_staff"] for it in actions_of("user.changed")] == [False]


def test_staff_sign_in_by_code_and_by_their_second_factor(mailoutbox: list[EmailMessage]) -> None:
    staff = UserFactory.create(email=new_address(), is_staff=True, is_superuser=True)
    TOTP.activate(staff, SECRET)
    browser = new_browser()
    ask(browser, staff.email)
    assert guess(browser, code_in(mailoutbox[0]))["Location"] == FACTOR
    assert browser.post(FACTOR, {"code": "000000"}).status_code == 200
    assert browser.get(DESK).status_code == 302
    browser.post(FACTOR, {"code": code_at(SECRET)})
    assert browser.get(DESK).status_code == 200


def test_staff_who_set_a_second_factor_up_come_in_at_once(dora: User) -> None:
    browser = browser_of(dora)
    setup = browser.get("/accounts/2fa/totp/activate/")
    secret = setup.context["form"].secret
    browser.post("/accounts/2fa/totp/activate/", {"code": code_at(secret)})
    assert browser.get(DESK).status_code == 200


def test_a_session_that_began_without_the_second_factor_is_asked_for_it(
    dora: User, northwind: Tenant
) -> None:
    """Who has the mailbox alone signed in before, or stayed signed in, and waits for the factor to be set up."""
    earlier = Client()
    earlier.force_login(dora, "allauth.account.auth_backends.AuthenticationBackend")
    TOTP.activate(dora, SECRET)
    page = f"/admin/tenants/tenant/{northwind.pk}/change/"
    asked = earlier.get(page)
    assert asked["Location"] == f"{AGAIN}?next={quote(page, safe='')}"
    pressed = earlier.post(f"/admin/tenants/tenant/{northwind.pk}/act/pause/", {"sure": "1"})
    assert pressed["Location"] == f"{AGAIN}?next=%2Fadmin%2F"
    assert actions_of("tenant.paused") == []
    assert earlier.post(asked["Location"], {"code": code_at(SECRET)})["Location"] == page
    assert earlier.get(page).status_code == 200


def test_a_factor_that_was_removed_proves_nothing_any_more(dora: User) -> None:
    factor = TOTP.activate(dora, SECRET).instance
    thiefs = browser_of(dora)
    assert thiefs.get(DESK).status_code == 200
    factor.delete()
    TOTP.activate(dora, SECRET[::-1])
    assert thiefs.get(DESK)["Location"].startswith(AGAIN)


LATER = 11 * 60


@pytest.mark.parametrize(
    ("page", "data"),
    [
        ("/admin/tenants/tenant/{tenant}/act/issue_secret/", {}),
        ("/admin/tenants/tenant/{tenant}/act/off_board/", {"confirmed": "northwind"}),
        ("/admin/tenants/tenant/{tenant}/act/allow_account/", {}),
        ("/admin/tenants/tenant/{tenant}/act/invite/", {"email": "kim@northwind.example"}),
        ("/admin/tenants/membership/", {"action": "remove", "_selected_action": ["{membership}"]}),
        ("/admin/tenants/user/{user}/change/", {"email": "bob@northwind.example", "is_staff": "on"}),
        ("/admin/tenants/user/add/", {"email": "kim@appcast.example", "is_staff": "on"}),
        ("/admin/mfa/authenticator/", {"action": "remove", "_selected_action": ["{factor}"]}),
    ],
)
def test_before_what_is_grave_staff_confirm_that_it_is_them(
    carol: User, bob: User, northwind: Tenant, page: str, data: dict[str, Any]
) -> None:
    """The second factor once more, unless it was asked for in the last ten minutes; nothing happens before."""
    factor = Authenticator.objects.create(user=bob, type=Authenticator.Type.TOTP, data={})
    with across_tenants("a test looks up a row"):
        membership = Membership.objects.get(user=bob)
    names = {"tenant": northwind.pk, "user": bob.pk, "factor": factor.pk, "membership": membership.pk}
    browser = browser_of(carol)
    confirm_again(browser, carol, ago=LATER)
    sent = {
        key: [it.format(**names) for it in value] if isinstance(value, list) else value
        for key, value in data.items()
    }
    answer = browser.post(page.format(**names), sent)
    assert answer["Location"].startswith("/accounts/2fa/reauthenticate/?next=%2Fadmin%2F")
    assert Authenticator.objects.filter(pk=factor.pk).exists()
    assert not User.objects.filter(email="kim@appcast.example").exists()
    assert [
        *actions_of("sender.secret_issued"),
        *actions_of("tenant.offboarded"),
        *actions_of("user.changed"),
        *actions_of("membership.removed"),
        *actions_of("invitation.sent"),
    ] == []
    confirm_again(browser, carol)
    answer = browser.post(page.format(**names), sent)
    assert "reauthenticate" not in answer.headers.get("Location", "")


@pytest.fixture
def helper(db: None) -> User:
    """Staff who may look at people and change what is said of them, but are no superusers."""
    user: User = UserFactory.create(email="helper@appcast.example", is_staff=True, role="auditor")
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    rights = ["view_membership", "view_user", "change_user"]
    user.user_permissions.set(
        Permission.objects.filter(codename__in=rights, content_type__app_label="tenants")
    )
    return user


def test_who_may_only_look_may_not_press(helper: User, bob: User) -> None:
    with across_tenants("a test looks up a row"):
        membership = Membership.objects.get(user=bob)
    browser = browser_of(helper)
    assert browser.get("/admin/tenants/membership/").status_code == 200
    browser.post("/admin/tenants/membership/", {"action": "remove", "_selected_action": [membership.pk]})
    assert browser_of(bob).get("/t/northwind/").status_code == 200


def test_who_is_no_superuser_makes_none_of_themselves(helper: User) -> None:
    path = f"/admin/tenants/user/{helper.pk}/change/"
    sent = {"email": helper.email, "full_name": "Changed", "is_active": "on", "is_superuser": "on"}
    assert browser_of(helper).post(path, sent).status_code == 302
    helper.refresh_from_db()
    assert (helper.full_name, helper.is_superuser, helper.is_staff) == ("Changed", False, True)


def test_nobody_is_deleted_at_the_desk(carol: User, bob: User) -> None:
    assert browser_of(carol).post(f"/admin/tenants/user/{bob.pk}/delete/", {"post": "yes"}).status_code == 403


def press(by: User, model: str, action: str, *pks: int) -> None:
    answer = browser_of(by).post(f"/admin/{model}/", {"action": action, "_selected_action": pks})
    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"sent_at": timezone.now()}, "waits"),
        ({"sent_at": None}, "not mailed"),
        ({"expires_at": timezone.now()}, "expired"),
        ({"revoked_at": timezone.now()}, "revoked"),
        ({"accepted_at": timezone.now()}, "accepted"),
    ],
)
def test_the_list_of_invitations_says_how_each_stands(
    northwind: Tenant, carol: User, fields: dict[str, object], state: str
) -> None:
    InvitationFactory.create(tenant=northwind, **fields)
    page = browser_of(carol).get("/admin/tenants/invitation/").content.decode()
    assert f'class="field-state">{state}</td>' in page
