"""Sealed columns: ciphertext in the table, the plain value at the attribute, and no way in between."""

import pickle
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.db import connection

from integrations.models import ApplicationFile, SenderSecret
from tenants.scoping import tenant_scope
from tenants.sealing import SealError
from tests.factories import ApplicationFileFactory, SenderSecretFactory, TenantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def secret() -> SenderSecret:
    row: SenderSecret = SenderSecretFactory.create(secret="canary")
    return row


@pytest.fixture
def file() -> ApplicationFile:
    row: ApplicationFile = ApplicationFileFactory.create(data=b"%PDF canary", file_name="ada.pdf")
    return row


def column(row: Any, name: str) -> Any:
    with tenant_scope(row.tenant_id), connection.cursor() as cursor:
        cursor.execute(f"SELECT {name} FROM {row._meta.db_table} WHERE id = %s", [row.pk])
        return cursor.fetchone()[0]


def put(row: Any, name: str, value: Any) -> None:
    with tenant_scope(row.tenant_id), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {row._meta.db_table} SET {name} = %s WHERE id = %s", [value, row.pk])


def again(row: Any) -> Any:
    with tenant_scope(row.tenant_id):
        return type(row).objects.get(pk=row.pk)


def test_the_table_holds_what_nobody_can_read(secret: SenderSecret, file: ApplicationFile) -> None:
    assert column(secret, "secret").startswith("v2.")
    assert "canary" not in column(secret, "secret")
    assert bytes(column(file, "data")).startswith(b"v2.")
    assert b"canary" not in bytes(column(file, "data"))


def test_the_attribute_is_plain_at_once_and_after_loading(
    secret: SenderSecret, file: ApplicationFile
) -> None:
    assert (secret.secret, again(secret).secret) == ("canary", "canary")
    assert (file.data, again(file).data) == (b"%PDF canary", b"%PDF canary")
    assert again(file).file_name == "ada.pdf"
    assert type(again(secret).secret) is str
    assert type(again(file).data) is bytes


def test_it_is_opened_when_it_is_read_and_not_when_it_is_loaded(
    secret: SenderSecret, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def unseal_for(tenant_id: int, value: bytes, place: str) -> bytes:
        opened.append(place)
        return b"x"

    monkeypatch.setattr("integrations.fields.unseal_for", unseal_for)
    row = again(secret)
    assert opened == []
    assert row.secret == "x"
    assert opened == [f"integrations_sendersecret.secret:{secret.tenant_id}:{secret.pk}"]


def test_the_same_value_is_sealed_differently_in_each_row(secret: SenderSecret) -> None:
    other = SenderSecretFactory.create(tenant=secret.tenant, secret="canary")
    assert column(secret, "secret") != column(other, "secret")


def test_a_value_moved_to_another_row_does_not_open(secret: SenderSecret) -> None:
    other = SenderSecretFactory.create(tenant=secret.tenant, secret="another")
    put(other, "secret", column(secret, "secret"))
    with pytest.raises(SealError):
        _ = again(other).secret


def test_a_row_moved_to_another_tenant_does_not_open(secret: SenderSecret) -> None:
    row, other = again(secret), TenantFactory.create()
    row.tenant_id = other.pk
    with pytest.raises(SealError):
        _ = row.secret


def test_a_value_moved_to_another_column_does_not_open(file: ApplicationFile) -> None:
    put(file, "upload", column(file, "file_name"))
    with pytest.raises(SealError):
        _ = again(file).upload


def test_a_changed_value_does_not_open(secret: SenderSecret) -> None:
    sealed = column(secret, "secret")
    put(secret, "secret", sealed[:-4] + ("AAAA" if sealed[-4:] != "AAAA" else "BBBB"))
    with pytest.raises(SealError):
        _ = again(secret).secret


def changed(rows: Iterable[SenderSecret]) -> list[SenderSecret]:
    found = list(rows)
    for row in found:
        row.secret = "plain"
    return found


@pytest.mark.parametrize(
    "forbidden",
    [
        lambda: SenderSecret.objects.update(secret="plain"),
        lambda: SenderSecret.objects.filter(secret="canary").exists(),
        lambda: SenderSecret.objects.bulk_update(changed(SenderSecret.objects.all()), ["secret"]),
    ],
)
def test_update_and_filter_are_refused(secret: SenderSecret, forbidden: Callable[[], object]) -> None:
    with pytest.raises(TypeError, match="secret is sealed"), tenant_scope(secret.tenant_id):
        forbidden()
    assert again(secret).secret == "canary"


def test_update_of_sealed_bytes_is_refused_with_what_to_do(file: ApplicationFile) -> None:
    with (
        pytest.raises(TypeError, match="data is sealed: assign it and save the row"),
        tenant_scope(file.tenant_id),
    ):
        ApplicationFile.objects.update(data=b"plain")
    assert again(file).data == b"%PDF canary"


def test_rows_made_in_bulk_are_sealed_too(secret: SenderSecret) -> None:
    with tenant_scope(secret.tenant_id):
        (row,) = SenderSecret.objects.bulk_create([SenderSecret(tenant=secret.tenant, secret="second")])
    assert column(row, "secret").startswith("v2.")
    assert again(row).secret == "second"


def test_an_empty_value_stays_empty(file: ApplicationFile) -> None:
    assert (column(file, "upload"), again(file).upload) == ("", "")
    row = again(file)
    row.data, row.upload = b"", "https://lever.example/1"
    with tenant_scope(file.tenant_id):
        row.save()
    assert (bytes(column(file, "data")), again(file).data) == (b"", b"")
    assert again(file).upload == "https://lever.example/1"


def test_saving_what_was_not_touched_keeps_it_as_it_lay(secret: SenderSecret) -> None:
    before, row = column(secret, "secret"), again(secret)
    with tenant_scope(secret.tenant_id):
        row.save()
    assert column(secret, "secret") == before
    row.secret = "new"
    with tenant_scope(secret.tenant_id):
        row.save(update_fields=["secret"])
    assert (row.secret, again(secret).secret) == ("new", "new")


def test_a_column_left_out_of_a_query_is_loaded_when_it_is_asked_for(secret: SenderSecret) -> None:
    with tenant_scope(secret.tenant_id):
        row = SenderSecret.objects.defer("secret").get()
        assert row.secret == "canary"
        row = SenderSecret.objects.defer("secret").get()
        row.save()
    assert again(secret).secret == "canary"


def test_values_give_what_lies_in_the_column(secret: SenderSecret) -> None:
    with tenant_scope(secret.tenant_id):
        (value,) = SenderSecret.objects.values_list("secret", flat=True)
    assert value.startswith("v2.")


def test_a_row_that_is_pickled_carries_nothing_readable(secret: SenderSecret) -> None:
    assert b"canary" not in pickle.dumps(again(secret))
