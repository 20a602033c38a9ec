"""The description of every call at /openapi.json, made from the same tables and types as the calls.

The simple API's routes describe themselves to the framework. Everything else is a line in a table
here or beside its door; bodies come from the doors' field tables, answers from the wire's structs.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from openoutcry.gateway.bodies import Field

Document = dict[str, Any]

JSON: Final = "application/json"
_PLACE: Final = "#/components/schemas/{name}"
_PATH_PARAMETER: Final = re.compile(r"\{(\w+)(?::path)?\}")
_BODY_METHODS: Final = ("post", "put", "patch")
SEQUENCE_HEADER: Final = {
    "X-Sequence": {
        "description": "The sequence number that the answer reflects.",
        "schema": {"type": "integer"},
    }
}
PROBLEM: Final = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; for programs."},
        "detail": {"type": "string", "description": "For a person."},
    },
}
_ABOUT: Final = """A trading venue in one process. An answer of 2xx means sequenced and durable.

Send `Authorization: Bearer <key>`; without a key an open venue takes you for the demo account.
Every error is `application/problem+json` with a stable `code`."""


class Operation(NamedTuple):
    """One call, as its description shows it."""

    method: str
    path: str
    """As in the routes; `:path` is left out."""
    summary: str
    tag: str
    answer: Any = None
    """The type of the body, a media type as text, or None for no body."""
    status: int = 200
    body: Mapping[str, Field] | None = None
    query: tuple[str, ...] = ()


OPERATIONS: Final = (
    Operation("get", "/", "Show the terminal", "venue", "text/html"),
    Operation("get", "/health", "Say that the process lives", "venue", dict[str, str]),
    Operation("get", "/ready", "Say whether the venue takes commands", "venue", dict[str, str]),
    Operation("get", "/metrics", "Show what the venue counts", "venue", "text/plain"),
    Operation("get", "/openapi.json", "Describe every call", "venue", JSON),
)


def openapi_of(app: FastAPI, operations: Iterable[Operation]) -> Document:
    """Return the OpenAPI document of an app whose routes are up."""
    operations = tuple(operations)
    document = get_openapi(
        title=app.title, version=app.version, description=_ABOUT, routes=app.routes
    )
    shapes = [one.answer for one in operations if not isinstance(one.answer, str | None)]
    described, schemas = msgspec.json.schema_components(shapes, ref_template=_PLACE)
    by_shape = dict(zip(map(repr, shapes), described, strict=True))
    for operation in operations:
        item = document["paths"].setdefault(_PATH_PARAMETER.sub(r"{\1}", operation.path), {})
        item[operation.method] = _described(operation, by_shape.get(repr(operation.answer)))
    components = document.setdefault("components", {})
    components.setdefault("schemas", {}).update({"Problem": PROBLEM} | schemas)
    components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    document["security"] = [{}, {"key": []}]
    return document


def openapi_routes(document: Callable[[], Document]) -> list[BaseRoute]:
    """Return `/openapi.json`, whose document is made when it is first asked for."""
    made: list[bytes] = []

    async def openapi(_: Request) -> Response:
        if not made:
            made.append(msgspec.json.encode(document()))
        return Response(made[0], media_type=JSON)

    return [Route("/openapi.json", openapi)]


def _described(operation: Operation, shape: Document | None) -> Document:
    fresh = ("min_sequence",) if operation.method == "get" else ()
    described: Document = {
        "tags": [operation.tag],
        "summary": operation.summary,
        "parameters": [
            *(_parameter(name, "path") for name in _PATH_PARAMETER.findall(operation.path)),
            *(_parameter(name, "query") for name in (*operation.query, *fresh)),
        ],
        "responses": {str(operation.status): _answer(operation, shape), "default": _problem()},
    }
    if operation.method in _BODY_METHODS and operation.body is not None:
        schema = _body(operation.body)
        described["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
    return described


def _parameter(name: str, place: str) -> Document:
    return {"name": name, "in": place, "required": place == "path", "schema": {"type": "string"}}


def _answer(operation: Operation, shape: Document | None) -> Document:
    answer: Document = {"description": operation.summary, "headers": SEQUENCE_HEADER}
    if shape is not None:
        answer["content"] = {JSON: {"schema": shape}}
    elif isinstance(operation.answer, str):
        answer["content"] = {operation.answer: {}}
    return answer


def _problem() -> Document:
    schema = {"$ref": _PLACE.format(name="Problem")}
    return {
        "description": "A problem; `code` says which.",
        "headers": SEQUENCE_HEADER,
        "content": {"application/problem+json": {"schema": schema}},
    }


def _body(fields: Mapping[str, Field]) -> Document:
    schema: Document = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: {"type": field.kind} for name, field in fields.items()},
    }
    required = [name for name, field in fields.items() if field.required]
    return schema | {"required": required} if required else schema
