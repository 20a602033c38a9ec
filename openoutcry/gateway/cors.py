"""Letting web pages of allowed origins read answers (the Fetch standard's CORS protocol).

The guard has turned foreign origins away already; what is left to say is that the others may read.
"""

from typing import Final

from starlette.types import Scope

from openoutcry.gateway.hosts import is_allowed_origin
from openoutcry.gateway.replies import Header

PREFLIGHT_SECONDS: Final = b"600"
"""How long a browser may remember the permission."""
_METHODS: Final = b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_HEADERS: Final = (
    b"authorization, content-type, idempotency-key, x-request-id, "
    b"x-api-key, x-timestamp, x-signature"
)
_EXPOSED: Final = (
    b"x-sequence, location, idempotency-replayed, retry-after, allow, "
    b"ratelimit-limit, ratelimit-remaining, ratelimit-reset"
)


class Cors:
    """The answers' headers for pages from elsewhere."""

    def __init__(self, allowed_origins: tuple[str, ...]) -> None:
        self._allowed = allowed_origins

    def headers(self, scope: Scope) -> tuple[Header, ...]:
        """Return what to add to the answer of a call from a page of an allowed origin."""
        if not self._allowed:
            return ()
        origin = _header(scope, b"origin")
        if origin is None:
            return ((b"vary", b"Origin"),)
        if not is_allowed_origin(origin.decode("latin-1"), "", self._allowed):
            return ()
        return (
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", _EXPOSED),
            (b"vary", b"Origin"),
        )

    def is_question(self, scope: Scope) -> bool:
        """Say whether a call only asks whether another one would be allowed (a preflight)."""
        return (
            scope["method"] == "OPTIONS"
            and _header(scope, b"access-control-request-method") is not None
        )

    def permission(self, scope: Scope) -> tuple[Header, ...]:
        """Return the headers that answer such a question; what it named is allowed."""
        asked = _header(scope, b"access-control-request-headers") or _HEADERS
        return (
            (b"access-control-allow-methods", _METHODS),
            (b"access-control-allow-headers", asked),
            (b"access-control-max-age", PREFLIGHT_SECONDS),
        )


def _header(scope: Scope, wanted: bytes) -> bytes | None:
    for name, value in scope["headers"]:
        if name == wanted:
            found: bytes = value
            return found
    return None
