"""Checksums of books: by them a client knows that its copy is right, in priority too.

The text of a side is that of its ten best levels, best first, each level its price then quantity,
or in level 3 each order of the level in queue order. Asks come first. Prices and quantities are
written without "." and without leading zeros, so that zero is nothing.
"""

from typing import Final
from zlib import crc32

from openoutcry.model.decimals import decimals_of
from openoutcry.model.units import DECIMALS

LEVELS: Final = 10
"""Levels a side that a checksum covers."""


def digits_unit(increment: int) -> int:
    """Return what multiples of an increment are multiplied with to get their digits."""
    unused: int = 10 ** (DECIMALS - decimals_of(increment))
    return increment // unused


def digits(count: int, unit: int) -> str:
    """Return the digits of so many increments."""
    return str(count * unit) if count else ""


def checksum(texts: list[bytes]) -> int:
    """Return the CRC32 of texts that follow each other."""
    found = 0
    for text in texts:
        found = crc32(text, found)
    return found
