"""The OpenAPI document: ninja's, with the body of an application, which ninja does not read."""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any, NoReturn

from django.conf import settings
from django.views.decorators.http import require_safe
from ninja import NinjaAPI, Router
from ninja.openapi.schema import REF_TEMPLATE, OpenAPISchema
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from integrations.appcast import explaining, wire
from integrations.appcast.applications import UnacceptableError

from . import refusals
from .page import Page

# What packages above this one add to the document: their routers, and their answers to errors.
Addition = Callable[[NinjaAPI], None]
additions: list[Addition] = []
APPLICATION = {"$ref": REF_TEMPLATE.format(model="Application")}
TITLE = "Applications from Appcast Apply, and the desk's figures"
DESCRIPTION = """\
One signed application a request, stored before it is acknowledged, and delivered into the customer's ATS.

What was not answered, or was answered 408, 429 or 503, is sent again with the same body: the `application_id` is \
the key against doubles. 400, 409, 410, 413 and 422 are final for this body.

A body needs a `Content-Length`. No address redirects. Nothing personal is in any answer.
"""


class NullIsAbsent(GenerateJsonSchema):
    """What has a default may be `null` too, which counts as absent."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        told = super().default_schema(schema)
        return {"anyOf": [told, {"type": "null"}]}


class ContractAPI(NinjaAPI):
    """Ninja routes, answers and documents; what comes is read by the contract's own strict parser."""

    def __init__(self, router: Router) -> None:
        super().__init__(
            title=TITLE,
            version="1.0",
            description=DESCRIPTION,
            urls_namespace="webhooks",
            docs=Page(),
            docs_decorator=require_safe,
            servers=[{"url": settings.PUBLIC_URL}],
            default_router=router,
        )
        refusals.answer_by(self)
        for add in additions:
            add(self)

    def get_content_type(self) -> str:
        """JSON has one encoding."""
        return "application/json"

    def validation_error_from_error_contexts(self, error_contexts: list[Any]) -> NoReturn:
        """In the contract's words; the first part of a path is the name of our own argument."""
        found = [
            it for context in error_contexts for it in explaining.problems(context.pydantic_validation_error)
        ]
        raise UnacceptableError(tuple(replace(it, field=it.field.partition(".")[2]) for it in found))

    def get_openapi_schema(self, **_: Any) -> OpenAPISchema:
        return self._document

    @cached_property
    def _document(self) -> OpenAPISchema:
        document = super().get_openapi_schema()
        application = wire.Body.model_json_schema(ref_template=REF_TEMPLATE, schema_generator=NullIsAbsent)
        document["components"]["schemas"] |= application.pop("$defs") | {"Application": application}
        return document
