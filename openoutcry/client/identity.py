"""Who a program is to the venue: the holder of a bearer key, of a key that signs, or nobody."""

import time
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Final, Protocol

_NANOS_PER_MS: Final = 1_000_000


class Identity(Protocol):
    """What proves who makes a request."""

    def headers(self, method: str, target: str, content: bytes) -> dict[str, str]:
        """Return the headers of one attempt; `target` is path and query as they are sent."""


class Bearer:
    """The holder of a key; an empty one is nobody, or the demo account where there is one."""

    def __init__(self, key: str) -> None:
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def headers(self, method: str, target: str, content: bytes) -> dict[str, str]:  # noqa: ARG002
        """Return the key's header, the same for every request."""
        return self._headers


class Signer:
    """The holder of an Ed25519 private key; each attempt is signed with the time that it is made.

    Only the program's clock can be wrong: `ahead_ms` corrects it.
    """

    def __init__(self, key_id: str, private_key: bytes | str, *, ahead_ms: int = 0) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
            Ed25519PrivateKey,
        )

        raw = b64decode(private_key) if isinstance(private_key, str) else private_key
        self._private = Ed25519PrivateKey.from_private_bytes(raw)
        self._key_id = key_id
        self._ahead_ms = ahead_ms

    @classmethod
    def from_pem(cls, key_id: str, path: Path, password: bytes | None = None) -> "Signer":
        """Read the private key from a PEM file, as `openssl genpkey -algorithm ed25519` writes."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
            Ed25519PrivateKey,
        )
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
            load_pem_private_key,
        )

        private = load_pem_private_key(path.read_bytes(), password)
        if not isinstance(private, Ed25519PrivateKey):
            raise TypeError(f"{path} has no Ed25519 key")
        return cls(key_id, private.private_bytes_raw())

    def headers(self, method: str, target: str, content: bytes) -> dict[str, str]:
        """Return the headers that prove who makes this request, now."""
        timestamp = str(time.time_ns() // _NANOS_PER_MS - self._ahead_ms)
        signed = self._private.sign(f"{timestamp}\n{method}\n{target}\n".encode() + content)
        return {
            "X-API-Key": self._key_id,
            "X-Timestamp": timestamp,
            "X-Signature": b64encode(signed).decode(),
        }
