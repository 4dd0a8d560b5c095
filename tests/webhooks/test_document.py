"""The OpenAPI document and its page: whole, valid, for everybody to read, and of the same facts."""

import hmac
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from openapi_spec_validator import validate

from integrations.appcast import applications as contract
from sandbox.appcast.applications import build_application
from sandbox.appcast.promises import Promises
from webhooks.api import examples, shapes

pytestmark = pytest.mark.django_db
LIST = "/api/v1/tenants/{slug}/applications"
ONE = f"{LIST}/{{sender_id}}"
# Of the contract's table: which requests are answered so.
REPLIES = {
    ("post", LIST): {"200", "202", "400", "401", "404", "408", "409", "410", "413", "422", "429", "503"},
    ("get", LIST): {"200", "401", "422", "429", "503"},
    ("get", ONE): {"200", "401", "404", "429", "503"},
    ("get", "/api/v1/desk/fleet"): {"200", "401", "429"},
    ("get", "/api/v1/desk/tenants"): {"200", "401", "429"},
    ("get", "/api/v1/desk/tenants/{slug}"): {"200", "401", "404", "429"},
}


@pytest.fixture
def document() -> dict[str, Any]:
    told: dict[str, Any] = Client().get("/api/v1/openapi.json").json()
    return told


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method, path): it for path, methods in document["paths"].items() for method, it in methods.items()
    }


def test_it_is_openapi(document: dict[str, Any]) -> None:
    validate(document)


def test_every_request_tells_every_reply_of_the_contract(document: dict[str, Any]) -> None:
    assert {name: set(it["responses"]) for name, it in operations(document).items()} == REPLIES


def test_every_request_is_signed_and_the_desks_have_a_key(document: dict[str, Any]) -> None:
    scheme = document["components"]["securitySchemes"]["AppcastSignature"]
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", "X-Appcast-Signature")
    assert "Two secrets of a tenant can be live at once" in scheme["description"]
    for (_, path), it in operations(document).items():
        is_desk = path.startswith("/api/v1/desk/")
        assert it["security"] == [{"DeskKeyHeader" if is_desk else "AppcastSignature": []}]


def replies(document: dict[str, Any]) -> Iterator[tuple[str, str, int, dict[str, Any]]]:
    for (method, path), operation in operations(document).items():
        yield from ((method, path, int(status), reply) for status, reply in operation["responses"].items())


def test_every_example_keeps_to_its_own_schema(document: dict[str, Any]) -> None:
    promises = Promises(document)
    for method, path, status, reply in replies(document):
        for example in reply["content"]["application/json"]["examples"].values():
            headers = {"Content-Type": "application/json"} | dict.fromkeys(reply.get("headers", {}), "60")
            assert promises.broken_by_reply(method, path, status, headers, example["value"]) == []


def test_the_example_of_an_application_is_one(document: dict[str, Any]) -> None:
    assert Promises(document).broken_by_request("POST", LIST, examples.APPLICATION) == []
    assert contract.parse(json.dumps(examples.APPLICATION).encode()).candidacy.full_name == "Ada Adler"


def test_what_the_sandbox_hands_in_is_what_the_document_asks_for(document: dict[str, Any]) -> None:
    application = build_application("job-1", None, {}, [{"question_id": "q-1", "value": ["a"]}], True, {})
    assert Promises(document).broken_by_request("POST", LIST, application) == []


def test_the_signature_that_it_shows_is_one(document: dict[str, Any]) -> None:
    told = document["components"]["securitySchemes"]["AppcastSignature"]["description"]
    mac = hmac.digest(b"an example's secret", b"1769860800.{}", "sha256").hex()
    assert f"t=1769860800,v1={mac}" in told


def test_only_reading_it_is_allowed() -> None:
    for path in ("/api/v1/openapi.json", "/api/v1/docs"):
        assert [getattr(Client(), it)(path).status_code for it in ("head", "post")] == [200, 405]


def test_the_page_tells_all_that_the_document_tells(document: dict[str, Any]) -> None:
    page = re.sub(r"<[^>]+>", "", Client().get("/api/v1/docs").content.decode())
    for (method, path), operation in operations(document).items():
        assert f"{method.upper()} {document['servers'][0]['url']}{path}" in page
        assert all(it["name"] in page for it in operation["parameters"])
    assert "accepted | delivering | delivered" in page
    for name in ("applicant.address.city", "attachments[].sha256", "history[].reason", "errors[].field"):
        assert name in page
    for code in ("idempotency_conflict", "duplicate_application", "job_closed", "too_large", "Retry-After"):
        assert code in page


def test_the_page_runs_no_script_and_reads_no_other_host() -> None:
    answer = Client().get("/api/v1/docs")
    page = answer.content.decode()
    assert "'unsafe" not in answer["Content-Security-Policy"]
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)
    assert not re.search(r" style=\"| on\w+=\"|<script(?![^>]* src=)", page)


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string", "maxLength": 5}, "text, at most 5 characters"),
        ({"type": "string", "format": "uuid"}, "UUID"),
        ({"enum": ["a", "b"], "type": "string"}, "a | b"),
        ({"const": "a", "type": "string"}, "a"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "text or null"),
        ({"type": "array", "items": {"$ref": "/One"}, "maxItems": 2}, "list of object, at most 2 entries"),
        ({"type": "integer", "minimum": 1, "maximum": 9}, "whole number, at least 1, at most 9"),
    ],
)  # fmt: skip
def test_a_schema_in_words(schema: dict[str, Any], kind: str) -> None:
    assert shapes.Shapes({"One": {"type": "object"}}).kind(schema) == kind
