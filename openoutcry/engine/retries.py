"""The recent idempotency keys: which requests have been answered already, and where.

The newest `KEYS_KEPT` stay here; older ones are found in history. The answer itself is not kept:
it is rendered again from the record that `first` names, so it is equal by construction.
"""

from collections import deque
from typing import Final

from msgspec import Struct

from openoutcry.model.record import Retry
from openoutcry.model.units import Sequence

KEYS_KEPT: Final = 100_000


class Remembered(Struct, frozen=True, array_like=True, gc=False):
    """The first request under a key: digest of its body, and the record it became."""

    body: str
    first: Sequence
    last: Sequence


class RecentKeys:
    """The window, oldest first."""

    def __init__(self) -> None:
        self._known: dict[bytes, Remembered] = {}
        self._order: deque[bytes] = deque()

    def remember(self, retry: Retry, first: int, last: int) -> None:
        """Keep the keys of a request that has just been applied."""
        remembered = Remembered(retry.body, Sequence(first), Sequence(last))
        for text in retry.keys:
            key = bytes.fromhex(text)
            if key not in self._known:
                self._order.append(key)
            self._known[key] = remembered
        while len(self._order) > KEYS_KEPT:
            del self._known[self._order.popleft()]

    def find(self, keys: tuple[str, ...]) -> list[Remembered | None]:
        """Return what each of the keys stands for, None where it is new."""
        return [self._known.get(bytes.fromhex(key)) for key in keys]

    def image(self) -> list[tuple[str, Remembered]]:
        """Return the window for a snapshot."""
        return [(key.hex(), self._known[key]) for key in self._order]

    def load(self, image: list[tuple[str, Remembered]]) -> None:
        """Take the window from a snapshot."""
        for text, remembered in image:
            key = bytes.fromhex(text)
            self._order.append(key)
            self._known[key] = remembered
