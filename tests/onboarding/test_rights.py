"""Who may press what at the desk: one table, held to by every action, every list and every page."""

import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from onboarding.admin.actions import ACTIONS
from onboarding.models import Problem
from onboarding.problems import KINDS
from tenants.admin.reading import ReadOnlyAdmin
from tenants.models import Tenant, User
from tenants.rights import RIGHTS, Right
from tests import factories
from tests.people import browser_of

from .pages import staff_as, text

pytestmark = pytest.mark.django_db
ROLES = ("cs", "lead", "engineer", "auditor")
TABLE = """
                     cs lead engineer auditor
diagnose             +  +    +        -
sync                 +  +    +        -
discover             +  +    +        -
accept_drop          +  +    -        -
reject_drop          +  +    -        -
largest_drop         +  +    -        -
allow_account        +  +    -        -
remind               +  +    +        -
invite               +  +    +        -
stop_notice          +  +    +        -
resume_notice        +  +    +        -
change_owner         -  +    -        -
note                 +  +    +        -
acknowledge          +  +    +        -
snooze               +  +    +        -
resolve              +  +    +        -
pause                +  +    +        -
resume               +  +    +        -
approve              +  +    -        -
ask_back             +  +    -        -
override             -  +    -        -
withdraw_override    -  +    -        -
off_board            -  +    -        -
take_back            -  +    -        -
issue_secret         -  -    +        -
replay               -  -    +        -
check_rejected       -  -    +        -
cancel_replay        +  +    +        -
"""
LISTS = {
    Right.ACT: "+ + + -",
    Right.DECIDE: "+ + - -",
    Right.REPLAY: "- - + -",
    Right.SECRETS: "- - + -",
    Right.STAFF: "- - - -",
}


WHOLE = """
             cs lead engineer auditor
ADD          +  +    -        -
ACT          +  +    +        -
DECIDE       +  +    -        -
OVERRIDE     -  +    -        -
ASSIGN       -  +    -        -
OFF_BOARD    -  +    -        -
ERASE        -  +    -        -
RESUMES      +  +    -        -
SECRETS      -  -    +        -
REPLAY       -  -    +        -
SETTINGS     -  -    +        -
VISIT        +  +    +        -
STAFF        -  -    -        -
"""


def rows(table: str) -> dict[str, list[str]]:
    return {name: cells for name, *cells in (line.split() for line in table.strip().splitlines()[1:])}


def allowed(table: str, role: str) -> set[str]:
    return {name for name, cells in rows(table).items() if cells[ROLES.index(role)] == "+"}


ROWS = rows(TABLE)


def test_every_action_has_a_row_and_every_row_an_action() -> None:
    assert ROWS.keys() == ACTIONS.keys()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("action", ROWS)
def test_an_action_is_refused_to_whoever_may_not(
    carol: User, northwind: Tenant, action: str, role: str
) -> None:
    is_allowed = ROWS[action][ROLES.index(role)] == "+"
    desk = staff_as(carol, role)
    answer = desk.post(reverse("admin:tenants_tenant_act", args=[northwind.pk, action]), {"sure": "1"})
    told = [str(it) for it in get_messages(answer.wsgi_request)] if answer.status_code == 302 else []
    is_refused = any("not done" in it for it in told)
    assert is_refused != is_allowed


@pytest.mark.parametrize("role", ROLES)
def test_lists_offer_their_actions_to_whoever_may(carol: User, role: str) -> None:
    staff_as(carol, role)
    user = User.objects.get(pk=carol.pk)
    for site in reading_lists():
        expected = LISTS[site.acting].split()
        request: Any = type("Request", (), {"user": user})()
        assert site.has_act_permission(request) == (expected[ROLES.index(role)] == "+"), site


def reading_lists() -> list[ReadOnlyAdmin[Any]]:
    return [it for it in admin.site._registry.values() if isinstance(it, ReadOnlyAdmin)]


def test_what_a_list_offers_takes_what_its_button_takes() -> None:
    for site in reading_lists():
        both = ACTIONS.keys() & {str(it) for it in site.actions or ()}
        assert {ACTIONS[name].right for name in both} <= {site.acting}, site


def buttons() -> dict[str, Right]:
    """By what stands on it: what it takes to press it."""
    found = {it.label: it.right for it in ACTIONS.values()}
    for site in reading_lists():
        for name in site.actions or ():
            described = getattr(getattr(site, str(name)), "short_description", "")
            found[described.partition(":")[0]] = site.acting
    return found


def test_who_is_told_to_press_something_may() -> None:
    rights, pressed = buttons(), set()
    for code, kind in KINDS.items():
        role = User.Role.ENGINEER if kind.actor == Problem.Actor.ENGINEER else User.Role.CS
        for label in re.findall("“([^”]+)”", kind.remedy):
            if label in rights:
                assert rights[label] in RIGHTS[role], (code, label)
                pressed.add(label)
    assert {"Sync the feed", "Accept the drop", "Process once more", "Send again"} <= pressed


@pytest.mark.parametrize("path", ["/admin/", "/admin/tenants/tenant/", "/admin/tenants/tenant/export/"])
def test_staff_without_a_role_see_nothing(carol: User, northwind: Tenant, path: str) -> None:
    answer = staff_as(carol, "").get(path, follow=True)
    assert answer.status_code == 403
    assert "Northwind" not in text(answer)


@pytest.mark.parametrize("role", ROLES)
def test_everybody_with_a_role_sees_every_row(carol: User, northwind: Tenant, role: str) -> None:
    desk = staff_as(carol, role)
    for path in ("/admin/", "/admin/tenants/tenant/", "/admin/onboarding/problem/", "/admin/runbook/"):
        assert desk.get(path).status_code == 200
    assert desk.get(f"/admin/tenants/tenant/{northwind.pk}/change/").status_code == 200
    assert desk.get("/admin/tenants/auditevent/").status_code == 200


@pytest.mark.parametrize(
    ("role", "may"), [("cs", False), ("lead", False), ("engineer", True), ("auditor", False)]
)
def test_settings_are_the_engineers(carol: User, northwind: Tenant, role: str, may: bool) -> None:
    desk = staff_as(carol, role)
    fields = {
        "name": "Renamed",
        "slug": "northwind",
        "source_label": "Appcast",
        "language": "en",
        "retention_days": 30,
        "duplicate_window_days": 120,
    }
    answer = desk.post(f"/admin/tenants/tenant/{northwind.pk}/change/", fields)
    assert (answer.status_code == 302) == may
    assert (Tenant.objects.get(pk=northwind.pk).name == "Renamed") == may


@pytest.mark.parametrize(
    ("role", "may"), [("cs", True), ("lead", True), ("engineer", False), ("auditor", False)]
)
def test_tenants_are_added_by_customer_success(carol: User, role: str, may: bool) -> None:
    assert (staff_as(carol, role).get("/admin/tenants/tenant/add/").status_code == 200) == may


@pytest.mark.parametrize("role", ROLES)
def test_the_page_offers_what_the_role_may_press_and_no_more(
    carol: User, northwind: Tenant, role: str
) -> None:
    factories.FeedFactory.create(tenant=northwind)
    factories.LiveRequestFactory.create(tenant=northwind)
    factories.StepOverrideFactory.create(tenant=northwind)
    factories.NoticeFactory.create(tenant=northwind)

    def offered(desk: Client) -> set[str]:
        page = text(desk.get(f"/admin/tenants/tenant/{northwind.pk}/change/"))
        return {name for name in ROWS if f"/act/{name}/" in page}

    everything = offered(browser_of(carol))
    assert offered(staff_as(carol, role)) == everything & allowed(TABLE, role)
    assert len(everything) >= 10


@pytest.mark.parametrize("role", ROLES)
def test_no_role_makes_staff_or_sees_a_secret(carol: User, alice: User, northwind: Tenant, role: str) -> None:
    desk = staff_as(carol, role)
    path = f"/admin/tenants/user/{alice.pk}/change/"
    assert desk.post(path, {"email": alice.email, "is_staff": "on", "role": "lead"}).status_code == 403
    secret = factories.SenderSecretFactory.create(tenant=northwind)
    assert secret.secret not in text(desk.get(f"/admin/integrations/sendersecret/{secret.pk}/change/"))


def test_what_no_page_shows_is_not_guessed_letter_by_letter(carol: User) -> None:
    desk = staff_as(carol, "auditor")
    hidden = [(site, name) for site in reading_lists() for name in site.exclude or ()]
    assert ("webhookendpoint", "key") in {(site.opts.model_name, name) for site, name in hidden}
    for site, name in hidden:
        page = reverse(f"admin:{site.opts.app_label}_{site.opts.model_name}_changelist")
        for lookup in (name, f"{name}__startswith", f"{name}__isnull"):
            assert desk.get(page, {lookup: "a"}).status_code == 400, (page, lookup)


def test_a_role_without_staff_opens_nothing(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(role="lead")
    assert not User.objects.get(pk=alice.pk).has_perm(Right.OFF_BOARD)


def test_every_right_has_a_row_and_every_role_its_rights() -> None:
    assert list(rows(WHOLE)) == [it.name for it in Right]
    assert RIGHTS.keys() == set(User.Role) == set(ROLES)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_what_the_table_says_and_nothing_else_that_django_knows(carol: User, role: str) -> None:
    """Of all that can be asked for: every right of the desk, and what Django makes of every model."""
    staff_as(carol, role)
    user = User.objects.get(pk=carol.pk)
    of_models = {
        f"{it.content_type.app_label}.{it.codename}"
        for it in Permission.objects.select_related("content_type")
    }
    may = {it for it in of_models | set(Right) if user.has_perm(it)}
    views = {it for it in of_models if ".view_" in it}
    assert may == views | {Right[name] for name in allowed(WHOLE, role)}


def test_superusers_may_everything(carol: User) -> None:
    assert all(carol.has_perm(it) for it in Right)


@pytest.mark.parametrize(
    ("role", "page", "missing"),
    [
        ("auditor", "visit", "It takes the right “visit”, which these roles have: Customer Success, lead of"),
        ("", "visit", "Nobody has given you a role at the desk yet."),
    ],
)
def test_whoever_may_not_reads_what_is_missing_and_whom_to_ask(
    carol: User, northwind: Tenant, role: str, page: str, missing: str
) -> None:
    factories.UserFactory.create(email="root@appcast.example", is_staff=True, is_superuser=True)
    answer = staff_as(carol, role).post(f"/admin/tenants/tenant/{northwind.pk}/{page}/", {"reason": "A look"})
    told = text(answer)
    assert answer.status_code == 403
    assert missing in told
    assert "ask who gives roles: root@appcast.example." in told
    assert ('href="/admin/"' in told) == bool(role)
    assert "Customer Success contact" not in told


def test_what_a_button_lacks_is_named(carol: User, northwind: Tenant) -> None:
    desk = staff_as(carol, "cs")
    answer = desk.post(reverse("admin:tenants_tenant_act", args=[northwind.pk, "off_board"]), follow=True)
    (told,) = (str(it) for it in answer.context["messages"])
    assert told.startswith(
        "“Off-board” was not done. It takes the right “off board”, which these roles have: lead of"
    )
