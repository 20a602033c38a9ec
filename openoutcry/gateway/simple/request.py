"""What a request of the simple API says beside its body."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from openoutcry.gateway.problems import Problem
from openoutcry.gateway.retry_keys import idempotency_key_of

_REQUEST_ID: Final = re.compile(rb"[\x21-\x7e]{1,64}")


class Marks(NamedTuple):
    """The headers that the door looks at, not yet judged."""

    keys: tuple[bytes, ...] = ()
    request_id: str | None = None

    def idempotency_key(self) -> str | None:
        """Return the Idempotency-Key, or raise the problem that it is none."""
        if not self.keys:
            return None
        if len(self.keys) > 1:
            raise Problem(400, "invalid_value", "a request has one Idempotency-Key at most")
        return idempotency_key_of(self.keys[0])


PLAIN: Final = Marks()


def marks_of(headers: Iterable[tuple[bytes, bytes]]) -> Marks:
    """Return what the headers say, in one pass; a senseless X-Request-Id is ignored."""
    keys: tuple[bytes, ...] = ()
    request_id = None
    for name, value in headers:
        if name == b"idempotency-key":
            keys = (*keys, value)
        elif name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            request_id = value.decode("ascii")
    if request_id is None and not keys:
        return PLAIN
    return Marks(keys, request_id)
