"""Model fields whose column is sealed and whose attribute is plain.

The value is opened when the attribute is read, never when the row is loaded, and sealed when the row is
saved. The model needs `tenant_id` and a primary key that exists before the first save (a UUID), since both
are part of the seal.
"""

from typing import Any

from django.db import models
from django.db.models.query_utils import DeferredAttribute

from tenants.data_keys import seal_for, unseal_for
from tenants.sealing import as_text, from_text, seal_text, unseal_text


class SealedText(str):
    """Text as it lies in the column."""


class SealedBytes(bytes):
    """Bytes as they lie in the column."""


def place_of(table: str, column: str, tenant_id: int, pk: object) -> str:
    return f"{table}.{column}:{tenant_id}:{pk}"


def seal_in(model: type[models.Model], column: str, tenant_id: int, pk: object, value: bytes) -> bytes:
    """As the column of that row holds it, for whoever writes past the ORM."""
    return seal_for(tenant_id, value, place_of(model._meta.db_table, column, tenant_id, pk))


def _sealed(field: models.Field[Any, Any], row: Any, value: bytes) -> bytes:
    return seal_in(type(row), str(field.column), row.tenant_id, row.pk, value)


class Unsealing(DeferredAttribute):
    """Opens the value at each reading; the instance itself keeps what the column holds, or what was assigned."""

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        if not isinstance(value, SealedText | SealedBytes):
            return value
        if isinstance(self.field, RingSealedTextField):
            return unseal_text(str(value), self.field.place_in(instance))
        tenant_id = instance.tenant_id
        place = place_of(instance._meta.db_table, str(self.field.column), tenant_id, instance.pk)
        if isinstance(value, SealedBytes):
            return unseal_for(tenant_id, value, place)
        return unseal_for(tenant_id, from_text(value, place), place).decode()

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class SealedTextField(models.TextField[str, str]):
    descriptor_class = Unsealing

    def from_db_value(self, value: str | None, *_: object) -> str:
        return SealedText(value) if value else ""

    def pre_save(self, model_instance: models.Model, add: bool) -> SealedText:
        value = model_instance.__dict__[self.attname] or ""
        if value and not isinstance(value, SealedText):
            value = model_instance.__dict__[self.attname] = SealedText(
                as_text(_sealed(self, model_instance, value.encode()))
            )
        return SealedText(value)

    def get_prep_value(self, value: Any) -> Any:
        if not isinstance(value, SealedText):
            raise TypeError(
                f"{self.name} is sealed: assign it and save the row; update() and filter() cannot seal."
            )
        return str(value)


class RingSealedTextField(SealedTextField):
    """Of what is no tenant's: sealed with a key of the ring itself."""

    def pre_save(self, model_instance: models.Model, add: bool) -> SealedText:
        value = model_instance.__dict__[self.attname] or ""
        if value and not isinstance(value, SealedText):
            value = SealedText(seal_text(value, self.place_in(model_instance)))
            model_instance.__dict__[self.attname] = value
        return SealedText(value)

    def place_in(self, row: models.Model) -> str:
        return f"{row._meta.db_table}.{self.column}:{row.pk}"


class SealedBytesField(models.BinaryField[bytes, bytes]):
    descriptor_class = Unsealing

    def from_db_value(self, value: Any, *_: object) -> bytes:
        return SealedBytes(value) if value else b""

    def pre_save(self, model_instance: models.Model, add: bool) -> SealedBytes:
        value = model_instance.__dict__[self.attname] or b""
        if value and not isinstance(value, SealedBytes):
            value = model_instance.__dict__[self.attname] = SealedBytes(_sealed(self, model_instance, value))
        return SealedBytes(value)

    def get_prep_value(self, value: Any) -> Any:
        if not isinstance(value, SealedBytes):
            raise TypeError(
                f"{self.name} is sealed: assign it and save the row; update() and filter() cannot seal."
            )
        return bytes(value)
