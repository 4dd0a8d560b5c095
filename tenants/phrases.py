"""Sentences that are stored for a customer and told later, each in its reader's own language."""

import json
from typing import Any

from django.db import models
from django.utils.translation import gettext, ngettext, override

LONGEST_VALUE = 300


class Phrase:
    """An English sentence of the catalogue with named values: `Phrase("Expected %(hosts)s.", hosts="api.lever.co")`.

    `str()`, and so every template, tells it in the active language. A value may be a phrase again; text in one is
    cut after 300 characters, since it may come from outside. A sentence without values may hold any character.
    """

    __slots__ = ("plural", "text", "values")

    def __init__(self, text: str = "", /, *, plural: str = "", **values: "str | int | Phrase") -> None:
        self.text = text
        self.plural = plural
        self.values = {
            name: value[:LONGEST_VALUE] if isinstance(value, str) else value for name, value in values.items()
        }

    @classmethod
    def of(cls, said: "str | Phrase") -> "Phrase":
        return said if isinstance(said, Phrase) else cls(said)

    @classmethod
    def parse(cls, stored: str | dict[str, Any]) -> "Phrase":
        """What `stored` gave."""
        if isinstance(stored, str):
            return cls(stored)
        values = {
            name: cls.parse(value) if isinstance(value, dict) else value
            for name, value in stored["values"].items()
        }
        return cls(stored["text"], plural=stored["plural"], **values)

    @property
    def stored(self) -> str | dict[str, Any]:
        """As it lies in JSON."""
        return self._whole() if self.values else self.text

    @property
    def english(self) -> str:
        """For logs, for staff and for machines."""
        with override("en"):
            return str(self)

    def _whole(self) -> dict[str, Any]:
        values = {
            name: value._whole() if isinstance(value, Phrase) else value
            for name, value in self.values.items()
        }
        return {"text": self.text, "plural": self.plural, "values": values}

    def __str__(self) -> str:
        if not self.text:
            return ""
        match self.values.get("count"):
            case int(count) if self.plural:
                told = ngettext(self.text, self.plural, count)
            case _:
                told = gettext(self.text)
        return told % self.values if self.values else told

    def __repr__(self) -> str:
        return f"Phrase({self.english!r})"

    def __bool__(self) -> bool:
        return bool(self.text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Phrase) and self._whole() == other._whole()

    def __hash__(self) -> int:
        return hash((self.text, self.plural))


def counted(one: str, many: str, /, count: int, **values: str | int | Phrase) -> Phrase:
    """`counted("%(count)s job", "%(count)s jobs", 3)`."""
    return Phrase(one, plural=many, count=count, **values)


class PhraseField(models.TextField["str | Phrase", Phrase]):
    """One phrase; a sentence without values lies in its column as it is."""

    def from_db_value(self, value: str | None, *_: object) -> Phrase:
        return Phrase.parse(json.loads(value) if value and value.startswith('{"text":') else value or "")

    def to_python(self, value: Any) -> Phrase:
        return Phrase.of(value or "")

    def get_prep_value(self, value: Any) -> str:
        stored = Phrase.of(value or "").stored
        return stored if isinstance(stored, str) else json.dumps(stored)


class PhrasesField(models.JSONField):
    """A list of phrases."""

    def from_db_value(self, *given: Any) -> list[Phrase]:
        return [Phrase.parse(it) for it in super().from_db_value(*given) or []]

    def get_prep_value(self, value: Any) -> Any:
        return [Phrase.of(it).stored for it in value or []]
