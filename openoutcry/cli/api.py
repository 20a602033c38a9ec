"""The running venue's native API as the commands use it.

Rule: whatever goes wrong becomes one sentence. A call that writes carries an Idempotency-Key and is
sent again once when the connection breaks, so it happens once or not at all.
"""

import json
from collections.abc import Mapping
from http.client import HTTPException
from ssl import SSLCertVerificationError
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import OpenerDirector, ProxyHandler, Request, build_opener
from uuid import uuid4

from openoutcry.cli.failed import Failed

TIMEOUT_S: Final = 30.0
PAGE: Final = 100
"""Items asked for at a time."""
LOCAL: Final = frozenset({"127.0.0.1", "::1", "localhost"})
"""Hosts that are this machine: never through a proxy."""
_REPEATABLE: Final = {"POST", "PUT", "PATCH"}

Row = dict[str, object]


class Api:
    """One venue, as one caller."""

    def __init__(self, url: str, key: str, variable: str = "OPENOUTCRY_KEY") -> None:
        self._url = url
        self._key = key
        self._variable = variable
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise Failed(f"{url!r} is no address; one looks like http://127.0.0.1:8000")
        self._opener = _opener_for(parts.hostname)

    @property
    def place(self) -> tuple[str, str]:
        """Where the venue is, and the key that it is called with."""
        return self._url, self._key

    def read(self, path: str, **query: object) -> Row:
        """Return the object at a path under /api/v1."""
        return self._object("GET", path, query=query)

    def read_all(self, path: str) -> list[Row]:
        """Return the whole array at a path."""
        return self._rows(self._call("GET", path))

    def read_pages(self, path: str, limit: int, **query: object) -> list[Row]:
        """Return up to `limit` items of a list that comes in pages."""
        items: list[Row] = []
        cursor: object = None
        while len(items) < limit:
            size = min(PAGE, limit - len(items))
            page = self._object("GET", path, query={**query, "limit": size, "cursor": cursor})
            items += self._rows(page.get("items"))
            cursor = page.get("next")
            if cursor is None:
                break
        return items

    def write(self, method: str, path: str, body: Mapping[str, object]) -> Row:
        """Do something; return what the venue answers."""
        return self._object(method, path, body=body)

    def delete(self, path: str, **query: object) -> Row:
        """Undo or end something; return what the venue answers, empty when it says nothing."""
        answer = self._call("DELETE", path, query=query)
        return {} if answer is None else self._row(answer)

    def _object(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, object] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> Row:
        return self._row(self._call(method, path, query=query, body=body))

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, object] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> object:
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        address = f"{self._url}/api/v1{path}" + (f"?{urlencode(asked)}" if asked else "")
        headers = {"Accept": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        content = None if body is None else json.dumps(body).encode()
        if method in _REPEATABLE:
            headers["Idempotency-Key"] = uuid4().hex
        request = Request(address, content, headers, method=method)  # noqa: S310  (checked above)
        try:
            text = self._send(request)
        except (ConnectionError, HTTPException):
            # It answered before, and broke off: a repeated request is recognised by its key.
            if method not in _REPEATABLE:
                raise self._unanswered("the connection broke") from None
            text = self._send_last(request)
        try:
            return json.loads(text) if text else None
        except ValueError:
            raise self._foreign() from None

    def _send(self, request: Request) -> bytes:
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as answer:
                content: bytes = answer.read()
                return content
        except HTTPError as refused:
            with refused:
                raise self._refusal(refused.code, refused.read()) from None
        except URLError as fault:
            if isinstance(fault.reason, SSLCertVerificationError):
                raise self._untrusted(fault.reason) from None
            raise self._unanswered(fault.reason) from None
        except TimeoutError:
            raise self._unanswered(f"no answer within {TIMEOUT_S:g} s") from None

    def _send_last(self, request: Request) -> bytes:
        try:
            return self._send(request)
        except (ConnectionError, HTTPException):
            raise self._unanswered("the connection broke twice") from None

    def _refusal(self, status: int, text: bytes) -> Failed:
        try:
            problem = self._row(json.loads(text))
            code, detail = problem["code"], problem["detail"]
        except (ValueError, KeyError):
            return self._foreign()
        if code == "unauthenticated":
            detail = f"{detail} (give one with --key or {self._variable})"
        return Failed(f"{detail} ({status} {code})")

    def _unanswered(self, reason: object) -> Failed:
        return Failed(
            f"no venue answers at {self._url} ({reason}); "
            "start one with `openoutcry serve` or name another with --url"
        )

    def _untrusted(self, fault: SSLCertVerificationError) -> Failed:
        return Failed(
            f"the certificate of {self._url} is not trusted ({fault.verify_message}); name the "
            "ca.pem of its authority in SSL_CERT_FILE"
        )

    def _foreign(self) -> Failed:
        return Failed(f"what answers at {self._url} is no Open Outcry venue; name one with --url")

    def _row(self, value: object) -> Row:
        if not isinstance(value, dict):
            raise self._foreign()
        return value

    def _rows(self, value: object) -> list[Row]:
        if not isinstance(value, list):
            raise self._foreign()
        return [self._row(item) for item in value]


def part(text: object) -> str:
    """Return text as one part of a path."""
    return quote(str(text), safe="")


def _opener_for(host: str) -> OpenerDirector:
    """Return what sends requests: to this machine never through a proxy."""
    return build_opener(ProxyHandler({})) if host in LOCAL else build_opener()
