"""The description of every call at /openapi.json, made from the same tables and types as the calls.

The simple API's routes describe themselves to the framework. Everything else is a line in a table
here or beside its door; bodies come from the doors' field tables, answers from the wire's structs.
What every answer has in common, headers and problems, is said once, in the components.
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
from openoutcry.gateway.guard import ADMINISTRATION, Auth, is_open
from openoutcry.gateway.schemas import (
    IDEMPOTENCY_KEY,
    REQUEST_ID,
    Schema,
    body_schema,
    path_parameter,
    query_parameter,
)

Document = dict[str, Any]

JSON: Final = "application/json"
PROBLEM_JSON: Final = "application/problem+json"
_PLACE: Final = "#/components/schemas/{name}"
_PATH_PARAMETER: Final = re.compile(r"\{(\w+)(?::path)?\}")
_NAMING: Final = frozenset({"symbols", "as_of", "account_id"})
"""What names, in a query or a body, something that may not be there."""
_BODY_METHODS: Final = ("post", "put", "patch")
_API: Final = "/api/v1/"
HEADERS: Final[Document] = {
    "X-Sequence": {
        "description": "The sequence number that the answer reflects.",
        "required": True,
        "schema": {"type": "integer"},
    },
    "RateLimit-Limit": {
        "description": "Requests a minute; these three are there with OPENOUTCRY_RATE_LIMIT set.",
        "schema": {"type": "integer"},
    },
    "RateLimit-Remaining": {
        "description": "How many are left of them now.",
        "schema": {"type": "integer"},
    },
    "RateLimit-Reset": {
        "description": "Seconds until all of them are.",
        "schema": {"type": "integer"},
    },
    "Idempotency-Replayed": {
        "description": "The request was known by its key, and this is its first answer.",
        "schema": {"const": "true"},
    },
    "Location": {
        "description": "Where what was made can be read.",
        "required": True,
        "schema": {"type": "string"},
    },
    "Retry-After": {
        "description": "Seconds, at least 1, after which to try again.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "WWW-Authenticate": {
        "description": "How to say who calls.",
        "required": True,
        "schema": {"const": "Bearer"},
    },
}
_EVERYWHERE: Final = ("X-Sequence", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
_WITH_STATUS: Final = {401: "WWW-Authenticate", 429: "Retry-After", 503: "Retry-After"}
PROBLEM: Final[Schema] = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; for programs."},
        "detail": {"type": "string", "description": "For a person."},
        "allowed": {
            "type": "object",
            "description": "What would have been allowed, where there is such a thing.",
        },
    },
}
PROBLEMS: Final = {
    400: "the request makes no sense: `invalid_json` `not_an_object` `repeated_property` "
    "`missing_property` `unknown_property` `invalid_type` `invalid_value`, the first that applies",
    401: "`unauthenticated`: no key where one is needed, or a wrong or ended one",
    403: "`not_permitted` `host_not_allowed` `origin_not_allowed`",
    404: "nothing of this name, or another account's: `unknown_order` `unknown_instrument` "
    "`unknown_account` `unknown_trade` `not_found`",
    408: "`body_incomplete`: the body did not end in time",
    409: "the state forbids it: `key_reused` `too_late` `already_exists` `orders_resting` "
    "`positions_open` `already_busted`",
    413: "`body_too_large`",
    422: "a rule of the market says no; the code is its reason",
    429: "`rate_limited`",
    503: "`not_ready` or `disk_low`: nothing was done, try again",
}
_ABOUT: Final = """A trading venue in one process. An answer of 2xx means sequenced and durable.

Send `Authorization: Bearer <key>`, or sign: `X-API-Key`, `X-Timestamp` and `X-Signature`. Without
either, an open venue takes you for the demo account. Every error is `application/problem+json`
with a stable `code`."""
_SECURITY_SCHEMES: Final = {
    "key": {"type": "http", "scheme": "bearer", "description": "`<key_id>.<secret>`"},
    "signing_key": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "The `key_id` of a key that signs.",
    },
    "signed_at": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Timestamp",
        "description": "Milliseconds since 1970, within 30 s of the venue's time.",
    },
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Signature",
        "description": "Base64 of an Ed25519 signature over time, method, path and body.",
    },
}
_BY_KEY: Final[list[Document]] = [
    {"key": []},
    {"signing_key": [], "signed_at": [], "signature": []},
]


class Operation(NamedTuple):
    """One call, as its description shows it."""

    method: str
    path: str
    """As in the routes; `:path` is left out."""
    summary: str
    tag: str
    answer: Any = None
    """The type of the body, several in a tuple, a media type as text, or None for no body."""
    status: int = 200
    body: Mapping[str, Field] | None = None
    query: tuple[str, ...] = ()
    parameters: Mapping[str, Schema] = {}
    """Those of the query that mean something else here than elsewhere."""
    problems: tuple[int, ...] = ()
    """Statuses beside those that the kind of call has anyway."""
    examples: Mapping[str, Any] = {}
    """Of its answer, by name, where it has one of several shapes."""


OPERATIONS: Final = (
    Operation("get", "/", "Show the terminal", "venue", "text/html"),
    Operation("get", "/health", "Say that the process lives", "venue", dict[str, str]),
    Operation(
        "get", "/ready", "Say whether the venue takes commands", "venue", dict[str, str],
        problems=(503,),
    ),
    Operation("get", "/metrics", "Show what the venue counts", "venue", "text/plain"),
    Operation("get", "/docs", "Show this description", "venue", "text/html"),
    Operation("get", "/openapi.json", "Describe every call", "venue", JSON),
    Operation("get", "/asyncapi.json", "Describe both sockets", "venue", JSON),
)  # fmt: skip


class Described(NamedTuple):
    """What a document is made of, beside the framework's own routes."""

    operations: tuple[Operation, ...]
    parts: Mapping[str, Schema]
    """Schemas of what stands in bodies as an object or array, by property."""
    bodies: Mapping[str, Schema]
    """An example for each call with a body, by method and path under the prefix."""
    auth: Auth


def openapi_of(app: FastAPI, described: Described) -> Document:
    """Return the OpenAPI document of an app whose routes are up."""
    document = get_openapi(
        title=app.title, version=app.version, description=_ABOUT, routes=app.routes
    )
    operations = described.operations
    shapes = [kind for one in operations for kind in _kinds_of(one)]
    answers, schemas = schemas_of(shapes, _PLACE)
    by_shape = dict(zip(map(repr, shapes), answers, strict=True))
    for operation in operations:
        item = document["paths"].setdefault(_PATH_PARAMETER.sub(r"{\1}", operation.path), {})
        found = [by_shape[repr(kind)] for kind in _kinds_of(operation)]
        shape = {"anyOf": found} if len(found) > 1 else next(iter(found), None)
        item[operation.method] = _operation(operation, shape, described)
    for path, item in document["paths"].items():
        if path.startswith(ADMINISTRATION):
            for operation_described in item.values():
                operation_described["security"] = _BY_KEY
        elif is_open(path):
            for operation_described in item.values():
                operation_described["security"] = [{}, *_BY_KEY]
    components = document.setdefault("components", {})
    components.setdefault("schemas", {}).update({"Problem": PROBLEM} | schemas)
    components["headers"] = HEADERS
    components["responses"] = {
        f"Problem{status}": problem(status, words) for status, words in PROBLEMS.items()
    }
    components["securitySchemes"] = _SECURITY_SCHEMES
    document["security"] = [{}, *_BY_KEY] if described.auth is Auth.OPEN else _BY_KEY
    return document


def _kinds_of(operation: Operation) -> tuple[Any, ...]:
    """Return the types that a call's answer may be of."""
    answer = operation.answer
    if isinstance(answer, tuple):
        return answer
    return () if isinstance(answer, str | None) else (answer,)


def schemas_of(kinds: Iterable[Any], place: str) -> tuple[list[Schema], dict[str, Schema]]:
    """Return the schemas of some types, and those of the structs in them, by name."""
    shown, parts = msgspec.json.schema_components(kinds, schema_hook=_anything, ref_template=place)
    simple: tuple[list[Schema], dict[str, Schema]] = _simplified((list(shown), parts))
    return simple


def _simplified(schema: Any) -> Any:  # noqa: ANN401  (any part of a document)
    """Return a schema with pairs of one kind as arrays of two: few tools know any other way."""
    if isinstance(schema, list | tuple):
        return type(schema)(map(_simplified, schema))
    if not isinstance(schema, dict):
        return schema
    plain = {name: _simplified(part) for name, part in schema.items()}
    kinds = plain.get("prefixItems")
    if isinstance(kinds, list) and all(kind == kinds[0] for kind in kinds):
        del plain["prefixItems"]
        plain["items"] = kinds[0]
    return plain


def _anything(kind: type) -> Schema:
    """Return the schema of what is JSON of any shape: a problem's further members, an event."""
    if kind is object:
        return {"description": "Any JSON."}
    raise TypeError(f"no schema is known of {kind}")


def openapi_routes(document: Callable[[], Document]) -> list[BaseRoute]:
    """Return `/openapi.json`, whose document is made when it is first asked for."""
    return [described_at("/openapi.json", document)]


def described_at(path: str, document: Callable[[], Document]) -> Route:
    """Return the route of a document that is made when it is first asked for."""
    made: list[bytes] = []

    async def answer(_: Request) -> Response:
        if not made:
            made.append(msgspec.json.encode(document()))
        return Response(made[0], media_type=JSON)

    return Route(path, answer)


def headers_of(status: int, *more: str) -> Document:
    """Return what is said of the headers of an answer."""
    names = [*_EVERYWHERE, *more]
    if status in _WITH_STATUS:
        names.append(_WITH_STATUS[status])
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def problem(status: int, words: str) -> Document:
    """Return what is said of an answer that is a problem."""
    return {
        "description": words,
        "headers": headers_of(status),
        "content": {PROBLEM_JSON: {"schema": {"$ref": _PLACE.format(name="Problem")}}},
    }


def _operation(operation: Operation, shape: Schema | None, told: Described) -> Document:
    is_read = operation.method == "get"
    is_native = operation.path.startswith(_API)
    fresh = ("min_sequence",) if is_read and is_native else ()
    described: Document = {
        "tags": [operation.tag],
        "summary": operation.summary,
        "operationId": _name_of(operation),
        "parameters": [
            *map(path_parameter, _PATH_PARAMETER.findall(operation.path)),
            *(query_parameter(n, operation.parameters) for n in (*operation.query, *fresh)),
            *([] if is_read else [IDEMPOTENCY_KEY]),
            *([REQUEST_ID] if is_native else []),
        ],
        "responses": {
            str(operation.status): _answer(operation, shape),
            **{
                str(status): {"$ref": f"#/components/responses/Problem{status}"}
                for status in _problems_of(operation)
            },
        },
    }
    if operation.method in _BODY_METHODS and operation.body is not None:
        content: Document = {"schema": body_schema(operation.body, told.parts)}
        example = told.bodies.get(example_of(operation))
        if example is not None:
            content["example"] = example
        described["requestBody"] = {"required": True, "content": {JSON: content}}
    return described


def example_of(operation: Operation) -> str:
    """Return what the example of a call's body is called: `POST /orders`."""
    path = _PATH_PARAMETER.sub(r"{\1}", operation.path).removeprefix(_API.rstrip("/"))
    return f"{operation.method.upper()} {path}"


def _problems_of(operation: Operation) -> list[int]:
    """Return what a call of its kind may be answered, beside its success."""
    found = {401, 403, *operation.problems}
    if not is_open(operation.path):
        found |= {429, 503} if operation.path.startswith(_API) else set()
    if operation.path.startswith(_API):
        found.add(400)
        named = _NAMING.intersection((*operation.query, *(operation.body or ())))
        if named or _PATH_PARAMETER.search(operation.path):
            found.add(404)
        if operation.method != "get":
            found.add(409)
        if operation.method in _BODY_METHODS:
            found |= {408, 413, 422}
    return sorted(found)


def _answer(operation: Operation, shape: Schema | None) -> Document:
    more = [] if operation.method == "get" else ["Idempotency-Replayed"]
    headers = headers_of(operation.status, *more)
    answer: Document = {"description": operation.summary, "headers": headers}
    if shape is not None:
        content = answer["content"] = {JSON: {"schema": shape}}
        if operation.examples:
            named = {name: {"value": one} for name, one in operation.examples.items()}
            content[JSON]["examples"] = named
    elif isinstance(operation.answer, str):
        answer["content"] = {operation.answer: {}}
    return answer


def _name_of(operation: Operation) -> str:
    """Return the name that generated clients give a call: `post_orders`, `get_book_by_symbol`."""
    path = _PATH_PARAMETER.sub(r"by_\1", operation.path.removeprefix(_API.rstrip("/")))
    words = re.sub(r"[^a-z0-9_]+", "_", path.replace("-", "_")).strip("_")
    return f"{operation.method}_{words or 'terminal'}"
