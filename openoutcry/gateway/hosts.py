"""Which names this venue answers to, and which web pages may call it.

Rule: a page from elsewhere must not trade on a venue that runs on its reader's own machine, not
even by a name that it controls and points here. So a name with a dot has to be allowed.
"""

from fnmatch import fnmatchcase
from ipaddress import ip_address
from typing import Final

DOCKER_HOST: Final = "host.docker.internal"
_DEFAULT_PORTS: Final = {"http": "80", "https": "443"}


def is_allowed_host(host: str, allowed: tuple[str, ...]) -> bool:
    """Say whether a Host header (with or without a port) names this venue."""
    name = name_of(host)
    return (
        "." not in name
        or name == DOCKER_HOST
        or name.endswith(".localhost")
        or _is_address(name)
        or any(fnmatchcase(name, pattern.lower()) for pattern in allowed)
    )


def is_allowed_origin(origin: str, host: str, allowed: tuple[str, ...]) -> bool:
    """Say whether a page of `origin` may call the venue that it reached as `host`."""
    origin = origin.lower()
    scheme, _, authority = origin.partition("://")
    if authority and _with_port(authority, scheme) == _with_port(host.lower(), scheme):
        return True
    return any(pattern in ("*", origin) for pattern in allowed)


def name_of(host: str) -> str:
    """Return a host without its port, lower-case and without the root's dot."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    name, _, port = host.rpartition(":")
    return (name if name and port.isdigit() else host).lower().rstrip(".")


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _with_port(authority: str, scheme: str) -> str:
    """Return host and port, the scheme's own when none is written."""
    after_name = authority.rpartition("]")[2]
    return authority if ":" in after_name else f"{authority}:{_DEFAULT_PORTS.get(scheme, '')}"
