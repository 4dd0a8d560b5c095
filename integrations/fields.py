"""Model fields whose column is sealed and whose attribute is plain.

The value is opened when the attribute is read, never when the row is loaded, and sealed when the row is
saved. The model needs `tenant_id` and a primary key that exists before the first save (a UUID), since both
are part of the seal.
"""

from typing import Any

from django.db import models
from django.db.models.query_utils import DeferredAttribute

from tenants.sealing import seal, seal_text, unseal, unseal_text


class SealedText(str):
    """Text as it lies in the column."""


class SealedBytes(bytes):
    """Bytes as they lie in the column."""


def place_of(field: models.Field[Any, Any], row: Any) -> str:
    return _place(row, str(field.column), row.tenant_id, row.pk)


def _place(model: models.Model | type[models.Model], column: str, tenant_id: int, pk: object) -> str:
    return f"{model._meta.db_table}.{column}:{tenant_id}:{pk}"


def seal_in(model: type[models.Model], column: str, tenant_id: int, pk: object, value: bytes) -> bytes:
    """As the column of that row holds it, for whoever writes past the ORM."""
    return seal(value, _place(model, column, tenant_id, pk))


class Unsealing(DeferredAttribute):
    """Opens the value at each reading; the instance itself keeps what the column holds, or what was assigned."""

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        if isinstance(value, SealedText):
            return unseal_text(value, place_of(self.field, instance))
        if isinstance(value, SealedBytes):
            return unseal(value, place_of(self.field, instance))
        return value

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
                seal_text(value, place_of(self, model_instance))
            )
        return SealedText(value)

    def get_prep_value(self, value: Any) -> Any:
        if not isinstance(value, SealedText):
            raise TypeError(
                f"{self.name} is sealed: assign it and save the row; update() and filter() cannot seal."
            )
        return str(value)


class SealedBytesField(models.BinaryField[bytes, bytes]):
    descriptor_class = Unsealing

    def from_db_value(self, value: Any, *_: object) -> bytes:
        return SealedBytes(value) if value else b""

    def pre_save(self, model_instance: models.Model, add: bool) -> SealedBytes:
        value = model_instance.__dict__[self.attname] or b""
        if value and not isinstance(value, SealedBytes):
            value = model_instance.__dict__[self.attname] = SealedBytes(
                seal(value, place_of(self, model_instance))
            )
        return SealedBytes(value)

    def get_prep_value(self, value: Any) -> Any:
        if not isinstance(value, SealedBytes):
            raise TypeError(
                f"{self.name} is sealed: assign it and save the row; update() and filter() cannot seal."
            )
        return bytes(value)
