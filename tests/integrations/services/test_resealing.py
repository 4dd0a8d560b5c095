"""A new key comes first into SEALING_KEYS: all is sealed anew, in as many goes as it takes, and the old one goes."""

import io
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from integrations.fields import place_of
from integrations.models import SenderSecret
from integrations.services import resealing
from onboarding.models import Channel
from tenants import data_keys, sealing
from tenants.accounts import SECOND_FACTOR
from tenants.models import DataKey, Tenant, User
from tenants.scoping import across_tenants, tenant_scope
from tests.factories import ApplicationFileFactory, ChannelFactory, SenderSecretFactory
from tests.people import browser_of
from tests.tenants.database import sql
from tests.tenants.keys import new_key

pytestmark = pytest.mark.django_db
OLD, NEW = new_key("old"), new_key("new")


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    data_keys._remembered.clear()
    yield
    data_keys._remembered.clear()


@pytest.fixture
def secrets(settings: Settings, northwind: Tenant, southgate: Tenant) -> list[SenderSecret]:
    """Sealed under the old key of the ring, in the old manner and in the new."""
    settings.SEALING_KEYS = [OLD]
    for tenant in (northwind, southgate):
        with tenant_scope(tenant.pk):
            DataKey.objects.all().delete()
        DataKey.make(tenant.pk)
    rows = [
        SenderSecretFactory.create(tenant=tenant, secret=f"secret {number}")
        for number, tenant in enumerate((northwind, northwind, southgate))
    ]
    as_before_data_keys(rows[0])
    settings.SEALING_KEYS = [NEW, OLD]
    return rows


def as_before_data_keys(row: SenderSecret) -> None:
    place = place_of(row._meta.db_table, "secret", row.tenant_id, row.pk)
    put(row, sealing.seal_text(row.secret, place))


def put(row: Any, value: str) -> None:
    with tenant_scope(row.tenant_id):
        sql(f"UPDATE {row._meta.db_table} SET secret = %s WHERE id = %s", value, row.pk)


def columns() -> list[str]:
    with across_tenants("a test looks"):
        return [it for (it,) in sql("SELECT secret FROM integrations_sendersecret ORDER BY created_at")]


def reseal(*options: str) -> str:
    out = io.StringIO()
    call_command("reseal", *options, stdout=out)
    return out.getvalue()


def opened() -> list[str]:
    with across_tenants("a test looks"):
        return [it.secret for it in SenderSecret.objects.order_by("created_at")]


def test_afterwards_the_old_key_is_needed_no_more(
    secrets: list[SenderSecret], settings: Settings, carol: User
) -> None:
    said = reseal()
    assert "1 of 1 values sealed anew" in said
    settings.SEALING_KEYS = [NEW]
    data_keys._remembered.clear()
    assert opened() == ["secret 0", "secret 1", "secret 2"]
    assert all(it.startswith("v2.") for it in columns())
    assert "another key than v1.new" in said


def test_a_second_factor_is_sealed_anew_too(settings: Settings, northwind: Tenant) -> None:
    settings.SEALING_KEYS = [OLD]
    user = User.objects.create_user("dora@appcast.example")
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    Authenticator.objects.create(
        user=user, type="recovery_codes", data={"seed": sealing.seal_text("seed", SECOND_FACTOR)}
    )
    with tenant_scope(northwind.pk):
        DataKey.objects.all().delete()
    settings.SEALING_KEYS = [NEW, OLD]
    assert "2 keys sealed anew" in reseal()
    assert "0 keys sealed anew" in reseal()
    settings.SEALING_KEYS = [NEW]
    factor = Authenticator.objects.get(type="totp")
    assert sealing.unseal_text(factor.data["secret"], SECOND_FACTOR) == "JBSWY3DPEHPK3PXP"


def test_what_somebody_changes_meanwhile_is_not_undone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SEALING_KEYS = [OLD]
    _first, second = (
        Authenticator.objects.create(
            user=User.objects.create_user(f"{name}@appcast.example"),
            type="recovery_codes",
            data={"seed": sealing.seal_text("seed", SECOND_FACTOR), "used_mask": 0},
        )
        for name in ("dora", "emil")
    )
    unseal = sealing.unseal_text

    def unseal_while_a_code_is_used(sealed: str, place: str) -> str:
        if second.data["used_mask"] == 0:
            second.data["used_mask"] = 1
            second.save()
        return unseal(sealed, place)

    settings.SEALING_KEYS = [NEW, OLD]
    monkeypatch.setattr(sealing, "unseal_text", unseal_while_a_code_is_used)
    assert resealing.seal_keys_anew() == 2
    second.refresh_from_db()
    assert second.data["used_mask"] == 1


def test_who_is_signed_in_stays_so(secrets: list[SenderSecret], settings: Settings, alice: User) -> None:
    settings.SEALING_KEYS = [OLD]
    browser = browser_of(alice)
    settings.SEALING_KEYS = [NEW, OLD]
    resealing.seal_keys_anew()
    settings.SEALING_KEYS = [NEW]
    assert browser.get("/sessions/").status_code == 200


def test_what_is_no_tenants_is_sealed_anew_too(settings: Settings) -> None:
    settings.SEALING_KEYS = [OLD]
    channel = ChannelFactory.create(kind="webhook", address="https://hooks.slack.example/x")
    settings.SEALING_KEYS = [NEW, OLD]
    assert resealing.seal_keys_anew() == 1
    assert resealing.seal_keys_anew() == 0
    settings.SEALING_KEYS = [NEW]
    assert Channel.objects.get(pk=channel.pk).address == "https://hooks.slack.example/x"


def test_new_data_keys_seal_everything_and_the_older_ones_go_once_nobody_can_use_them(
    secrets: list[SenderSecret], northwind: Tenant, southgate: Tenant
) -> None:
    before = columns()
    assert "2 older data keys stay" in reseal("--new-data-keys")
    assert opened() == ["secret 0", "secret 1", "secret 2"]
    assert not set(before) & set(columns())
    with across_tenants("a test moves the time"):
        DataKey.objects.update(created_at=F("created_at") - timedelta(hours=1))
    assert "older data keys" not in reseal()
    for tenant in (northwind, southgate):
        with tenant_scope(tenant.pk):
            assert DataKey.objects.count() == 1
    data_keys._remembered.clear()
    assert opened() == ["secret 0", "secret 1", "secret 2"]


def test_it_goes_on_where_it_was_stopped(
    secrets: list[SenderSecret], northwind: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resealing, "MOST_AT_ONCE", 1)
    resealing.make_new_data_keys()
    assert resealing.count_left() == 3
    next(resealing.seal_values_anew())
    assert resealing.count_left() == 2
    assert [it.done for it in resealing.seal_values_anew()][-1] == 2
    assert resealing.count_left() == 0
    assert opened() == ["secret 0", "secret 1", "secret 2"]


def test_what_does_not_open_is_named_and_keeps_nothing_else_up(secrets: list[SenderSecret]) -> None:
    broken, moved = secrets[0], secrets[1]
    put(broken, columns()[2])
    with pytest.raises(CommandError, match=f"sendersecret.secret:{broken.tenant_id}:{broken.pk}"):
        reseal("--new-data-keys")
    with tenant_scope(moved.tenant_id):
        assert SenderSecret.objects.get(pk=moved.pk).secret == "secret 1"


def test_a_key_that_is_missing_is_named_and_nothing_is_touched(
    secrets: list[SenderSecret], settings: Settings
) -> None:
    settings.SEALING_KEYS = [NEW]
    before = columns()
    with pytest.raises(CommandError, match=r"'old'.*add it back"):
        reseal()
    assert columns() == before


def test_what_somebody_changes_meanwhile_stays_theirs(secrets: list[SenderSecret]) -> None:
    row = secrets[0]
    before = columns()[0]
    resealing._replace(type(row), row._meta.get_field("secret"), row.pk, before, "older")
    assert columns()[0] != "older", "row security shows nothing outside the tenant's scope"
    with tenant_scope(row.tenant_id):
        resealing._replace(type(row), row._meta.get_field("secret"), row.pk, "another", "older")
    assert columns()[0] == before


def test_bytes_are_sealed_anew_as_text_is(northwind: Tenant) -> None:
    file = ApplicationFileFactory.create(tenant=northwind, data=b"%PDF-1.7", file_name="ada.pdf")
    reseal("--new-data-keys")
    with tenant_scope(northwind.pk):
        file.refresh_from_db()
    assert (file.data, file.file_name, file.upload) == (b"%PDF-1.7", "ada.pdf", "")


def test_each_tenants_rows_are_looked_for_by_their_tenant(secrets: list[SenderSecret]) -> None:
    with CaptureQueriesContext(connection) as asked:
        resealing.count_left()
        list(resealing.seal_values_anew())
    looks = [it["sql"] for it in asked if "substr(" in it["sql"]]
    assert looks
    assert all("WHERE tenant_id = " in it for it in looks)


@pytest.mark.parametrize("number", range(1, 6))
def test_a_tenant_that_is_erased_meanwhile_stays_so_and_keeps_nothing_up(
    secrets: list[SenderSecret], southgate: Tenant, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Its keys go just after the tenants were listed once more."""
    listed, times = resealing._tenants, count(1)

    def list_and_erase() -> list[int]:
        tenants = listed()
        if next(times) == number:
            with tenant_scope(southgate.pk):
                DataKey.objects.all().delete()
            data_keys.forget(southgate.pk)
        return tenants

    monkeypatch.setattr(resealing, "_tenants", list_and_erase)
    reseal("--new-data-keys")
    assert next(times) > number
    with tenant_scope(southgate.pk):
        assert not DataKey.objects.exists()


def test_a_tenant_that_was_made_without_a_key_is_given_one(northwind: Tenant) -> None:
    made = [Tenant(name=it, slug=it, status=it) for it in ("live", "offboarded")]
    kept, erased = Tenant.objects.bulk_create(made)
    assert "1 tenants had no key, and were given one." in reseal()
    keyed = []
    for tenant in (northwind, kept, erased):
        with tenant_scope(tenant.pk):
            keyed.append(DataKey.objects.count())
    assert keyed == [1, 1, 0]
    assert "given one" not in reseal()
