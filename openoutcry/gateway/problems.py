"""Errors as clients see them: problem+json with a stable code and words for a person."""

from http import HTTPStatus
from typing import Final

import msgspec

MEDIA_TYPE: Final = b"application/problem+json"
_encode: Final = msgspec.json.Encoder().encode


class Problem(Exception):
    """A refusal on its way to a client: `code` for programs, `detail` says expected and found."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: tuple[tuple[bytes, bytes], ...] = (),
        **extra: object,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers
        self.extra = extra

    def content(self) -> dict[str, object]:
        """Return the members of the problem document, in the order that people read them."""
        return {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            **self.extra,
        }

    def body(self) -> bytes:
        """Return the problem document."""
        return _encode(self.content())
