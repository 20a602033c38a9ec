"""Requests as HTTP and HTTP as answers: what the waiting and the asynchronous client share.

Nothing here waits. `Exchange` also knows the highest sequence that this program's writes have had,
so that its reads may ask to reflect them.
"""

import ssl
from collections.abc import Mapping
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import httpx2
import msgspec
from msgspec import Struct

from openoutcry.client.errors import Problem
from openoutcry.client.identity import Bearer, Identity
from openoutcry.client.patience import Patience
from openoutcry.client.request import Request

T = TypeVar("T")
LOCAL: Final = frozenset({"127.0.0.1", "::1", "localhost"})
"""Hosts that no proxy stands before."""
_BAD: Final = 400
_WORDS_MAX: Final = 200


class Refusal(Struct, frozen=True, kw_only=True):
    """A problem as the venue sends it."""

    status: int
    code: str
    detail: str
    allowed: Mapping[str, Any] | None = None
    retry_after: float | None = None


_refusal_of: Final = msgspec.json.Decoder(Refusal)


class Exchange:
    """One address and one identity; `sequence` is that of this program's last write.

    `ca` is a file of authorities to trust instead of the system's.
    """

    def __init__(
        self, url: str, key: str | Identity, *, reads_own_writes: bool, ca: str | None
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is no address; one looks like http://127.0.0.1:8000")
        self.url = url.rstrip("/")
        self.is_local = parts.hostname in LOCAL
        self.identity = Bearer(key) if isinstance(key, str) else key
        self.trusted = None if ca is None else ssl.create_default_context(cafile=ca)
        self.reads_own_writes = reads_own_writes
        self.sequence = 0

    def http(self, request: Request[T]) -> httpx2.Request:
        """Return one attempt at a call, signed for this moment."""
        target = request.target(self.sequence if self.reads_own_writes else 0)
        content = request.content()
        url = httpx2.URL(self.url + target)
        headers = {"Accept": "application/json"}
        if content:
            headers["Content-Type"] = "application/json"
        if request.key is not None:
            headers["Idempotency-Key"] = request.key
        # What is signed is what leaves: the path as the library encodes it.
        sent_as = url.raw_path.decode("ascii")
        headers |= self.identity.headers(request.method, sent_as, content)
        return httpx2.Request(request.method, url, headers=headers, content=content or None)

    def read(self, request: Request[T], response: httpx2.Response) -> T:
        """Return what an answer says, or raise the problem that it is."""
        sequence = _number(response.headers.get("X-Sequence"))
        if not request.is_read and sequence is not None:
            self.sequence = max(self.sequence, int(sequence))
        if response.status_code >= _BAD:
            raise problem_of(response.status_code, response.headers, response.content)
        return request.read(response.content)


def problem_of(status: int, headers: Mapping[str, str], content: bytes) -> Problem:
    """Return the problem that an answer is, also one of a proxy that knows nothing of ours."""
    retry_after = _number(headers.get("Retry-After"))
    try:
        told = _refusal_of.decode(content)
    except msgspec.MsgspecError:
        detail = content[:_WORDS_MAX].decode("utf-8", "replace") or "no words"
        return Problem(status, "", detail, retry_after=retry_after)
    sequence = _number(headers.get("X-Sequence"))
    return as_problem(told, retry_after, None if sequence is None else int(sequence))


def as_problem(told: Refusal, retry_after: float | None, sequence: int | None) -> Problem:
    """Return a refusal as what is raised."""
    return Problem(
        told.status,
        told.code,
        told.detail,
        allowed=told.allowed,
        retry_after=told.retry_after if retry_after is None else retry_after,
        sequence=sequence,
    )


def options_of(exchange: Exchange, patience: Patience) -> dict[str, Any]:
    """Return what both kinds of HTTP client are made with."""
    return {
        "timeout": httpx2.Timeout(patience.attempt_s),
        "trust_env": not exchange.is_local,
        "verify": exchange.trusted or True,
        "follow_redirects": False,
    }


def _number(text: str | None) -> float | None:
    return float(text) if text is not None and text.isascii() and text.isdigit() else None
