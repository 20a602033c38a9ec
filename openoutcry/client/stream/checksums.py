"""The checksum of a book's top: how a client knows that its book is the venue's."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final
from zlib import crc32

LEVELS: Final = 10
"""The best levels of each side that a checksum covers."""


def digits(number: Decimal) -> str:
    """Return a number as the checksum has it: no point, no leading zeros, nothing for zero.

    A `Decimal` keeps the zeros at the end that the venue sent, so nothing is lost on the way.
    """
    return format(number, "f").replace(".", "").lstrip("0")


def checksum(parts: Iterable[str]) -> int:
    """Return the CRC32 of digits, asks first and best first."""
    return crc32("".join(parts).encode("ascii"))
