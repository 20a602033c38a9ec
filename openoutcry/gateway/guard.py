"""The guard: every call passes it first, whatever door it is for. Host, Origin, size, who calls.

Rule 1: no answer, and no time that it takes, tells a wrong key from a wrong secret or signature.
Rule 2: nothing of an Authorization header or a signature reaches a log or a message.

A caller is decided per call from the engine's keys, so a revoked key ends with the revocation. Who
signs is decided once the body is there, which is signed too: until then the caller is `SIGNED`.
"""

from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from hashlib import sha256
from hmac import compare_digest
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final, NamedTuple

from starlette.types import Scope

from openoutcry.gateway.body import check_size
from openoutcry.gateway.hosts import is_allowed_host, is_allowed_origin
from openoutcry.gateway.problems import Problem
from openoutcry.gateway.signatures import (
    KEY,
    SIGNATURE,
    UsedSignatures,
    is_signed_by,
    signed_request,
    unauthenticated,
)
from openoutcry.model.account import DEMO, Key, Permission
from openoutcry.model.units import AccountId, KeyId, Nanos

HOSTS_REMEMBERED_MAX: Final = 256
"""Host headers found allowed; beyond it they are forgotten and judged again."""
DIGITS_MAX: Final = 20
"""Digits of a Content-Length that are read; more of them are too large all the same."""
OPEN_PATHS: Final = frozenset(
    {"/", "/health", "/ready", "/docs", "/openapi.json", "/asyncapi.json"}
)
"""What AUTH=keys answers to anybody, beside the page's files."""
ASSETS: Final = "/assets/"
ADMINISTRATION: Final = "/api/v1/admin/"
"""What nobody is answered without a key, AUTH=open included."""
NETWORKS_REMEMBERED_MAX: Final = 1_000
"""Allow-lists kept as networks; beyond it the one longest unused is read from its text again."""
_JUDGED: Final = frozenset(
    {b"host", b"origin", b"authorization", b"content-length", KEY, SIGNATURE}
)
_DEMO_PAIR: Final = "demo.demo"
_MAPPED_BITS: Final = 96
"""Of an IPv6 address that stand before the IPv4 address in it (RFC 4291, 2.5.5.2)."""


class Auth(Enum):
    """Who may call without a key."""

    OPEN = "open"
    """Anybody, as the demo account."""
    KEYS = "keys"
    """Nobody."""


class Caller(NamedTuple):
    """On whose behalf a call acts and what it may do."""

    account_id: AccountId
    permissions: tuple[Permission, ...]
    key_id: KeyId | None

    def demand(self, permission: Permission) -> None:
        """Raise 403 unless the caller has the permission; `trade` includes `read`."""
        held = self.permissions
        if permission in held or (permission is Permission.READ and Permission.TRADE in held):
            return
        raise Problem(403, "not_permitted", f"this call needs the permission {permission.value!r}")


_TRADES: Final = (Permission.READ, Permission.TRADE)
DEMO_CALLER: Final = Caller(DEMO, _TRADES, None)
OPERATOR: Final = Caller(DEMO, (*_TRADES, Permission.ADMIN), None)
"""Who holds ADMIN_KEY; where the call is about an account of its own, that is the demo account."""
NOBODY: Final = Caller(AccountId(""), (), None)
"""Whoever has no key where keys are needed: reads what is open, or authenticates on the socket."""
SIGNED: Final = Caller(AccountId(""), (), None)
"""Whoever signed: nobody until `admit_signed` has seen the body. Told apart by identity."""


class Guard:
    """Judges a call by its headers; holds no state but a short memory of good hosts."""

    def __init__(
        self,
        *,
        auth: Auth,
        admin_key: str,
        key_of: Callable[[KeyId], Key | None],
        now: Callable[[], Nanos],
        allowed_hosts: tuple[str, ...] = (),
        allowed_origins: tuple[str, ...] = (),
    ) -> None:
        self._anybody = DEMO_CALLER if auth is Auth.OPEN else None
        self._admin_key = admin_key.encode()
        self._key_of = key_of
        self._now = now
        self._allowed_hosts = allowed_hosts
        self._allowed_origins = allowed_origins
        self._good_hosts: set[bytes] = set()
        self._used = UsedSignatures(now())

    def admit(self, scope: Scope) -> Caller:
        """Return who calls, or raise the problem that turns the call away.

        Without a key where one is needed: `NOBODY` on open paths and on sockets, else 401. With a
        signature: `SIGNED`, who is nobody yet. A call is judged once: the entrance lets it in, and
        a door that asks again gets the same caller.
        """
        known: Caller | None = scope.get("caller")
        if known is not None:
            return known
        caller = scope["caller"] = self._judge(scope)
        return caller

    def admit_signed(self, scope: Scope, body: bytes) -> Caller:
        """Return who signed a call whose body is there, or raise 401; a signature counts once."""
        signed = signed_request(scope, body)
        now = self._now()
        self._used.check_time(signed, now)
        key = self._key_of(signed.key_id)
        is_right = is_signed_by(key.public_key if key is not None else "", signed)
        if key is None or not is_right:
            raise unauthenticated("the signature is not that of a key of this venue")
        caller = self._holder(key, _address_of(scope))
        self._used.use(signed, now)
        scope["caller"] = caller
        return caller

    def _judge(self, scope: Scope) -> Caller:  # noqa: C901  (a branch a header, on every call's way)
        host = origin = credentials = None
        is_signed = False
        for name, value in scope["headers"]:
            if name not in _JUDGED:
                continue
            if name == b"host":
                host = value
                if host not in self._good_hosts:
                    self._check_host(host)
            elif name == b"content-length":
                check_length(value)
            elif name == b"authorization":
                credentials = value
            elif name == b"origin":
                origin = value
            else:
                is_signed = True
        if origin is not None:
            self._check_origin(origin, host or b"")
        if is_signed:
            return SIGNED
        if credentials is not None:
            return self.identify(_token_of(credentials), _address_of(scope))
        return self._stranger(scope)

    def _stranger(self, scope: Scope) -> Caller:
        if self._anybody is not None and not _is_for_administrators(scope):
            return self._anybody
        if scope["type"] == "websocket" or is_open(scope["path"]):
            return NOBODY
        if scope.get("method") == "OPTIONS":
            return NOBODY  # A browser asks without a key whether it may ask with one.
        raise unauthenticated("this call needs a key: Authorization: Bearer <key>")

    def identify(self, token: str, address: str) -> Caller:
        """Return who holds a bearer token `<key_id>.<secret>`, or raise 401."""
        if self._admin_key and compare_digest(token.encode(), self._admin_key):
            return OPERATOR
        if self._anybody is not None and token == _DEMO_PAIR:
            return self._anybody
        key_id, _, secret = token.partition(".")
        key = self._key_of(KeyId(key_id))
        digest = sha256(secret.encode()).hexdigest()
        is_right = compare_digest(digest, key.secret_sha256 if key is not None else "-" * 64)
        if key is None or not is_right:
            raise unauthenticated("the key is not one of this venue's")
        return self._holder(key, address)

    def _holder(self, key: Key, address: str) -> Caller:
        """Return who holds a key, if it may be used now and from there."""
        if key.expires_at is not None and key.expires_at <= self._now():
            raise unauthenticated("the key has expired")
        if key.allowed_ips and not _is_within(address, key.allowed_ips):
            raise unauthenticated(f"the key may not be used from {address or 'this address'}")
        return Caller(key.account_id, key.permissions, key.key_id)

    def _check_host(self, host: bytes) -> None:
        if not is_allowed_host(host.decode("latin-1"), self._allowed_hosts):
            raise Problem(
                403,
                "host_not_allowed",
                f"this venue does not answer as {host.decode('latin-1')!r}; "
                "add the name to OPENOUTCRY_ALLOWED_HOSTS if it is yours",
            )
        if len(self._good_hosts) >= HOSTS_REMEMBERED_MAX:
            self._good_hosts.clear()
        self._good_hosts.add(host)

    def _check_origin(self, origin: bytes, host: bytes) -> None:
        if not is_allowed_origin(
            origin.decode("latin-1"), host.decode("latin-1"), self._allowed_origins
        ):
            raise Problem(
                403,
                "origin_not_allowed",
                f"pages of {origin.decode('latin-1')!r} may not call this venue; "
                "add the origin to OPENOUTCRY_ALLOWED_ORIGINS if it is yours",
            )


def is_open(path: str) -> bool:
    """Say whether a path is answered without a key under AUTH=keys."""
    return path in OPEN_PATHS or path.startswith(ASSETS)


def _is_for_administrators(scope: Scope) -> bool:
    path: str = scope["path"]
    return path.startswith(ADMINISTRATION)


def check_length(digits: bytes) -> None:
    """Raise 413 for a body that says it is beyond the limit, before it is waited for."""
    if len(digits) > 1 and digits.isdigit():
        check_size(int(digits[:DIGITS_MAX]))


def _token_of(credentials: bytes) -> str:
    scheme, _, token = credentials.decode("latin-1").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise unauthenticated("the Authorization header must be: Bearer <key>")
    return token.strip()


def _address_of(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def _is_within(address: str, allowed: tuple[str, ...]) -> bool:
    """Say whether an address is in one of the networks; IPv4 inside IPv6 is IPv4."""
    try:
        caller = ip_address(address)
    except ValueError:
        return False
    caller = getattr(caller, "ipv4_mapped", None) or caller
    return any(caller in network for network in _networks_of(allowed))


@lru_cache(NETWORKS_REMEMBERED_MAX)
def _networks_of(allowed: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(_network_of(text) for text in allowed)


def _network_of(text: str) -> IPv4Network | IPv6Network:
    network = ip_network(text, strict=False)
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    outer = _MAPPED_BITS
    if mapped is None or network.prefixlen < outer:
        return network
    return IPv4Network((mapped, network.prefixlen - outer))
