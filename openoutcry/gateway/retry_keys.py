"""What makes a repeated request recognisable: digests of its keys and of what it asks.

`Idempotency-Key` and `client_order_id` are name spaces apart, and each account has its own. The
digest of what is asked is made after parsing, so the same order over another transport, or with its
properties in another order, is the same request.
"""

from hashlib import blake2b
from typing import Final

import msgspec

from openoutcry.gateway.problems import Problem
from openoutcry.model.record import Retry
from openoutcry.model.units import AccountId

KEY_MAX: Final = 255
"""Longest Idempotency-Key, in visible ASCII characters."""
_DIGEST_BYTES: Final = 16
_encode: Final = msgspec.json.Encoder(order="sorted").encode


def retry_of(
    account_id: AccountId,
    asked: object,
    *,
    idempotency_key: str | None = None,
    client_order_id: str | None = None,
    legs: tuple[str, ...] = (),
) -> Retry | None:
    """Return what to recognise a request by, None when it carries no key.

    `legs` are the client order ids of the orders of a group, each of which is a key of it.
    """
    keys = []
    if idempotency_key is not None:
        keys.append(_digest(f"{account_id}\0idempotency-key\0{idempotency_key}".encode()))
    if client_order_id is not None:
        keys.append(_digest(f"{account_id}\0client-order-id\0{client_order_id}".encode()))
    keys += [_digest(f"{account_id}\0client-order-id\0{name}".encode()) for name in legs]
    if not keys:
        return None
    return Retry(keys=tuple(keys), body=_digest(_encode(asked)))


def idempotency_key_of(value: bytes | None) -> str | None:
    """Return the key in a header's value; raises 400 for one that is no key."""
    if value is None:
        return None
    if not 1 <= len(value) <= KEY_MAX or not all(b"!"[0] <= byte <= b"~"[0] for byte in value):
        detail = f"Idempotency-Key has 1 to {KEY_MAX} visible ASCII characters"
        raise Problem(400, "invalid_value", detail)
    return value.decode("ascii")


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=_DIGEST_BYTES).hexdigest()
