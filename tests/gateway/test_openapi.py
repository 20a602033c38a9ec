"""The description at /openapi.json: of every call, and of nothing else, with all that it needs."""

import json
import re

import pytest

from openoutcry.gateway import openapi
from openoutcry.gateway.native import description, market
from openoutcry.gateway.native.routes import PREFIX, TABLE
from tests.gateway.native.floor import open_floor
from tests.proof.conformance import Conformance

OPERATIONS = (*openapi.OPERATIONS, *market.OPERATIONS, *description.OPERATIONS)


@pytest.fixture(scope="module")
def app():
    with open_floor() as floor:
        yield floor.client.app


@pytest.fixture(scope="module")
def document(app):
    return json.loads(json.dumps(app.openapi()))


def calls_of(document):
    return {
        (method.upper(), path): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }


def routed(app):
    """Return every call that a route answers, as the description would have it."""
    found = set()

    def walk(routes):
        for route in routes:
            if hasattr(route, "original_router"):
                walk(route.original_router.routes)
                continue
            for method in getattr(route, "methods", None) or ():
                found.add((method, re.sub(r"\{(\w+):path\}", r"{\1}", route.path)))

    walk(app.router.routes)
    return {
        (method, path)
        for method, path in found
        if method not in ("HEAD", "OPTIONS")
        and not path.startswith("/assets/")
        and (path == "/" or not path.endswith("/"))
    }


def test_every_call_is_described_and_nothing_else(app, document):
    assert routed(app) == set(calls_of(document))


def test_every_native_route_has_a_line_of_its_own():
    lines = {(one.method.upper(), one.path.removeprefix(PREFIX)) for one in OPERATIONS}
    assert {(method, path) for method, path, _ in TABLE} <= lines
    described = [(one.method, one.path) for one in OPERATIONS]
    assert len(described) == len(set(described))


def test_every_answer_tells_its_headers_and_every_problem_its_body(document):
    whole = Conformance(document)._whole
    for call, operation in calls_of(document).items():
        successes = [status for status in operation["responses"] if status < "300"]
        assert len(successes) == 1, call
        for status, told in operation["responses"].items():
            response = whole(told)
            assert {
                "X-Sequence",
                "RateLimit-Limit",
                "RateLimit-Remaining",
                "RateLimit-Reset",
            } <= set(response["headers"]), call
            if status >= "400":
                assert list(response["content"]) == ["application/problem+json"], call
            if status in ("429", "503"):
                assert "Retry-After" in response["headers"]
        assert {"401", "403"} <= set(operation["responses"]), call


def test_what_writes_takes_an_idempotency_key_and_what_reads_may_wait(document):
    for (method, path), operation in calls_of(document).items():
        names = {parameter["name"] for parameter in operation.get("parameters", ())}
        if path.startswith("/api/v1"):
            assert ("Idempotency-Key" in names) is (method != "GET"), path
            assert ("min_sequence" in names) is (method == "GET"), path
        in_path = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "path"}
        assert in_path == set(re.findall(r"\{(\w+)\}", path))


def test_names_of_calls_are_unique(document):
    names = [operation["operationId"] for operation in calls_of(document).values()]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z0-9_]+", name) for name in names)


def test_every_reference_leads_somewhere(document):
    whole = Conformance(document)._whole
    references = re.findall(r'"\$ref": "([^"]+)"', json.dumps(document))
    assert references
    for reference in set(references):
        assert whole({"$ref": reference}), reference


@pytest.mark.parametrize("one", [one for one in OPERATIONS if one.body], ids=lambda o: o.path)
def test_a_body_is_described_as_it_is_read(document, one):
    path = re.sub(r"\{(\w+):path\}", r"{\1}", one.path)
    operation = document["paths"][path][one.method]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert set(schema["properties"]) == set(one.body)
    assert set(schema.get("required", ())) == {n for n, f in one.body.items() if f.required}
    for name, field in one.body.items():
        shown = schema["properties"][name]
        if not field.required:
            assert None in shown["enum"] if "enum" in shown else "null" in shown["type"]
        if field.kind in ("object", "array"):
            assert name in description.PARTS, f"{name}: say in description.PARTS what is in it"


def test_administration_is_never_without_a_key(document):
    for (_, path), operation in calls_of(document).items():
        security = operation.get("security", document["security"])
        assert ({} in security) is not path.startswith("/api/v1/admin/"), path
        assert {"key": []} in security


def test_with_keys_only_open_paths_are_without_one():
    with open_floor(auth="keys") as floor:
        document = floor.client.app.openapi()
    free = {
        path
        for (_, path), operation in calls_of(document).items()
        if {} in operation.get("security", document["security"])
    }
    assert free == {"/", "/health", "/ready", "/docs", "/openapi.json", "/asyncapi.json"} & set(
        document["paths"]
    )


def test_a_book_is_described_at_each_of_its_levels(document):
    conforms = Conformance(document)
    path = "/api/v1/book/{symbol}"
    call = conforms.operation("GET", path)
    [level] = [one for one in call["parameters"] if one["name"] == "level"]
    examples = call["responses"]["200"]["content"]["application/json"]["examples"]
    with open_floor() as floor:
        for number in range(3):
            floor.alice.rest("sell", 2 + number, f"50.{number}0")
        for number in level["schema"]["enum"]:
            assert f"{number}: " in level["description"]
            answer = floor.alice.call("GET", f"/book/XYZ?level={number}")
            conforms.check("GET", path, 200, answer.headers, answer.content)
            told = json.dumps(examples[f"level {number}"]["value"]).encode()
            conforms.check("GET", path, 200, answer.headers, told)
            rows = {len(row) for row in answer.json()["asks"]}
            assert rows == {len(row) for row in json.loads(told)["asks"]}
            odd = told.replace(b'"187.20"', b"187.20")
            with pytest.raises(AssertionError):
                conforms.check("GET", path, 200, answer.headers, odd)
