"""The document as a page: in the portal's own look, without a script, and for whoever cannot read OpenAPI."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase

from .described import JSON
from .shapes import Field, Shapes

Json = Mapping[str, Any]
Prose = list[list[tuple[str, bool]]]


class Page(DocsBase):
    def render_page(self, request: HttpRequest, api: NinjaAPI, **_: Any) -> HttpResponse:
        return render(request, "webhooks/api.html", told(api.get_openapi_schema()))


def told(document: Json) -> dict[str, Any]:
    shapes = Shapes(document["components"]["schemas"])
    return {
        "title": document["info"]["title"],
        "about": prose(document["info"]["description"]),
        "server": document["servers"][0]["url"],
        "signature": [
            (it["name"], prose(it["description"]))
            for it in document["components"]["securitySchemes"].values()
        ],
        "operations": [
            _operation(shapes, method, path, operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        ],
    }


def prose(text: str) -> Prose:
    """Paragraphs of words; a word between backticks is code."""
    paragraphs = text.strip().split("\n\n")
    return [
        [(part, bool(index % 2)) for index, part in enumerate(it.split("`")) if part] for it in paragraphs
    ]


def _operation(shapes: Shapes, method: str, path: str, operation: Json) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {}).get(JSON, {})
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "about": prose(operation["description"]),
        "parameters": [_parameter(shapes, it) for it in operation["parameters"]],
        "fields": list(shapes.fields(body.get("schema", {}))),
        "examples": [_pretty(it["value"]) for it in body.get("examples", {}).values()],
        "replies": [_reply(shapes, status, it) for status, it in sorted(operation["responses"].items())],
    }


def _parameter(shapes: Shapes, parameter: Json) -> Field:
    return Field(
        parameter["name"],
        f"{shapes.kind(shapes.whole(parameter['schema']))}, in the {parameter['in']}",
        parameter["required"],
        parameter.get("description", ""),
    )


def _reply(shapes: Shapes, status: int, reply: Json) -> dict[str, Any]:
    content = reply["content"][JSON]
    return {
        "status": status,
        "phrase": HTTPStatus(status).phrase,
        "when": reply["description"],
        "headers": [(name, it["description"]) for name, it in reply.get("headers", {}).items()],
        "fields": list(shapes.fields(content["schema"])),
        "examples": [_pretty(it["value"]) for it in content["examples"].values()],
    }


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
