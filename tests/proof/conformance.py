"""An answer held against the description of its call: status, headers, media type and body."""

import json

import jsonschema_rs

RELATIVE = "#/components/"


class Conformance:
    """Knows a document of OpenAPI 3.1 and finds what an answer has that it does not describe."""

    def __init__(self, document):
        self.document = document
        self._validators = {}

    def operation(self, method, path):
        """Return the description of a call by its path as the document has it."""
        return self.document["paths"][path][method.lower()]

    def check(self, method, path, status, headers, body):
        """Assert that a call may be answered so; `headers` are in lower case."""
        responses = self.operation(method, path)["responses"]
        asked = (method, path, status)
        assert str(status) in responses, (asked, body[:300])
        response = self._whole(responses[str(status)])
        for name, told in response["headers"].items():
            header = self._whole(told)
            value = headers.get(name.lower())
            assert value is not None or not header.get("required"), (asked, name)
            if value is not None:
                self._validate(header["schema"], self._cell(header["schema"], value), (asked, name))
        content = response.get("content", {})
        if not content:
            assert not body, asked
            return
        kind = headers["content-type"].partition(";")[0]
        assert kind in content, (asked, kind)
        if "json" in kind and "schema" in content[kind]:
            self._validate(content[kind]["schema"], json.loads(body), asked)

    def _whole(self, part):
        while "$ref" in part:
            reference = part["$ref"]
            part = self.document
            for name in reference.removeprefix("#/").split("/"):
                part = part[name]
        return part

    def _cell(self, schema, text):
        return int(text) if schema.get("type") == "integer" else text

    def _validate(self, schema, value, asked):
        key = json.dumps(schema, sort_keys=True)
        validator = self._validators.get(key)
        if validator is None:
            whole = {"components": self.document["components"], **schema}
            validator = self._validators[key] = jsonschema_rs.Draft202012Validator(whole)
        fault = next(validator.iter_errors(value), None)
        assert fault is None, (asked, str(fault))
