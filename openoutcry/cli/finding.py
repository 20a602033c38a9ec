"""What a check of `openoutcry doctor` found: how bad it is, and what to do."""

from enum import Enum
from typing import NamedTuple


class Verdict(Enum):
    """Whether a venue can run so."""

    OK = "ok"
    WARN = "warn"
    """It can, but somebody will be sorry."""
    FAIL = "fail"
    """It cannot, or must not."""


class Finding(NamedTuple):
    """One line of the report."""

    subject: str
    verdict: Verdict
    found: str
    advice: str = ""


def ok(subject: str, found: str) -> Finding:
    """Return that something is as it should be."""
    return Finding(subject, Verdict.OK, found)


def warn(subject: str, found: str, advice: str) -> Finding:
    """Return that something should be changed."""
    return Finding(subject, Verdict.WARN, found, advice)


def fail(subject: str, found: str, advice: str) -> Finding:
    """Return that something must be changed."""
    return Finding(subject, Verdict.FAIL, found, advice)
