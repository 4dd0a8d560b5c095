"""A secret is changed at the desk while applications keep coming: none is refused, and who changes it sees when."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import Posting, SenderSecret
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import tenant_scope
from tests.people import browser_of

from . import appcast
from .appcast import SECRET, ask_for_list, header, send


@pytest.fixture
def desk(carol: User) -> Client:
    return browser_of(carol)


def issued_at(desk: Client, tenant: Tenant) -> str:
    page = act(desk, tenant, "issue_secret").content.decode()
    found = re.search(r'<code id="secret">(\w{64})</code>', page)
    assert found
    return found[1]


def act(desk: Client, tenant: Tenant, action: str) -> Any:
    url = reverse("admin:tenants_tenant_act", args=[tenant.pk, action])
    return desk.post(url, {"sure": "1"}, follow=True)


def withdraw(desk: Client, secret: str, tenant: Tenant) -> None:
    with tenant_scope(tenant.pk):
        row = next(it for it in SenderSecret.objects.all() if it.secret == secret)
    url = reverse("admin:integrations_sendersecret_changelist")
    desk.post(url, {"action": "withdraw", "_selected_action": [str(row.pk)]})


def taken(number: int, *secrets: str) -> int:
    body = appcast.application(applicant__email=f"{number}@mail.example")
    status: int = send(body, signature=header(body, *secrets)).status_code
    return status


def used(tenant: Tenant) -> dict[str, bool]:
    with tenant_scope(tenant.pk):
        return {it.secret: it.last_used_at is not None for it in SenderSecret.objects.all()}


def test_no_application_is_refused_while_the_secret_changes(
    posting: Posting, northwind: Tenant, desk: Client
) -> None:
    assert taken(1, SECRET) == 202
    new = issued_at(desk, northwind)
    assert taken(2, SECRET) == 202
    assert taken(3, SECRET, new) == taken(4, new, SECRET) == 202
    assert used(northwind) == {SECRET: True, new: False}
    assert taken(5, new) == 202
    assert used(northwind) == {SECRET: True, new: True}
    withdraw(desk, SECRET, northwind)
    assert taken(6, SECRET, new) == taken(7, new) == 202
    assert taken(8, SECRET) == 401
    target = appcast.PATH.encode()
    assert ask_for_list(signature=header(target, SECRET, new)).status_code == 200
    assert ask_for_list(signature=header(target, SECRET)).status_code == 401


def test_nine_signatures_are_too_many(posting: Posting) -> None:
    assert taken(1, *["other"] * 7, SECRET) == 202
    assert taken(2, *["other"] * 8, SECRET) == 401


def test_a_third_waits_for_one_to_be_withdrawn(posting: Posting, northwind: Tenant, desk: Client) -> None:
    issued_at(desk, northwind)
    answer = act(desk, northwind, "issue_secret")
    assert "Withdraw the one that is not used any more first." in answer.content.decode()
    withdraw(desk, SECRET, northwind)
    assert taken(1, issued_at(desk, northwind)) == 202


def test_every_change_is_in_the_audit_trail_and_no_secret_is(
    posting: Posting, northwind: Tenant, desk: Client, carol: User
) -> None:
    new = issued_at(desk, northwind)
    withdraw(desk, new, northwind)
    with tenant_scope(northwind.pk):
        events = list(AuditEvent.objects.filter(action__startswith="sender.").order_by("id"))
    assert [it.action for it in events] == ["sender.secret_issued", "sender.secret_withdrawn"]
    assert {it.actor for it in events} == {carol}
    assert new not in "".join(f"{it.subject}{it.detail}" for it in events)


def test_the_desk_shows_when_each_was_used_and_none_again(
    posting: Posting, northwind: Tenant, desk: Client
) -> None:
    new = issued_at(desk, northwind)
    taken(1, SECRET)
    page = desk.get(reverse("admin:integrations_sendersecret_changelist")).content.decode()
    assert page.count("field-last_used_at") == 2
    cells = re.findall(r'field-last_used_at nowrap">(.*?)</td>', page)
    assert sorted(it == "-" for it in cells) == [False, True]
    assert new not in page
