"""A JSON schema as a table that people read: one row a field, dotted downwards."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
NULL = {"type": "null"}
BY_FORMAT = {"uuid": "UUID", "date-time": "time with a zone"}
BY_TYPE = {"string": "text", "boolean": "true or false", "integer": "whole number", "null": "null"}
LIMITS = {
    "maxLength": "at most {} characters",
    "maxItems": "at most {} entries",
    "maxProperties": "at most {} entries",
    "minimum": "at least {}",
    "maximum": "at most {}",
}


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    kind: str
    is_required: bool
    about: str


@dataclass(frozen=True, slots=True)
class Shapes:
    """`named` are the document's schemas, which others refer to."""

    named: Mapping[str, Schema]

    def fields(self, schema: Schema, before: str = "") -> Iterator[Field]:
        """What need not be there may be null as well, which goes without saying."""
        whole = self.whole(schema)
        for name, inner in whole.get("properties", {}).items():
            field = self.whole(inner)
            is_required = name in whole.get("required", ())
            kind = self.kind(inner) if is_required else self.kind(field)
            yield Field(f"{before}{name}", kind, is_required, inner.get("description", ""))
            yield from self.fields(field, f"{before}{name}.")
            yield from self.fields(field.get("items", {}), f"{before}{name}[].")

    def kind(self, schema: Schema) -> str:
        choices = schema.get("anyOf") or schema.get("oneOf")
        if choices:
            return " or ".join(map(self.kind, choices))
        whole = self.whole(schema)
        limits = [text.format(whole[name]) for name, text in LIMITS.items() if name in whole]
        return ", ".join([self._plain_kind(whole), *limits])

    def whole(self, schema: Schema) -> Schema:
        """What it refers to, or the one thing that it is where it is not null."""
        if "$ref" in schema:
            return self.named[schema["$ref"].rpartition("/")[2]]
        choices = [it for it in schema.get("anyOf", ()) if it != NULL]
        return self.whole(choices[0]) if len(choices) == 1 else schema

    def _plain_kind(self, schema: Schema) -> str:
        options = schema.get("enum", [schema["const"]] if "const" in schema else ())
        if options:
            return " | ".join(options)
        if schema.get("type") == "array":
            return f"list of {self.kind(schema['items'])}"
        kind: str = schema["type"]
        return BY_FORMAT.get(schema.get("format", ""), BY_TYPE.get(kind, kind))
