"""On a phone a row stands as a card without the table's head: each cell names its column itself."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from tenants.models import Tenant
from tests.tenants.belongings import furnish

from .pages import text

pytestmark = pytest.mark.django_db
BLANK = re.compile(r'<td data-label="[^"]*"[^>]*>\s+</td>')
TABLE = re.compile(r'<table [^>]*class="[^"]*\bstacking\b.*?<tbody>(.*?)</tbody>', re.DOTALL)
ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
CELL = re.compile(r"<t[dh]\b[^>]*>")


def cells_but_first(page: str) -> Iterator[str]:
    for table in TABLE.findall(page):
        for row in ROW.findall(table):
            yield from CELL.findall(row)[1:]


@pytest.fixture
def pages(desk: Client, northwind: Tenant) -> list[str]:
    furnish(northwind)
    tenant = reverse("admin:tenants_tenant_change", args=[northwind.pk])
    return [text(desk.get(it)) for it in (reverse("admin:runbook"), reverse("admin:index"), tenant)]


def test_every_cell_but_a_rows_first_names_its_column(pages: list[str]) -> None:
    for page in pages:
        cells = list(cells_but_first(page))
        assert cells
        assert [it for it in cells if "data-label=" not in it] == []


def test_what_is_empty_has_no_blanks_that_would_show_its_name_alone(pages: list[str]) -> None:
    assert [it for page in pages for it in BLANK.findall(page)] == []
