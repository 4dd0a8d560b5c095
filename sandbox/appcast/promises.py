"""What a portal promises of its replies in its own openapi.json, and whether it keeps to it."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator

Json = dict[str, Any]
JSON = "application/json"
MOST_TOLD = 10


class Promises:
    """Of one document."""

    def __init__(self, document: Json) -> None:
        self.document = document

    def broken_by_request(self, method: str, path: str, body: Any) -> list[str]:
        operation = self._operation(method, path)
        if operation is None:
            return [f"{method} {path} is not in the document."]
        return list(self._misfits(operation["requestBody"]["content"][JSON]["schema"], body))

    def broken_by_reply(
        self, method: str, path: str, status: int, headers: Mapping[str, str], body: Any
    ) -> list[str]:
        """`headers` by their names in any case; `body` as its JSON says."""
        operation = self._operation(method, path)
        reply = operation and operation["responses"].get(str(status))
        if not reply:
            return [f"{method} {path} is not said to be answered {status}."]
        return [*self._missing(reply, headers), *self._misfits(reply["content"][JSON]["schema"], body)]

    def _operation(self, method: str, path: str) -> Json | None:
        for template, operations in self.document["paths"].items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
                found: Json | None = operations.get(method.lower())
                return found
        return None

    def _missing(self, reply: Json, headers: Mapping[str, str]) -> Iterator[str]:
        came = {name.lower(): value for name, value in headers.items()}
        if came.get("content-type") != JSON:
            yield f"Content-Type is {came.get('content-type')!r}, not {JSON!r}."
        for name in reply.get("headers", {}):
            if name.lower() not in came:
                yield f"{name} is missing."

    def _misfits(self, schema: Json, value: Any) -> Iterator[str]:
        """Where, never what: the value may be an applicant's."""
        whole = {**schema, "components": self.document["components"]}
        checker = Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)
        for error in islice(checker.iter_errors(value), MOST_TOLD):
            yield f"{error.json_path} breaks {error.validator!r}."
