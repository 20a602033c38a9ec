"""One call of the API as a value: how it is sent, over either transport, and what it answers.

A function that makes one does no I/O, so the waiting client, the asynchronous one and the stream
share all of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Generic, Literal, TypeVar
from urllib.parse import quote, urlencode
from uuid import uuid4

import msgspec
from msgspec import Struct

from openoutcry.client.errors import Unintelligible

T = TypeVar("T")
Method = Literal["GET", "POST", "PATCH", "PUT", "DELETE"]
PREFIX: Final = "/api/v1"
PAGE_MAX: Final = 500
"""Items of one page, the most that the venue gives."""


@dataclass(frozen=True, kw_only=True)
class Request(Generic[T]):
    """A call. `answer` is the type of what comes back."""

    method: Method
    path: str
    answer: type[T]
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, object] | None = None
    key: str | None = None
    """Its Idempotency-Key; an order may be recognised by its client_order_id instead."""
    stream: tuple[str, Mapping[str, object]] | None = None
    """Method and params over a socket, where it can be sent there."""

    @property
    def recognised_by(self) -> str | None:
        """What the venue knows a repetition by; None of what only reads."""
        name = None if self.body is None else self.body.get("client_order_id")
        return self.key or (name if isinstance(name, str) else None)

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing."""
        return self.method == "GET"

    def target(self, min_sequence: int = 0) -> str:
        """Return path and query, encoded; a read may have to reflect a sequence at least."""
        query = dict(self.query)
        if self.is_read and min_sequence:
            query.setdefault("min_sequence", str(min_sequence))
        return PREFIX + self.path + (f"?{urlencode(query)}" if query else "")

    def content(self) -> bytes:
        """Return the body, empty where there is none."""
        return b"" if self.body is None else msgspec.json.encode(self.body)

    def read(self, content: bytes) -> T:
        """Return what an answer says."""
        try:
            return msgspec.json.decode(content or b"null", type=self.answer)
        except msgspec.MsgspecError as fault:
            raise Unintelligible(f"{self.method} {self.path} answered {fault}") from fault


class Page(Struct, Generic[T]):
    """Some items of a list, and where it goes on."""

    items: list[T]
    next: str | None


@dataclass(frozen=True, kw_only=True)
class Listing(Generic[T]):
    """A list that comes in pages; `limit` counts over all of them."""

    path: str
    item: type[T]
    query: Mapping[str, str] = field(default_factory=dict)
    limit: int | None = None

    def page(self, cursor: str | None, had: int) -> Request[Page[T]] | None:
        """Return the request for the next page; None when there are enough items."""
        wanted = PAGE_MAX if self.limit is None else min(PAGE_MAX, self.limit - had)
        if wanted <= 0:
            return None
        query = {**self.query, "limit": str(wanted)}
        if cursor is not None:
            query["cursor"] = cursor
        answer: Any = Page[self.item]  # type: ignore[name-defined]
        return Request(method="GET", path=self.path, answer=answer, query=query)


def part(text: str) -> str:
    """Return a name as a part of a path; a slash in a symbol stays as it is."""
    return quote(text, safe="/")


def asked(**values: object) -> dict[str, str]:
    """Return the query of what was given."""
    return {name: str(value) for name, value in values.items() if value is not None}


def get(path: str, answer: type[T], **query: object) -> Request[T]:
    """Return a read."""
    return Request(method="GET", path=path, answer=answer, query=asked(**query))


def write(
    method: Method,
    path: str,
    answer: type[T],
    body: Mapping[str, object] | None,
    key: str | None,
) -> Request[T]:
    """Return a call that changes something; it gets a key of its own where none is given."""
    return Request(method=method, path=path, answer=answer, body=body, key=key or new_key())


def streamed(request: Request[T], method: str, params: Mapping[str, object]) -> Request[T]:
    """Return a call that a socket takes, too."""
    return replace(request, stream=(method, params))


def new_key() -> str:
    """Return a name that nobody else has."""
    return uuid4().hex
