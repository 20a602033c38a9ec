"""What a caller is told of what went wrong beneath a door: the table from faults to problems."""

from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException

from openoutcry.gateway.problems import Problem
from openoutcry.model.errors import DiskLow, KeyReused, NotReady, Overloaded, VenueError

RETRY_AFTER: Final = ((b"retry-after", b"1"),)
RETRY_AFTER_DISK: Final = ((b"retry-after", b"60"),)
"""Somebody has to make room first."""
_CODES: Final = {404: "not_found", 405: "method_not_allowed"}


def problem_of(fault: Exception) -> Problem | None:
    """Return how a fault is told, or None for one that is our own."""
    match fault:
        case Problem():
            return fault
        case VenueError():
            return _problem_of_venue(fault)
        case HTTPException():
            return _problem_of_framework(fault)
        case _:
            return None


def _problem_of_venue(fault: VenueError) -> Problem | None:
    match fault:
        case NotReady():
            return Problem(
                503,
                "not_ready",
                "the venue is not taking commands now; retry with the same Idempotency-Key",
                headers=RETRY_AFTER,
            )
        case DiskLow():
            return Problem(503, "disk_low", str(fault), headers=RETRY_AFTER_DISK)
        case Overloaded():
            return Problem(
                503,
                "not_ready",
                "the venue holds all the commands it will; nothing was done, try again",
                headers=RETRY_AFTER,
            )
        case KeyReused():
            return Problem(409, "key_reused", "this key was used for another request")
        case _:
            return None


def not_found(path: str) -> Problem:
    """Return the answer to a path that is none of this venue's."""
    return Problem(404, "not_found", f"there is nothing at {path}")


def method_not_allowed(method: str, path: str, allowed: str) -> Problem:
    """Return the answer to a method that a path does not have."""
    return Problem(
        405,
        "method_not_allowed",
        f"{path} takes {allowed}; found {method}",
        headers=((b"allow", allowed.encode()),),
    )


def _problem_of_framework(fault: HTTPException) -> Problem:
    code = _CODES.get(fault.status_code, HTTPStatus(fault.status_code).name.lower())
    headers = tuple(
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in (fault.headers or {}).items()
    )
    return Problem(fault.status_code, code, fault.detail, headers=headers)
