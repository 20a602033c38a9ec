"""A client that signs its requests, as the tests need one."""

import time
from base64 import b64encode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class Signer:
    """Holds a private key; `key_id` is set once the venue knows the public one."""

    def __init__(self, key_id=""):
        self._private = Ed25519PrivateKey.generate()
        self.public_key = b64encode(self._private.public_key().public_bytes_raw()).decode()
        self.key_id = key_id

    def sign(self, method, target, body=b"", *, at_ms=None):
        """Return the headers of one request; `target` is its path with the query."""
        timestamp = str(int(time.time() * 1000) if at_ms is None else at_ms)
        text = f"{timestamp}\n{method}\n{target}\n".encode() + body
        return {
            "X-API-Key": self.key_id,
            "X-Timestamp": timestamp,
            "X-Signature": b64encode(self._private.sign(text)).decode(),
        }
