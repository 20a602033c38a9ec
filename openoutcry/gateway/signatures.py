"""Requests signed with Ed25519 in place of a secret: what is signed, and what is believed.

    X-API-Key: <key_id>    X-Timestamp: <milliseconds since 1970>    X-Signature: <base64>

    what is signed         timestamp LF METHOD LF path?query LF body

Rule 1: what a signature was believed for once, it is not believed for again. A read over HTTP is
excepted: repeated, it changes nothing.
Rule 2: what is remembered has a maximum, and beyond it Rule 1 still holds.

Theory of operation
-------------------
A signature is good for `WINDOW_MS` before and after its time, by the venue's clock, and used ones
are remembered for as long. Where that would be too many, the oldest is forgotten and its key is
given a floor: nothing of that key at or below the forgotten time is believed any more. A start
remembers nothing, so it is a floor for every key. Hence the window may shrink, never the promise.
"""

import binascii
from base64 import b64decode, b64encode
from collections import OrderedDict
from collections.abc import Iterable
from typing import Final, NamedTuple

from starlette.types import Scope

from openoutcry.gateway.problems import Problem
from openoutcry.model.units import KeyId, Nanos

WINDOW_MS: Final = 30_000
"""How far the time of a signature may be from the venue's, to either side."""
SIGNATURES_MAX: Final = 50_000
"""Used signatures that are remembered; beyond it the window of the keys that sign most shrinks."""
KEY: Final = b"x-api-key"
TIMESTAMP: Final = b"x-timestamp"
SIGNATURE: Final = b"x-signature"
HEADERS: Final = frozenset({KEY, TIMESTAMP, SIGNATURE})
PUBLIC_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
TIMESTAMP_DIGITS_MAX: Final = 15
"""Digits of a timestamp that are read: enough for thirty thousand years."""
_NANOS_PER_MS: Final = 1_000_000
_CHALLENGE: Final = ((b"www-authenticate", b"Bearer"),)
# Of nobody: with it, an unknown key takes as long to refuse as a wrong signature.
_NOBODYS: Final = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")


class Signed(NamedTuple):
    """A request with a signature, not yet believed."""

    key_id: KeyId
    timestamp: int
    """Milliseconds."""
    signature: bytes
    text: bytes
    """What must have been signed."""
    is_read: bool


def signed_request(scope: Scope, body: bytes) -> Signed:
    """Return what a request's headers claim to have signed; 401 where they do not make sense."""
    key_id, timestamp, signature = _headers_of(scope["headers"])
    is_socket = scope["type"] == "websocket"
    method: str = "GET" if is_socket else scope["method"]
    if not timestamp.isdigit() or len(timestamp) > TIMESTAMP_DIGITS_MAX:
        raise unauthenticated("X-Timestamp is the time in milliseconds since 1970, in digits")
    return Signed(
        KeyId(key_id.decode("latin-1")),
        int(timestamp),
        _signature_of(signature),
        b"\n".join((timestamp, method.encode(), _target_of(scope), body)),
        not is_socket and method in ("GET", "HEAD"),
    )


def is_signed_by(public_key: str, signed: Signed) -> bool:
    """Say whether the holder of a public key signed a request; "" is nobody's key."""
    # Here, because a venue whose clients all have secrets never needs it.
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
        Ed25519PublicKey,
    )

    key = Ed25519PublicKey.from_public_bytes(b64decode(public_key) if public_key else _NOBODYS)
    try:
        key.verify(signed.signature, signed.text)
    except InvalidSignature:
        return False
    return bool(public_key)


def public_key(text: str) -> str:
    """Read an Ed25519 public key: base64 of its 32 bytes."""
    try:
        raw = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != PUBLIC_BYTES:
        raise ValueError(f"is base64 of the {PUBLIC_BYTES} bytes of an Ed25519 public key")
    return b64encode(raw).decode()


def unauthenticated(detail: str) -> Problem:
    """Return the answer to whoever does not prove who they are."""
    return Problem(401, "unauthenticated", detail, headers=_CHALLENGE)


class UsedSignatures:
    """Which signatures were used inside the window, so that none is used twice."""

    def __init__(self, now: Nanos) -> None:
        self._start = now // _NANOS_PER_MS
        self._used: OrderedDict[bytes, tuple[KeyId, int]] = OrderedDict()
        self._floors: dict[KeyId, int] = {}

    def check_time(self, signed: Signed, now: Nanos) -> None:
        """Raise 401 for a signature whose time is too far from the venue's."""
        ahead = signed.timestamp - now // _NANOS_PER_MS
        if abs(ahead) > WINDOW_MS:
            words = "ahead of" if ahead > 0 else "behind"
            raise unauthenticated(
                f"the signature's time is {abs(ahead) / 1000:.1f} s {words} the venue's; "
                f"{WINDOW_MS // 1000} s are allowed, and GET /api/v1/clock tells the time"
            )

    def use(self, signed: Signed, now: Nanos) -> None:
        """Use a signature up, or raise 401 if it was used; call it with what is believed only."""
        if signed.is_read:
            return
        if signed.signature in self._used:
            raise unauthenticated("this signature was used before; sign again to send again")
        floor = self._floors.get(signed.key_id, -1)
        if signed.timestamp < self._start or signed.timestamp <= floor:
            raise unauthenticated(
                "the signature is older than what is remembered of used ones; sign again"
            )
        self._forget(now // _NANOS_PER_MS - WINDOW_MS)
        self._used[signed.signature] = (signed.key_id, signed.timestamp)

    def _forget(self, beyond: int) -> None:
        """Make room for one: of two that were used first whatever is over, else of the oldest."""
        for _ in range(2):
            if not self._used:
                return
            signature, (key_id, timestamp) = next(iter(self._used.items()))
            if timestamp >= beyond and len(self._used) < SIGNATURES_MAX:
                return
            del self._used[signature]
            if timestamp >= beyond:
                self._floors[key_id] = max(timestamp, self._floors.get(key_id, 0))
            elif self._floors.get(key_id, beyond) < beyond:
                del self._floors[key_id]


def _headers_of(headers: Iterable[tuple[bytes, bytes]]) -> tuple[bytes, bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in HEADERS:
            if name in found:
                raise unauthenticated(f"{name.decode()} is there twice")
            found[name] = value
        elif name == b"authorization":
            raise unauthenticated("a request has a bearer key or a signature, not both")
    try:
        return found[KEY], found[TIMESTAMP], found[SIGNATURE]
    except KeyError:
        raise unauthenticated(
            "a signed request has X-API-Key, X-Timestamp and X-Signature"
        ) from None


def _signature_of(text: bytes) -> bytes:
    try:
        signature = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        signature = b""
    if len(signature) != SIGNATURE_BYTES:
        raise unauthenticated(f"X-Signature is base64 of the {SIGNATURE_BYTES} bytes of Ed25519")
    return signature


def _target_of(scope: Scope) -> bytes:
    """Return path and query as they came, percent-encoded where the client did so."""
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope["query_string"]
    return path + b"?" + query if query else path
