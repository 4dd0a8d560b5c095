"""Columns of a model in statements past the ORM, and instances from what these give."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model

M = TypeVar("M", bound=Model)


class Columns(Generic[M]):
    """All of the model's, unless only some are named; `alias` is what the statement calls its table."""

    def __init__(self, model: type[M], alias: str, *only: str) -> None:
        self._model = model
        fields = [it for it in model._meta.concrete_fields if not only or it.attname in only]
        self._names = [it.attname for it in fields]
        self._converters = [getattr(it, "from_db_value", None) for it in fields]
        self._text = ", ".join(f"{alias}.{it.column}" for it in fields)

    def __str__(self) -> str:
        return self._text

    def __len__(self) -> int:
        return len(self._names)

    def take(self, values: Iterator[Any]) -> M:
        """Of a row that goes on with others' columns."""
        return self.read([*islice(values, len(self))])

    def read(self, values: Sequence[Any]) -> M:
        pairs = zip(self._converters, values, strict=True)
        read = [convert(value, None, connection) if convert else value for convert, value in pairs]
        return self._model.from_db(DEFAULT_DB_ALIAS, self._names, read)
