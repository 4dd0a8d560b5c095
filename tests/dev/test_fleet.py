"""The bench's large fleet, made small: whatever the desk shows of a tenant has rows."""

import os

import psycopg
import pytest
from django.db import connection

from dev.bench import fleet
from dev.bench.fleet_tables import TABLES
from dev.postgres import SUPERUSER

TENANTS = 10


@pytest.mark.django_db
def test_every_table_of_the_fleet_is_filled() -> None:
    folder = os.environ["DATABASE_URL"].partition("host=")[2]
    database = connection.settings_dict["NAME"]
    with psycopg.connect(host=folder, user=SUPERUSER, dbname=database) as owner:
        fleet.make(owner, TENANTS)
        filled = {it: owner.execute(f"SELECT count(*) FROM {it}").fetchone() for it in TABLES}
        owner.rollback()
    assert [table for table, count in filled.items() if not count or not count[0]] == []
