"""A list of the desk: each cell names its column, for screens that have room for none."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from tenants.models import Tenant, User
from tests.people import browser_of

pytestmark = pytest.mark.django_db
CELL = re.compile(r'<t[dh] (data-label="[^"]*"|data-empty) class="([\w-]+)')


@pytest.fixture
def desk(carol: User) -> Client:
    return browser_of(carol)


def test_each_cell_says_what_it_is_and_what_is_empty_says_nothing(
    desk: Client, northwind: Tenant, alice: User
) -> None:
    page = desk.get(reverse("admin:tenants_membership_changelist")).content.decode()
    assert CELL.findall(page) == [
        ('data-label=""', "action-checkbox"),
        ('data-label="User"', "field-user"),
        ('data-label="Tenant"', "field-tenant"),
        ('data-label="Role"', "field-role"),
        ("data-empty", "field-steps"),
        ('data-label="Joined at"', "field-joined_at"),
        ("data-empty", "field-seen_at"),
    ]
