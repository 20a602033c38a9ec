"""Counting the names in a MessagePack message, those that are there twice included.

The fast decoder keeps the last of repeated names without a word; this is how they are noticed. The
message has been decoded before, so it is whole and nested no deeper than that allows.
"""

from typing import Final

# By first byte: how many bytes a value has beside it, and the bytes of a length that says more.
_SIZES: Final[dict[int, tuple[int, int]]] = {
    0xC0: (0, 0), 0xC2: (0, 0), 0xC3: (0, 0),
    0xC4: (0, 1), 0xC5: (0, 2), 0xC6: (0, 4),
    0xC7: (1, 1), 0xC8: (1, 2), 0xC9: (1, 4),
    0xCA: (4, 0), 0xCB: (8, 0), 0xCC: (1, 0), 0xCD: (2, 0), 0xCE: (4, 0), 0xCF: (8, 0),
    0xD0: (1, 0), 0xD1: (2, 0), 0xD2: (4, 0), 0xD3: (8, 0),
    0xD4: (2, 0), 0xD5: (3, 0), 0xD6: (5, 0), 0xD7: (9, 0), 0xD8: (17, 0),
    0xD9: (0, 1), 0xDA: (0, 2), 0xDB: (0, 4),
}  # fmt: skip
_SMALL: Final = frozenset((*range(0x80), *range(0x90, 0xA0), *range(0xE0, 0x100)))
"""Small integers, and short lists, whose items follow."""
_SHORT_MAPS: Final = range(0x80, 0x90)
_SHORT_TEXTS: Final = range(0xA0, 0xC0)
_MAPS: Final = {0xDE: 2, 0xDF: 4}
_LISTS: Final = {0xDC: 2, 0xDD: 4}


def names_in(message: bytes) -> int:
    """Return how many entries all maps of a whole message have together."""
    at = names = 0
    end = len(message)
    while at < end:
        kind = message[at]
        at += 1
        if kind in _SMALL:
            continue
        if kind in _SHORT_MAPS:
            names += kind - _SHORT_MAPS.start
        elif kind in _SHORT_TEXTS:
            at += kind - _SHORT_TEXTS.start
        elif kind in _MAPS:
            names += int.from_bytes(message[at : at + _MAPS[kind]], "big")
            at += _MAPS[kind]
        elif kind in _LISTS:
            at += _LISTS[kind]
        else:
            fixed, length = _SIZES[kind]
            size = int.from_bytes(message[at : at + length], "big")
            at += length + size + fixed
    return names
